"""Loudness, pitch and rate under fire, and how they are heard."""

from dataclasses import replace

import numpy as np
import pytest
from scenes import STORY, scene
from spoken import sentence

from callsim.scoring.measured import measure
from callsim.scoring.pacing_checks import steadiness_of
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score
from callsim.scoring.tone import Tone, ToneMeter
from callsim.timeline import RATE_HZ, Span

RUBRIC = read_rubric()
CALM = "i am going to look that up for you right now"


def hum(hz, level, seconds=2):
    """A voice without words: a pulse train with a pitch."""
    at = np.arange(seconds * RATE_HZ) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * hz * k * at) / k for k in range(1, 8))
    return (level * 32_768 * tone / np.sqrt((tone**2).mean())).astype(np.int16)


def tone_of(samples, block=320):
    """What the meter tells of a whole sound."""
    meter = ToneMeter()
    for first in range(0, len(samples), block):
        meter.hear(samples[first : first + block])
    [found] = meter.tones((Span(0, len(samples) // 16),))
    return found


@pytest.mark.parametrize("hz", [85, 120, 210, 330])
def test_the_pitch_of_a_voice_is_found(hz):
    """Within a tenth of a semitone, and its level within 0.2 dB."""
    found = tone_of(hum(hz, 0.05))
    assert 12 * np.log2(found.pitch_hz / hz) == pytest.approx(0, abs=0.1)
    assert found.level_dbfs == pytest.approx(20 * np.log10(0.05), abs=0.2)


def test_noise_has_a_level_and_no_pitch_and_silence_has_neither():
    """A whisper is loud or soft, never high or low."""
    noise = (np.random.default_rng(1).normal(size=2 * RATE_HZ) * 1000).astype(np.int16)
    assert tone_of(noise).pitch_hz is None
    assert tone_of(np.zeros(2 * RATE_HZ, np.int16)) is None


def test_the_size_of_the_blocks_does_not_matter():
    """Fed in other pieces the meter says the same."""
    assert tone_of(sentence(), 320) == tone_of(sentence(), 4801)


def test_agrees_with_praat():
    """Within a semitone of Praat's median pitch, on a spoken sentence."""
    praat = pytest.importorskip("parselmouth", reason="praat-parselmouth is not installed")
    track = praat.Sound(sentence() / 32_768, RATE_HZ).to_pitch(0.02, 75, 400).selected_array["frequency"]
    assert 12 * np.log2(tone_of(sentence()).pitch_hz / np.median(track[track > 0])) == pytest.approx(0, abs=1)


def heated_call(wpm_after=150):
    """A greeting, a heated line, and an answer to it."""
    call = (
        scene().trainee(CALM).caller("Hello? My parcel never came.").trainee(CALM).mood(55, 75, "you blamed the caller")
    )
    call.caller(STORY)
    call.wpm = wpm_after
    return call.trainee(CALM)


def evidence(call, *tones):
    """The scene with how each stretch of the trainee's sounded."""
    return replace(call.evidence(), tones=tones)


def test_the_same_voice_after_a_heated_line_is_steady():
    """No change earns all points."""
    same = Tone(-26.0, 120.0)
    found = score(evidence(heated_call(), same, same, same), RUBRIC)
    [check] = [one for one in found.checks if one.id == "pacing.steadiness"]
    assert check.points == check.of
    assert found.measures.steadiness.model_dump() == {"loudness_db": 0.0, "pitch_semitones": 0.0, "rate": 0.0}


def test_louder_higher_and_faster_is_measured_and_costs():
    """9 dB, an octave and a third more syllables: by how much, and no points."""
    calm = Tone(-26.0, 120.0)
    call = evidence(heated_call(wpm_after=200), calm, calm, Tone(-17.0, 240.0))
    found = steadiness_of(measure(call, RUBRIC.measures), RUBRIC)
    assert found.loudness_db == pytest.approx(9)
    assert found.pitch_semitones == pytest.approx(12)
    assert found.rate == pytest.approx(1 / 3, abs=0.01)
    [check] = [one for one in score(call, RUBRIC).checks if one.id == "pacing.steadiness"]
    assert check.points == 0


def test_a_call_that_never_grew_heated_says_nothing_about_steadiness():
    """There is nothing to compare; and of a recorded caller nobody knows."""
    call = scene().trainee(CALM).caller(STORY).trainee(CALM)
    why = score(evidence(call, Tone(-26.0, 120.0), Tone(-10.0, 120.0)), RUBRIC).not_measured_checks
    assert "too little was said" in why["pacing.steadiness"]
    assert "nobody knows" in score(call.imported(), RUBRIC).not_measured_checks["pacing.steadiness"]


def test_without_the_sound_nothing_is_said_about_steadiness():
    """Words alone do not tell how they were said."""
    assert score(heated_call().evidence(), RUBRIC).measures.steadiness is None
