"""Many jobs in processes of their own: every job ends once, whoever dies and however many work."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import closing
from multiprocessing import active_children

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs import do, loaded

from callsim.cli.pool import Done, Failed, cores, run_all

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes die by other signals elsewhere")


def ends(kinds, workers):
    """How each job ended, by its number."""
    with tempfile.TemporaryDirectory() as memory:
        jobs = [(kind, number, memory) for number, kind in enumerate(kinds)]
        told = list(run_all(jobs, do, workers))
    assert sorted(end.number for end in told) == list(range(len(kinds)))
    return {end.number: end for end in told}


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from(["is done", "dies once", "dies", "is wrong"]), max_size=5), st.integers(1, 3))
def test_every_job_ends_once_and_the_same_for_any_number_of_workers(kinds, workers):
    """A death takes no other job with it, one death is forgiven, two are told."""
    told = ends(kinds, workers)
    for number, kind in enumerate(kinds):
        if kind in {"is done", "dies once"}:
            assert told[number].result[0] == number * number
        else:
            assert isinstance(told[number], Failed)
            assert ("is wrong" if kind == "is wrong" else "died 2 times (killed)") in told[number].wrong


def test_what_is_told_of_a_bug_is_its_place_and_not_its_words():
    """They might hold what was said in a call."""
    (bug,) = ends(["has a bug"], 1).values()
    assert "callsim has a bug: ValueError at jobs.py" in bug.wrong
    assert "secret" not in bug.wrong


def test_there_are_no_more_processes_than_workers_and_each_loads_once():
    """Six jobs, two processes, two loadings."""
    assert len({end.result for end in run_all(range(6), loaded, 2)}) == 2


def test_there_are_no_more_processes_than_jobs():
    """One job needs no second process."""
    with closing(run_all([("is done", 1, "")], do, 8)) as told:
        next(told)
        assert len(active_children()) <= 1


def test_nobody_to_come_is_no_work():
    """No job, no process."""
    assert list(run_all([], do, 4)) == []
    assert active_children() == []


def test_whoever_stops_listening_ends_the_processes():
    """Also one that is at work for ten minutes."""
    with closing(run_all([("is done", 1, ""), ("takes long", 2, "")], do, 2)) as told:
        assert isinstance(next(told), Done)
        assert len(active_children()) >= 1
    assert active_children() == []


def test_a_process_that_is_killed_from_outside_loses_nothing():
    """Its job is done by another."""
    with closing(run_all(range(8), loaded, 2)) as told:
        results = {(first := next(told)).number: first.result}
        os.kill(int(first.result.split()[0]), signal.SIGKILL)
        results |= {end.number: end.result for end in told}
    assert results.keys() == set(range(8))
    assert len(set(results.values())) == 3


def test_the_cores_are_those_that_this_process_may_use():
    """In a container fewer than the machine has."""
    assert 1 <= cores() <= (os.cpu_count() or 1)
