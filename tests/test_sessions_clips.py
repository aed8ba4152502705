"""A passage as a file: just that passage, in each form."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from made_session import names, noise, write_call

from callsim.errors import InputError, SessionError
from callsim.sessions.clips import FORMS, cut
from callsim.sessions.folder import PACKED_SOUND
from callsim.timeline import RATE_HZ


@pytest.fixture
def sound(tmp_path):
    """The sound of a call of three seconds."""
    write_call(tmp_path / "call", seconds=3).close()
    return tmp_path / "call" / PACKED_SOUND


@pytest.mark.parametrize("ending", FORMS)
def test_a_clip_holds_its_passage_and_nothing_else(sound, tmp_path, ending):
    """To the sample; both sides."""
    file = tmp_path / f"clip{ending}"
    cut(sound, 500, 2_250, file)
    about = soundfile.info(file)
    assert (about.channels, about.frames, about.samplerate) == (2, 28_000, RATE_HZ)
    assert names(tmp_path) == ["call", file.name]


@pytest.mark.parametrize("ending", [".flac", ".wav"])
def test_a_clip_is_the_sound_itself(sound, tmp_path, ending):
    """Sample for sample where the form allows it."""
    cut(sound, 500, 1_500, tmp_path / f"clip{ending}")
    read, _ = soundfile.read(tmp_path / f"clip{ending}", dtype="int16")
    assert np.array_equal(read, np.column_stack(noise(3))[8_000:24_000])


def test_a_clip_ends_where_the_call_ends(sound, tmp_path):
    """Whatever was asked for."""
    cut(sound, 2_500, 9_000, tmp_path / "clip.wav")
    assert soundfile.info(tmp_path / "clip.wav").frames == 8_000


def test_another_kind_of_file_is_refused(sound, tmp_path):
    """With those that there are."""
    with pytest.raises(InputError, match=r"clip.mp3 is no name for a clip: let it end with .ogg"):
        cut(sound, 0, 1_000, tmp_path / "clip.mp3")


def test_a_sound_that_cannot_be_read_is_told(tmp_path):
    """By its name."""
    (tmp_path / "call.flac").write_bytes(b"nothing")
    with pytest.raises(SessionError, match=r"call\.flac cannot be read"):
        cut(tmp_path / "call.flac", 0, 1_000, tmp_path / "clip.ogg")
