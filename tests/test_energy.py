"""The fall-back voice activity: loudness."""

import numpy as np
import pytest
from spoken import sentence, silence

from callsim.devices.energy import EnergyActivity
from callsim.events import SpeechEnded
from callsim.listening import NoWords, listen


def spans(samples):
    """The stretches of voice in a sound, found by loudness."""
    return [e.span for e in listen([samples], EnergyActivity(), NoWords()) if isinstance(e, SpeechEnded)]


@pytest.mark.parametrize("loudness", [0.05, 0.3, 1.0])
def test_finds_a_sentence_between_silences(loudness):
    """Within 60 ms at any level, after any silence."""
    said = (sentence() * loudness).astype(np.int16)
    found = spans(np.concatenate([silence(1003), said, silence(2000)]))
    assert abs(found[0].start_ms - 1003) <= 60
    assert abs(found[-1].end_ms - 1003 - len(said) // 16) <= 120


def test_steady_noise_is_no_voice():
    """A hiss that does not change becomes the floor at once, whatever its level."""
    hiss = np.random.default_rng(1).normal(0, 20, 16_000 * 8).astype(np.int16)
    assert spans(hiss) == []
    assert spans(silence(8000)) == []


def test_cannot_tell_music_from_voice():
    """What it says of itself is true: any sound above the noise is voice to it."""
    tone = (3000 * np.sin(np.arange(16_000) / 5)).astype(np.int16)
    assert len(spans(np.concatenate([silence(1000), tone, silence(1000)]))) == 1
