"""What a telephone line does to a voice, and that it does so every time alike."""

from __future__ import annotations

import numpy as np
import pytest

from callsim.devices.clip_sound import clip_from, speech_level_dbfs
from callsim.devices.telephone_line import telephone_band, with_line_noise
from callsim.phone import Delivery, Line
from callsim.timeline import RATE_HZ

LEVEL_DBFS = -23.0


def tone(hz: float) -> np.ndarray:
    """Half a second of a tone."""
    return np.sin(2 * np.pi * hz * np.arange(RATE_HZ // 2) / RATE_HZ)


def through(line: Line, sound: np.ndarray) -> np.ndarray:
    """The samples of a clip of that sound, through that line."""
    return clip_from(sound, RATE_HZ, Delivery("", 150, 50, 50, LEVEL_DBFS, line=line)).samples


def level_db(sound: np.ndarray) -> float:
    """Against a tone of full scale."""
    return 10 * np.log10(2 * np.mean(np.square(sound)))


@pytest.mark.parametrize("hz", [500, 1000, 2000, 3000])
def test_the_middle_of_a_voice_passes(hz: int) -> None:
    """Within 2 dB, from 500 Hz to 3 kHz."""
    assert abs(level_db(telephone_band(tone(hz)))) < 2


@pytest.mark.parametrize("hz", [80, 150, 6000, 7500])
def test_what_lies_outside_the_band_is_much_softer(hz: int) -> None:
    """By 14 dB and more."""
    assert level_db(telephone_band(tone(hz))) < -14


def test_the_hiss_is_slight_and_always_the_same() -> None:
    """40 dB below the voice, equal to the last bit each time."""
    silence = np.zeros(RATE_HZ)
    hiss = with_line_noise(silence)
    assert -72 < level_db(hiss) < -60
    np.testing.assert_array_equal(hiss, with_line_noise(silence))


def test_a_clip_has_its_level_behind_the_line_too() -> None:
    """What the band takes away is made up for."""
    voice = tone(150) + 0.3 * tone(1000)
    for line in ("clear", "telephone"):
        assert abs(speech_level_dbfs(through(line, voice)) - LEVEL_DBFS) < 0.2


def test_a_clear_line_leaves_the_deep_tones() -> None:
    """And the telephone does not."""
    voice = tone(120) + 0.3 * tone(1000)

    def share(samples: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(samples.astype(float))) ** 2
        hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
        return float(power[hz < 250].sum() / power.sum())

    assert share(through("clear", voice)) > 0.8
    assert share(through("telephone", voice)) < 0.2
