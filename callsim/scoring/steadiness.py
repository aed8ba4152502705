"""Whether the trainee stays steady under fire: loudness, pitch and rate against the trainee's own start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from callsim.scoring.evidence import Evidence
from callsim.scoring.pacing import articulation_rate
from callsim.scoring.stretches import Stretch
from callsim.scoring.tone import Tone
from callsim.timeline import Ms, Span


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Changes against the trainee's own start, positive for louder, higher, faster.

    `loudness_db` in dB, `pitch_semitones` in semitones (None: too few sounds with a pitch), `rate` as a share of the
    syllables per second (None: no words). `after`: the stretches that answered heated lines.
    """

    loudness_db: float
    pitch_semitones: float | None
    rate: float | None
    after: tuple[Span, ...]


def heated_lines(evidence: Evidence, heated_by: int) -> list[Span]:
    """The lines of a simulated caller whose frustration had risen by `heated_by` and more above its start when it
    began to say them. Of a recorded caller nobody knows."""
    if not evidence.moods:
        return []
    hot_from = evidence.moods[0].frustration_before + heated_by
    return [line.span for line in evidence.lines or () if _level_at(evidence, line.span.start_ms) >= hot_from]


def _level_at(evidence: Evidence, at_ms: Ms) -> int:
    known = [mood.frustration_after for mood in evidence.moods if mood.at_ms <= at_ms]
    return known[-1] if known else evidence.moods[0].frustration_before


def steadiness(
    said: Sequence[Stretch], evidence: Evidence, heated: Sequence[Span], *, least_ms: Ms, pause_ms: Ms
) -> Steadiness | None:
    """How the trainee's answers to heated lines differ from what the trainee had said before the first of them.

    Levels and pitches are means weighted by length, in dB and semitones. None where either side holds less than
    `least_ms` of speech. Limits: a headset that sets its own gain hides changes of loudness; pitch also rises with
    loudness and with questions; a semitone of error a stretch is usual (see `tone`).
    Source: DESIGN.md, measures; loudness, pitch and rate rise under stress (Scherer 2003, "Vocal communication of
    emotion"; Van Puyvelde et al. 2018, "Voice stress analysis").
    """
    if not heated or len(evidence.tones) != len(said):
        return None
    toned = [(one, tone) for one, tone in zip(said, evidence.tones, strict=True) if tone is not None]
    before = [pair for pair in toned if pair[0].span.end_ms <= heated[0].start_ms]
    after = [pair for pair in toned if _answers(pair[0].span, heated, evidence)]
    if min(_length_ms(before), _length_ms(after)) < least_ms:
        return None
    rates = [articulation_rate([one for one, _ in side], pause_ms) for side in (before, after)]
    return Steadiness(
        loudness_db=_level(after) - _level(before),
        pitch_semitones=_difference(_pitch(after), _pitch(before)),
        rate=rates[1] / rates[0] - 1 if rates[0] and rates[1] else None,
        after=tuple(one.span for one, _ in after),
    )


_Toned = Sequence[tuple[Stretch, Tone]]


def _answers(span: Span, heated: Sequence[Span], evidence: Evidence) -> bool:
    """Whether the last line that began before a stretch was a heated one."""
    begun = [line.span for line in evidence.lines or () if line.span.start_ms < span.start_ms]
    return bool(begun) and begun[-1] in heated


def _length_ms(side: _Toned) -> Ms:
    return sum(one.span.duration_ms for one, _ in side)


def _level(side: _Toned) -> float:
    return sum(tone.level_dbfs * one.span.duration_ms for one, tone in side) / _length_ms(side)


def _pitch(side: _Toned) -> float | None:
    pitched = [(one.span.duration_ms, tone.pitch_hz) for one, tone in side if tone.pitch_hz]
    weight_ms = sum(length for length, _ in pitched)
    return sum(length * 12 * math.log2(hz) for length, hz in pitched) / weight_ms if weight_ms else None


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
