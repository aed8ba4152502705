"""What is left of a session on a full or read-only disk."""

import os
import signal
import subprocess
import sys

import pytest
from made_session import ABOUT, EVENTS, SCRIPT, names, noise, samples, write_call

from callsim.errors import DiskError
from callsim.sessions.folder import Session, SessionWriter, write_scorecard
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte, taken away again afterwards."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = sys.platform == "linux" and os.geteuid() == 0
    if mounted:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "callsim-test", place]
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("only root on Linux can mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def until_it_fails(write):
    """Writes the same again and again until the disk is full; how often it went well, and the error."""
    for times in range(10_000):
        try:
            write()
        except (DiskError, OSError) as wrong:
            return times, str(wrong)
    raise AssertionError("the disk never filled up")


def fill(file):
    """Uses up what room is left."""
    with file.open("wb", buffering=0) as filler:
        until_it_fails(lambda: filler.write(bytes(4096)))


def test_a_full_disk_keeps_what_was_recorded(small_disk):
    """Sound and events stop with one sentence and are whole to their last piece; with more room the call can close."""
    folder = small_disk / "call"
    writer = SessionWriter.create(folder, ABOUT, SCRIPT)
    trainee, caller = noise(1)
    writer.event(EVENTS[0])
    seconds, why = until_it_fails(lambda: writer.sound(trainee, caller))
    assert "call.wav cannot be written (no space left on device): free some space" in why
    fill(small_disk / "filler")
    events, why = until_it_fails(lambda: writer.event(EVENTS[0]))
    assert "events.jsonl cannot be written" in why
    assert why.endswith("what was recorded before is kept")
    with pytest.raises(DiskError, match="free some space there; the sound is kept in"):
        writer.close()
    with pytest.raises(DiskError, match=r"scorecard\.json cannot be written .*: free some space"):
        write_scorecard(folder, bytes(4096))
    session = Session.read(folder)
    assert session.events == (EVENTS[0],) * (1 + events)
    assert events > 0
    assert len(samples(session.sound)) == seconds * RATE_HZ > 0
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    writer.close()
    assert names(folder) == ["call.flac", "events.jsonl", "script.toml", "session.json"]
    assert len(samples(folder / "call.flac")) == seconds * RATE_HZ


def test_a_session_that_cannot_be_begun_leaves_nothing(small_disk):
    """The same folder will do when there is room."""
    folder = small_disk / "call"
    folder.mkdir()
    fill(small_disk / "filler")
    with pytest.raises(DiskError, match="free some space"):
        SessionWriter.create(folder, ABOUT, SCRIPT)
    assert names(folder) == []
    (small_disk / "filler").unlink()
    SessionWriter.create(folder, ABOUT, SCRIPT).close()


def test_a_read_only_disk_is_one_sentence(small_disk):
    """For a new session, and for a new scorecard in an old one."""
    write_call(small_disk / "old").close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(DiskError, match=r"read-only file system.*: choose a folder on a disk that can be written"):
        SessionWriter.create(small_disk / "new", ABOUT, SCRIPT)
    with pytest.raises(DiskError, match="read-only file system"):
        write_scorecard(small_disk / "old", b"{}")


LIMITED_CALL = """
import resource, sys
from pathlib import Path
import numpy as np
from callsim.errors import DiskError
from callsim.sessions.folder import About, SessionWriter

about = About(script="s", voice="v", seed=1, mode="headless", trainee="t", started="2026-01-31T09:30:00+01:00")
writer = SessionWriter.create(Path(sys.argv[1]), about, b"")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_001, 100_001))
try:
    for block in range(1000):
        writer.sound(np.full(320, block, np.int16), np.full(320, block, np.int16))
except DiskError as wrong:
    print(wrong)
writer.close()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system cannot limit the size of a file")
def test_half_a_block_is_taken_back(tmp_path):
    """Where the room ends in the middle of a block, the sound ends with the block before."""
    command = [sys.executable, "-c", LIMITED_CALL, tmp_path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "call.wav cannot be written (file too large)" in said
    assert len(samples(tmp_path / "call.flac")) == (100_001 - 44) // (BLOCK_SAMPLES * 4) * BLOCK_SAMPLES
