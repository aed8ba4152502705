"""How much of the caller is in the trainee's microphone."""

import numpy as np
import pytest

from callsim.scoring.leak import LeakMeter
from callsim.timeline import RATE_HZ

SECONDS = 40


def voice(seed, seconds=SECONDS):
    """Noise with the spectrum and the syllables of a voice, speaking half of the time, at -20 dBFS or so."""
    rng = np.random.default_rng(seed)
    tilt = np.exp(-np.arange(64) / 8)
    sound = np.convolve(rng.normal(size=seconds * RATE_HZ), tilt, "same")
    syllables = np.repeat(rng.uniform(0, 1, seconds * 5) ** 2, RATE_HZ // 5)
    talking = np.repeat(rng.permutation(seconds) % 2, RATE_HZ)
    sound *= syllables * talking
    return 0.1 * sound / sound.std()


def leaked(caller, level_db, delay_ms):
    """The caller as a microphone hears it: later, softer, through a small room."""
    rng = np.random.default_rng(9)
    room = np.zeros(delay_ms * 16 + 480)
    room[delay_ms * 16 :] = 0.1 * rng.normal(size=480) * np.exp(-np.arange(480) / 100)
    room[delay_ms * 16] = 1
    heard = np.convolve(caller, room)[: len(caller)]
    return heard * 10 ** (level_db / 20) * caller.std() / heard.std()


def leak(trainee, caller, block=320):
    """What the meter says of two channels of floats."""
    meter = LeakMeter()
    ours, theirs = (np.clip(side * 32768, -32768, 32767).astype(np.int16) for side in (trainee, caller))
    for first in range(0, len(ours), block):
        meter.hear(ours[first : first + block], theirs[first : first + block])
    return meter.leak()


@pytest.mark.parametrize("delay_ms", [0, 60, 200])
@pytest.mark.parametrize("level_db", [-10, -30, -50])
def test_a_known_leak_is_found_under_a_trainee_who_talks_over_it(level_db, delay_ms):
    """Level within 2 dB and delay within 3 ms, though the trainee speaks half of the time."""
    caller = voice(1)
    found = leak(voice(2) + leaked(caller, level_db, delay_ms), caller)
    assert found.db == pytest.approx(level_db, abs=2)
    assert found.delay_ms == pytest.approx(delay_ms, abs=3)


def test_noise_in_the_microphone_is_no_leak():
    """A hissing microphone at -50 dBFS has nothing of the caller in it."""
    hiss = np.random.default_rng(3).normal(size=SECONDS * RATE_HZ) * 10 ** (-50 / 20)
    found = leak(hiss, voice(1))
    assert found.delay_ms is None
    assert found.db < -40


def test_two_voices_on_separate_channels_do_not_leak():
    """Talking at the same time is not leaking."""
    found = leak(voice(2), voice(1))
    assert found.delay_ms is None
    assert found.db < -30


def test_digital_silence_has_the_lowest_level_there_is():
    """A muted microphone leaks nothing: the floor of 16-bit sound."""
    assert leak(np.zeros(SECONDS * RATE_HZ), voice(1)).db == -96.0


def test_too_little_of_the_caller_is_not_known():
    """Two seconds of a caller are too few to know a path, and a silent caller more so."""
    caller = np.zeros(SECONDS * RATE_HZ)
    caller[: 2 * RATE_HZ] = 0.1 * np.random.default_rng(4).normal(size=2 * RATE_HZ)
    assert leak(leaked(caller, -10, 60), caller) is None
    assert leak(voice(2), np.zeros(SECONDS * RATE_HZ)) is None


def test_the_size_of_the_blocks_does_not_matter():
    """Fed in blocks of any size the meter says the same, to the last bit."""
    caller = voice(1, 20)
    trainee = voice(2, 20) + leaked(caller, -20, 80)
    assert leak(trainee, caller, 320) == leak(trainee, caller, 4801)
