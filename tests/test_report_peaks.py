"""Waveforms: how loud each side was, step by step."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from callsim.errors import SessionError
from callsim.report.peaks import LOUDEST, peaks_of


def written(folder, left, right, rate_hz=16_000):
    """A two-channel sound file."""
    path = folder / "call.wav"
    soundfile.write(path, np.column_stack((left, right)).astype(np.int16), rate_hz)
    return path


def test_a_side_is_loud_where_it_speaks(tmp_path):
    """Left is the trainee, right the caller; a step is 20 ms in a short call."""
    left, right = np.zeros(16_000), np.zeros(16_000)
    left[3_200:6_400] = 9_000
    right[9_600:12_800] = -12_000
    peaks = peaks_of(written(tmp_path, left, right))
    assert (peaks.length_ms, peaks.step_ms) == (1_000, 20)
    assert [step for step, level in enumerate(peaks.trainee) if level] == list(range(10, 20))
    assert [step for step, level in enumerate(peaks.caller) if level] == list(range(30, 40))
    assert max(peaks.trainee) == max(peaks.caller) == LOUDEST


@given(st.lists(st.integers(-30_000, 30_000), min_size=1, max_size=900), st.sampled_from([8_000, 16_000, 44_100]))
def test_no_peak_is_lost(tmp_path_factory, samples, rate_hz):
    """The loudest sample is in the loudest step, silence is none, and both sides have a level for each step."""
    sound = np.array(samples)
    peaks = peaks_of(written(tmp_path_factory.mktemp("peaks"), sound, -sound, rate_hz))
    assert len(peaks.trainee) == len(peaks.caller) == max(1, -(-peaks.length_ms // peaks.step_ms))
    assert peaks.trainee == peaks.caller
    loudest = int(np.argmax(np.abs(sound))) * 1000 // rate_hz // peaks.step_ms
    if loudest < len(peaks.trainee):
        assert peaks.trainee[loudest] == max(peaks.trainee)
    assert all(0 <= level <= LOUDEST for level in peaks.trainee)


def test_noise_is_not_drawn_as_speech(tmp_path):
    """A side on which nobody speaks stays quiet, however quiet the rest."""
    hiss = np.random.default_rng(1).integers(-40, 40, 16_000)
    assert max(peaks_of(written(tmp_path, hiss, np.zeros(16_000))).trainee) <= LOUDEST // 8


def test_a_quiet_microphone_is_seen_as_well_as_a_loud_one(tmp_path):
    """Each lane is filled by its own loud moments."""
    voice = np.random.default_rng(1).integers(-2_000, 2_000, 16_000)
    assert max(peaks_of(written(tmp_path, voice, 10 * voice)).trainee) == LOUDEST


def test_a_long_call_has_longer_steps_not_more(tmp_path):
    """Seven minutes have more than 18,000 steps of 20 ms."""
    peaks = peaks_of(written(tmp_path, np.zeros(7 * 60 * 16_000), np.zeros(7 * 60 * 16_000)))
    assert peaks.step_ms == 40
    assert len(peaks.caller) == 7 * 60 * 25


def test_what_is_no_sound_is_named(tmp_path):
    """One sentence."""
    (tmp_path / "call.flac").write_bytes(b"nothing")
    with pytest.raises(SessionError, match=r"call\.flac cannot be read"):
        peaks_of(tmp_path / "call.flac")
