"""The speaker's stream on the microphone's timeline, by times and counts alone: no device, no clock."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callsim.devices.aligned import SLIP_SAMPLES, HeardClip, Sounding, StreamTimes
from callsim.phone import Clip, Playing

BLOCK = 320
CLIP = Clip(np.arange(1000, 9000, dtype=np.int16))


def sounding(rate_hz=16_000):
    """The clip as the speaker gets it (of its samples only the number matters here)."""
    return Sounding(np.resize(CLIP.samples, len(CLIP.samples) * rate_hz // 16_000), rate_hz)


def heard(on_air, given, begins, blocks=60, first=0):
    """Block by block: what is heard of a clip; `begins` tells for each block where it must have begun."""
    sounds, standings = [], []
    for number in range(blocks):
        sound, playing = on_air.block(first + number * BLOCK, begins(number), given)
        sounds.append(sound)
        standings.append(playing)
        if playing and playing.done:
            break
    return np.concatenate(sounds), standings


def given_whole():
    """A clip of which the device has been given all."""
    clip = sounding()
    clip.take(0, len(clip.samples))
    return clip


@given(st.integers(0, 2000))
def test_a_clip_is_heard_from_any_sample_on(first):
    """Nothing before it, all of it, nothing after it; Playing counts to the end of each block."""
    sound, standings = heard(HeardClip(CLIP, first), given_whole(), lambda _: first)
    assert np.array_equal(sound, np.pad(CLIP.samples, (first, len(sound) - first - len(CLIP.samples))))
    playing = [standing for standing in standings if standing]
    assert standings[: len(standings) - len(playing)] == [None] * (first // BLOCK)
    assert playing[-1] == Playing(first, len(CLIP.samples), done=True)
    ends = [(first // BLOCK + number + 1) * BLOCK for number in range(len(playing))]
    assert [one.first_sample + one.heard_samples for one in playing[:-1]] == ends[:-1]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("buffers", [1, 2, 9])
def test_a_cut_ends_what_is_heard_five_milliseconds_later(rate_hz, buffers):
    """At any rate of the device, what it was given before the cut is heard, and then the fade."""
    clip = sounding(rate_hz)
    for number in range(buffers):
        clip.take(number * rate_hz // 40, rate_hz // 40)
    clip.cut = True
    fade = clip.take(buffers * rate_hz // 40, rate_hz // 40)
    assert clip.done
    assert len(fade) == pytest.approx(rate_hz / 200, abs=1)
    assert fade[-1] == 0
    assert (np.diff(np.abs(fade.astype(int))) <= 0).all()
    sound, standings = heard(HeardClip(CLIP, 0), clip, lambda _: 0)
    end = standings[-1].heard_samples
    assert end == pytest.approx((buffers * 25 + 5) * 16, abs=1)
    assert np.array_equal(sound[: end - 80], CLIP.samples[: end - 80])
    assert sound[end - 1] == 0
    assert not sound[end:].any()


def test_a_clip_cut_before_the_speaker_took_any_is_not_heard():
    """It is over where it would have begun."""
    clip = sounding()
    clip.cut = True
    assert len(clip.take(0, 400)) == 0
    sound, standings = heard(HeardClip(CLIP, 700), clip, lambda _: 700)
    assert standings == [None, None, Playing(700, 0, done=True)]
    assert not sound.any()


def test_no_more_is_heard_than_the_device_was_given():
    """A clip waits for a speaker that is behind, and is not over before it is."""
    clip = sounding()
    clip.take(0, 1000)
    sound, standings = heard(HeardClip(CLIP, 0), clip, lambda _: 0, blocks=5)
    assert standings[-1] == Playing(0, 1000, done=False)
    assert np.array_equal(sound, np.pad(CLIP.samples[:1000], (0, 600)))


@given(dry=st.integers(SLIP_SAMPLES + 1, 4000), after=st.integers(1, 20))
def test_a_speaker_that_ran_dry_is_silent_for_as_long(dry, after):
    """From the moment its times show it, the rest of the clip is that much later; nothing is lost or said twice."""
    sound, standings = heard(HeardClip(CLIP, 0), given_whole(), lambda number: 0 if number < after else dry)
    so_far = after * BLOCK
    wanted = np.concatenate((CLIP.samples[:so_far], np.zeros(dry, np.int16), CLIP.samples[so_far:]))
    assert np.array_equal(sound[: len(wanted)], wanted)
    assert standings[-1] == Playing(0, len(CLIP.samples), done=True)


@settings(max_examples=30)
@given(ppm=st.integers(-3000, 3000))
def test_clocks_that_drift_never_come_far_apart(ppm):
    """However unlike two devices run, what is told to be heard is within the limit of what is in the air."""
    clip = Clip(np.arange(1, 32_001, dtype=np.int16))
    given_all = Sounding(clip.samples, 16_000)
    given_all.take(0, len(clip.samples))
    on_air = HeardClip(clip, 0)
    for first in range(0, 30_000, BLOCK):
        truly = (first + BLOCK) * (1 - ppm * 1e-6)
        sound, playing = on_air.block(first, round(first + BLOCK - truly), given_all)
        assert abs(playing.heard_samples - truly) <= SLIP_SAMPLES + 1
        assert (np.diff(sound[sound != 0].astype(int)) > 0).all()


def test_jitter_moves_nothing():
    """A clip is not cut up because a driver's times are not exact."""
    jitter = np.random.default_rng(1).integers(-SLIP_SAMPLES, SLIP_SAMPLES, 100)
    sound, _ = heard(HeardClip(CLIP, 0), given_whole(), lambda number: int(jitter[number]))
    assert np.array_equal(sound, CLIP.samples)


def test_the_zero_of_a_stream_is_the_middle_of_what_was_told():
    """Outliers do not move it, and without a word there is none."""
    times = StreamTimes()
    assert math.isnan(times.zero_s)
    for number in range(101):
        outlier = 0.5 if number % 10 == 0 else 0.0
        times.tell(number / 100, 5.0 + number / 100 + outlier, broken=False)
    assert times.zero_s == pytest.approx(5.0)


def test_a_stream_that_broke_off_begins_anew():
    """What was told before holds no longer: a second was lost here."""
    times = StreamTimes()
    for number in range(100):
        times.tell(number / 100, 5.0 + number / 100, broken=False)
    times.tell(1.0, 7.0, broken=True)
    assert times.zero_s == pytest.approx(6.0)


@pytest.mark.parametrize("ppm", [-200, 0, 80])
def test_the_pace_of_a_stream_is_measured(ppm):
    """Over a minute, to a millionth; and old times do not hold the zero back by more than a millisecond and a half."""
    times = StreamTimes()
    assert times.slow_ppm is None
    for number in range(6000):
        into_s = number / 100
        times.tell(into_s, into_s * (1 + ppm * 1e-6), broken=False)
    assert times.slow_ppm == pytest.approx(ppm, abs=1)
    assert times.zero_s == pytest.approx(60 * ppm * 1e-6, abs=0.0016)
