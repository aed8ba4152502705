"""How much of the caller is in the trainee's microphone."""

import numpy as np
import pytest

from callsim.events import Heard, SpeechEnded, Word
from callsim.scoring.evidence import from_listening
from callsim.scoring.leak import LeakMeter
from callsim.timeline import RATE_HZ, Span, bridged, shared, total_ms

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


def leaked_spans(trainee, caller):
    """Where the trainee's channel holds nothing but the caller."""
    meter = LeakMeter()
    ours, theirs = (np.clip(side * 32768, -32768, 32767).astype(np.int16) for side in (trainee, caller))
    for first in range(0, len(ours), 4800):
        meter.hear(ours[first : first + 4800], theirs[first : first + 4800])
    return meter.leaked()


def talking(side):
    """The spans in which one of the made voices speaks: whole seconds, as it was made."""
    loud = np.sqrt((side[: len(side) // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ) ** 2).mean(axis=1)) > 0.01
    return bridged((Span(int(second) * 1000, int(second) * 1000 + 1000) for second in np.flatnonzero(loud)), 0)


@pytest.mark.parametrize("level_db", [-40, -25, -12])
def test_what_leaks_is_told_from_the_trainee(level_db):
    """Where the trainee speaks next to nothing is taken for leak; where only the caller does, nearly all is."""
    caller, trainee = voice(1), voice(2)
    hiss = np.random.default_rng(5).normal(size=len(caller)) * 10 ** (-75 / 20)
    gone = leaked_spans(trainee + hiss + leaked(caller, level_db, 60), caller)
    ours, theirs = talking(trainee), talking(caller)
    alone = total_ms(theirs) - total_ms(shared(theirs, ours))
    assert total_ms(shared(gone, ours)) < 0.15 * total_ms(ours)
    assert total_ms(shared(gone, theirs)) - total_ms(shared(shared(gone, theirs), ours)) > 0.75 * alone


def test_nothing_leaks_between_separate_channels():
    """Two isolated voices have nothing taken away."""
    assert leaked_spans(voice(2), voice(1)) == []


def test_what_leaked_is_no_speech_and_its_words_are_dropped():
    """A stretch of pure leak goes, one with the trainee at its end begins there."""
    leak_alone, then_me = Span(1000, 3000), Span(5000, 9000)
    events = []
    for span in (leak_alone, then_me):
        words = tuple(Word("word", at_ms, at_ms + 400) for at_ms in range(span.start_ms, span.end_ms, 400))
        events += [SpeechEnded(span.end_ms, span.end_ms, span.start_ms), Heard(span.start_ms, 0, span.end_ms, words)]
    found = from_listening(events, [], length_ms=10_000, leaked=[Span(900, 3050), Span(4900, 7000)])
    assert found.trainee == (Span(7000, 9000),)
    assert [word.start_ms for word in found.trainee_words] == [7000, 7400, 7800, 8200, 8600]
