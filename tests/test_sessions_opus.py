"""A call's sound as Ogg/Opus: whole, in time, each side where it was."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from made_session import noise, write_call
from spoken import sentence, silence

from callsim.errors import SessionError
from callsim.sessions import opus
from callsim.sessions.folder import OPEN_SOUND, Session
from callsim.sessions.opus import SMALL_SOUND, opus_of, pack_opus


@pytest.fixture
def call(tmp_path):
    """A sound file with a sentence on the left, and later one on the right."""
    voice = sentence()
    left = np.concatenate([voice, silence(1_000), np.zeros_like(voice)])
    right = np.concatenate([np.zeros_like(voice), silence(1_000), voice])
    soundfile.write(tmp_path / "call.flac", np.column_stack((left, right)), 16_000)
    return tmp_path / "call.flac"


def both(path):
    """The samples of a sound file, as numbers between -1 and 1."""
    return soundfile.read(path)[0]


def test_it_lasts_as_long_and_each_side_stays_where_it_was(call, tmp_path):
    """Left the trainee, right the caller."""
    pack_opus(call, tmp_path / "small.opus")
    before, after = both(call), both(tmp_path / "small.opus")
    assert after.shape == before.shape
    half = len(before) // 2
    loud = np.array([np.sqrt(np.mean(part**2, axis=0)) for part in (after[:half], after[half:])])
    assert loud[0, 0] > 20 * loud[0, 1]
    assert loud[1, 1] > 20 * loud[1, 0]


def test_nothing_moves(call, tmp_path):
    """What was at a millisecond stays there."""
    pack_opus(call, tmp_path / "small.opus")
    before, after = both(call)[:, 0], both(tmp_path / "small.opus")[:, 0]
    shifts = range(-160, 161)
    alike = [np.dot(before[200:-200], np.roll(after, -shift)[200:-200]) for shift in shifts]
    assert abs(shifts[int(np.argmax(alike))]) <= 16


def test_it_is_a_small_part_of_the_size(call, tmp_path):
    """About 26 kbit/s."""
    pack_opus(call, tmp_path / "small.opus")
    seconds = len(both(call)) / 16_000
    assert (tmp_path / "small.opus").stat().st_size * 8 / seconds < 40_000


def test_it_is_made_once_beside_the_sound(tmp_path):
    """Who asks again gets the same file."""
    write_call(tmp_path / "session").close()
    session = Session.read(tmp_path / "session")
    first = opus_of(session)
    assert first == session.folder / SMALL_SOUND
    made = first.stat().st_ino
    assert opus_of(session).stat().st_ino == made


def test_all_who_ask_at_once_get_a_whole_file(tmp_path):
    """As a browser does."""
    write_call(tmp_path / "session", seconds=20).close()
    session = Session.read(tmp_path / "session")
    with ThreadPoolExecutor(4) as threads:
        sizes = list(threads.map(lambda _: len(both(opus_of(session))), range(4)))
    assert sizes == [20 * 16_000] * 4
    assert not list(session.folder.glob("*.part"))


def test_the_sound_of_a_call_that_broke_off_is_packed_too(tmp_path):
    """call.wav, whose header was never finished."""
    writer = write_call(tmp_path / "session")
    session = Session.read(tmp_path / "session")
    assert session.sound.name == OPEN_SOUND
    assert len(both(opus_of(session))) == 2 * 16_000
    writer.close()


def test_what_was_packed_while_the_call_went_on_is_packed_anew(tmp_path):
    """It was the beginning only."""
    writer = write_call(tmp_path / "session")
    opus_of(Session.read(tmp_path / "session"))
    writer.sound(*noise(1))
    writer.close()
    assert len(both(opus_of(Session.read(tmp_path / "session")))) == 3 * 16_000


def test_what_is_written_while_it_is_packed_is_not_lost(tmp_path, monkeypatch):
    """A call may end meanwhile."""
    writer = write_call(tmp_path / "session")

    def packed_slowly(sound, packed):
        pack_opus(sound, scratch)
        time.sleep(0.05)
        writer.sound(*noise(1))
        time.sleep(0.05)
        packed.write_bytes(scratch.read_bytes())

    scratch = tmp_path / "scratch.opus"
    with monkeypatch.context() as patch:
        patch.setattr(opus, "pack_opus", packed_slowly)
        opus_of(Session.read(tmp_path / "session"))
    assert len(both(opus_of(Session.read(tmp_path / "session")))) == 3 * 16_000
    writer.close()


def test_a_damaged_sound_leaves_no_file_behind(call, tmp_path):
    """One sentence, and nothing half made."""
    call.write_bytes(b"no sound")
    with pytest.raises(SessionError, match=r"call\.flac cannot be packed as Opus"):
        pack_opus(call, tmp_path / "small.opus")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["call.flac"]


def test_a_rate_that_opus_does_not_know_is_named(tmp_path):
    """44.1 kHz is not one of its five."""
    soundfile.write(tmp_path / "music.wav", np.zeros((4_410, 2)), 44_100)
    with pytest.raises(SessionError, match="of 8 to 48 kHz"):
        pack_opus(tmp_path / "music.wav", tmp_path / "small.opus")
    assert not (tmp_path / "small.opus").exists()
