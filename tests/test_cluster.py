"""Many jobs by a real Dask scheduler with two workers: the same results, and none lost with a worker."""

from __future__ import annotations

import os
import platform
import sys

import pytest
from jobs import do, page_faults
from many_calls import cards, killing, put_recording, put_sessions

from callsim.cli import cluster, run
from callsim.cli.cluster import run_on_cluster
from callsim.cli.pool import Failed, run_all
from callsim.errors import InputError, MachineError

distributed = pytest.importorskip("distributed", reason="distributed is not installed (the extra `cluster`)")


@pytest.fixture(scope="module")
def two_workers():
    """A scheduler with two workers, processes of their own; it gives a job up that two of them died of."""
    import dask

    settings = {"distributed.scheduler.allowed-failures": 1, "distributed.scheduler.active-memory-manager.start": False}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as started,
    ):
        yield started


@pytest.fixture
def address(two_workers):
    """Where its scheduler is."""
    return two_workers.scheduler_address


def told(ends):
    """What was told of each job, by its number."""
    return {end.number: end.wrong if isinstance(end, Failed) else end.result[0] for end in ends}


def test_a_cluster_tells_the_same_as_processes_here(tmp_path, address):
    """Results and sentences, each once."""
    jobs = [
        (kind, number, str(tmp_path)) for number, kind in enumerate(["is done", "is wrong", "has a bug", "is done"])
    ]
    there = told(run_on_cluster(jobs, do, address))
    assert there == told(run_all(jobs, do, 2))
    assert there.keys() == set(range(4))
    assert list(run_on_cluster([], do, address)) == []


@pytest.mark.skipif(os.name != "posix", reason="processes die by other signals elsewhere")
def test_what_a_lost_worker_had_is_done_by_another(tmp_path, address):
    """What ends every worker is told, and takes nothing else with it."""
    jobs = [(kind, n, str(tmp_path)) for n, kind in enumerate(["is done", "dies once", "dies", "is done"])]
    ends = told(run_on_cluster(jobs, do, address))
    assert ends.pop(2).startswith("Every worker of the cluster that was at work on it died")
    assert ends == {0: 0, 1: 1, 3: 9}


@pytest.mark.usefixtures("model_folder")
def test_calls_are_scored_there_as_they_are_here(tmp_path, address, capsys):
    """To the byte, though a worker is killed."""
    for where in ("here", "there"):
        put_sessions(tmp_path / where, 8)
        put_recording(tmp_path / where / "a.wav")
    with distributed.Client(address) as client:
        client.wait_for_workers(2, timeout=60)
        pids = client.run(os.getpid).values()
    with killing(tmp_path / "there", lambda: min(pids)):
        assert run(["score", str(tmp_path / "there"), "--trainee", "left", "--cluster", address]) == 0
    assert capsys.readouterr().out.endswith("9 scored\n")
    assert run(["score", str(tmp_path / "here"), "--trainee", "left", "--workers", "1"]) == 0
    assert cards(tmp_path / "there") == cards(tmp_path / "here")


def test_another_version_of_callsim_there_is_refused():
    """Its scores would be others."""
    end = cluster._ended_there(abs, "0.0.9", 3, -1)
    assert isinstance(end, Failed)
    assert "and not 0.0.9" in end.wrong


@pytest.mark.parametrize(
    ("given", "wrong"),
    [("somewhere", "is no address of a scheduler"), ("tcp://127.0.0.1:9", "There is no Dask scheduler at")],
)
def test_a_scheduler_that_is_not_there_is_told(monkeypatch, given, wrong):
    """With what to do."""
    monkeypatch.setattr(cluster, "_ANSWERS_WITHIN_S", 0.5)
    with pytest.raises((InputError, MachineError), match=wrong):
        list(run_on_cluster([1], abs, given))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library alone can be told what to keep")
def test_a_worker_keeps_its_memory_for_the_next_piece_of_sound(address):
    """Dask has it give back what is freed; that many pages asked for again made scoring take three times as long."""
    pages, ends = 300 * 1_000_000 // 4096, list(run_on_cluster([0, 0], page_faults, address))
    assert all(end.result < pages / 5 for end in ends)


def test_a_scheduler_without_workers_is_told(monkeypatch):
    """Rather than waited for."""
    monkeypatch.setattr(cluster, "_ANSWERS_WITHIN_S", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as idle,
        pytest.raises(MachineError, match=r"has no workers: start some with `dask worker"),
    ):
        list(run_on_cluster([1], abs, idle.scheduler_address))


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path, monkeypatch, capsys):
    """Everything else works without it."""
    put_sessions(tmp_path, 1)
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    assert run(["score", str(tmp_path), "--cluster", "tcp://127.0.0.1:9"]) == 2
    assert 'pip install "callsim[cluster]"' in capsys.readouterr().err


def test_scoring_here_does_not_load_dask():
    """Half a second that nobody else should wait for."""
    import subprocess

    program = "import sys, callsim.cli.scoring\nprint('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
