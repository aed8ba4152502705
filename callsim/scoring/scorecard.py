"""The scorecard: scores, measures and checks of one call, and its JSON form (`callsim.scorecard/1`).

Keys are only ever added, never renamed. No model judges and no clock is read: the same evidence and rubric give the
same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Literal, TypeAlias

from callsim.events import Ending, Who, Word
from callsim.scoring.advice import Advice, Win, advice, wins
from callsim.scoring.checks import DIMENSIONS, Check, Dimension, NotMeasured, Outcome, Part
from callsim.scoring.evidence import SILERO, Evidence
from callsim.scoring.interruption_checks import interruption_checks, is_leaky
from callsim.scoring.measured import Measured, measure
from callsim.scoring.overlaps import Kind
from callsim.scoring.pacing import articulation_rate, fillers_per_100_words, words_per_minute
from callsim.scoring.pacing_checks import pacing_checks, steadiness_of
from callsim.scoring.phrases import Reader, read_acts
from callsim.scoring.phrasing import phrasing_checks
from callsim.scoring.rubric import Rubric, adapted, settings_of
from callsim.scoring.turns import longest_turn, talk_share
from callsim.timeline import Ms, Span

Pair: TypeAlias = tuple[Ms, Ms]


class ResponseGaps(Part):
    """Gaps before the trainee's answers, in ms: median, 90th percentile (nearest rank), and each in order."""

    median: Ms | None
    p90: Ms | None
    all: tuple[Ms, ...]


class SteadinessRow(Part):
    """Changes after heated lines against the trainee's own start: dB, semitones, share of the syllables a second."""

    loudness_db: float
    pitch_semitones: float | None
    rate: float | None


class Measures(Part):
    """The numbers behind the checks; None is not measured."""

    words_per_minute: float | None
    articulation_rate: float | None
    talk_share: float | None
    response_gap_ms: ResponseGaps
    dead_air: tuple[Pair, ...]
    longest_turn_ms: Ms
    fillers_per_100_words: float | None
    cut_ins: int | None
    backchannels: int | None
    early_starts: int | None
    caller_cut_ins: int | None
    steadiness: SteadinessRow | None = None


class Speech(Part):
    """Where each side's voice was found."""

    trainee: tuple[Pair, ...]
    caller: tuple[Pair, ...]


class OverlapRow(Part):
    """Both spoke, and what it was."""

    start_ms: Ms
    end_ms: Ms
    kind: Kind


class WordRow(Part):
    """A recognised word."""

    word: str
    start_ms: Ms
    end_ms: Ms
    confidence: float


class TranscriptRow(Part):
    """What one side said. A simulated caller's line is its own text, without words; `cut` where it was stopped."""

    who: Who
    start_ms: Ms
    end_ms: Ms
    text: str
    words: tuple[WordRow, ...]
    cut: bool = False


class ActRow(Part):
    """What the trainee did with words."""

    act: str
    start_ms: Ms
    end_ms: Ms
    quote: str


class Needs(Part):
    """The script's needs."""

    met: tuple[str, ...]
    missed: tuple[str, ...]


class RubricUsed(Part):
    """Which rubric the score rests on; `by_script` are the settings that the call's script puts in its place.

    `weights` are those of the three scores in the overall one; None in scorecards from before they were kept.
    """

    name: str
    fingerprint: str
    by_script: tuple[str, ...] = ()
    weights: dict[Dimension, float] | None = None


class ChangeRow(Part):
    """Words that the second reading put in the place of `before`; either may be empty."""

    start_ms: Ms
    end_ms: Ms
    before: str
    after: str
    who: Who = "trainee"


class Scorecard(Part):
    """The result of scoring one call; `rests_on` names the scores that `overall` was made of.

    A score that could not be measured is None and named in `not_measured`. `frustration` holds when it moved, what it
    became, and why.
    """

    format: Literal["callsim.scorecard/1"] = "callsim.scorecard/1"
    overall: float | None
    rests_on: tuple[Dimension, ...]
    scores: dict[Dimension, float | None]
    not_measured: dict[Dimension, str]
    measures: Measures
    speech: Speech
    overlaps: tuple[OverlapRow, ...]
    transcript: tuple[TranscriptRow, ...]
    acts: tuple[ActRow, ...]
    checks: tuple[Check, ...]
    not_measured_checks: dict[str, str]
    advice: tuple[Advice, ...]
    wins: tuple[Win, ...] = ()
    title: str | None
    ending: Ending | None
    needs: Needs | None
    frustration: tuple[tuple[Ms, int, str], ...]
    length_ms: Ms
    leak_db: float | None
    recogniser: str
    changed: tuple[ChangeRow, ...] = ()
    activity: str = SILERO
    rubric: RubricUsed

    def to_json(self) -> str:
        """The contract's JSON, one line a key level, with a line end; the same scorecard gives the same bytes."""
        return self.model_dump_json(indent=1) + "\n"


def score(evidence: Evidence, rubric: Rubric, reader: Reader = read_acts) -> Scorecard:
    """Score a call, finished or broken off, by the rubric and what the call's own script sets otherwise."""
    facts = evidence.facts
    own = facts.rubric if facts else {}
    rubric = adapted(rubric, own)
    call = measure(evidence, rubric.measures, rubric.phrases, reader)
    outcomes = [*pacing_checks(call, rubric), *interruption_checks(call, rubric), *phrasing_checks(call, rubric)]
    checks = [one for one in outcomes if isinstance(one, Check)]
    missing = [one for one in outcomes if isinstance(one, NotMeasured)]
    scores = {dimension: _score(outcomes, dimension, rubric) for dimension in DIMENSIONS}
    weights = weights_of(rubric)
    return Scorecard(
        overall=overall_of(scores, weights),
        rests_on=tuple(dimension for dimension in DIMENSIONS if scores[dimension] is not None),
        scores=scores,
        not_measured={one: _reason(missing, one) for one in DIMENSIONS if scores[one] is None},
        measures=_measures(call, rubric),
        speech=Speech(trainee=_pairs(evidence.trainee), caller=_pairs(evidence.caller)),
        overlaps=_overlaps(call, rubric),
        transcript=_transcript(evidence),
        acts=tuple(
            ActRow(act=one.act, start_ms=one.span.start_ms, end_ms=one.span.end_ms, quote=one.quote)
            for one in call.acts
        ),
        checks=tuple(checks),
        not_measured_checks={one.id: one.why for one in missing},
        advice=advice(checks, rubric, call),
        wins=wins(checks, rubric, call),
        title=facts.title if facts else None,
        ending=evidence.ending,
        needs=_needs(evidence),
        frustration=tuple((mood.at_ms, mood.frustration_after, mood.because) for mood in evidence.moods),
        length_ms=evidence.length_ms,
        leak_db=evidence.leak_db if evidence.leak_db is None else round(evidence.leak_db, 1),
        recogniser=evidence.recogniser,
        activity=evidence.activity,
        rubric=RubricUsed(
            name=rubric.name,
            fingerprint=rubric.fingerprint,
            by_script=settings_of(own),
            weights=weights,
        ),
    )


def weights_of(rubric: Rubric) -> dict[Dimension, float]:
    """How much each of the three scores counts in the overall one."""
    return {one: getattr(rubric.overall, one) for one in DIMENSIONS}


def _score(outcomes: Sequence[Outcome], dimension: Dimension, rubric: Rubric) -> float | None:
    """0 to 100 over the checks that could be made; None where they carry too few of the points."""
    ours = [one for one in outcomes if one.dimension == dimension]
    made = [one for one in ours if isinstance(one, Check)]
    of = sum(one.of for one in made)
    missing = (one for one in ours if isinstance(one, NotMeasured) and not _is_extra(one))
    all_points = of + sum(_points(rubric, one.id) for one in missing)
    if not of or of < rubric.overall.least_share * all_points:
        return None
    return shown(100 * math.fsum(one.points for one in made) / of)


def _points(rubric: Rubric, id: str) -> float:
    dimension, name = id.split(".")
    points: float = getattr(getattr(rubric, dimension), name).points
    return points


def _is_extra(one: NotMeasured) -> bool:
    return one.id == "interruptions.listening"


def shown(value: float) -> float:
    """A score of 0 to 100 as it is kept: one decimal; 0.0 and 100.0 are kept for what is truly 0 or 100."""
    rounded = round(value, 1)
    if rounded == 0 < value:
        return 0.1
    return 99.9 if rounded == 100 > value else rounded


def overall_of(scores: Mapping[Dimension, float | None], weights: Mapping[Dimension, float]) -> float | None:
    """The overall score that three scores make; those that were not measured count for nothing."""
    parts = [(weights[name], value) for name, value in scores.items() if value is not None]
    weight = sum(part[0] for part in parts)
    return shown(sum(weight * value for weight, value in parts) / weight) if weight else None


def _reason(missing: Iterable[NotMeasured], dimension: Dimension) -> str:
    """Why a score is missing: the reasons of its checks, each once."""
    reasons = dict.fromkeys(one.why for one in missing if one.dimension == dimension and not _is_extra(one))
    return "; ".join(reasons) or "the rubric switches its checks off"


def _measures(call: Measured, rubric: Rubric) -> Measures:
    evidence, pause_ms = call.evidence, rubric.measures.pause_ms
    longest = longest_turn(call.turns)
    hears_fillers = evidence.recogniser in rubric.pacing.fillers.heard_by
    enough = len(evidence.trainee_words) >= rubric.pacing.words_per_minute.min_words
    return Measures(
        words_per_minute=_rounded(words_per_minute(call.ours, pause_ms), 1) if enough else None,
        articulation_rate=_rounded(articulation_rate(call.ours, pause_ms), 2) if enough else None,
        talk_share=_rounded(talk_share(evidence.trainee, evidence.caller), 3),
        response_gap_ms=_response_gaps([gap.gap_ms for gap in call.gaps]),
        dead_air=_pairs(call.dead_air),
        longest_turn_ms=longest.span.duration_ms if longest else 0,
        fillers_per_100_words=_rounded(fillers_per_100_words(evidence.trainee_words), 1) if hears_fillers else None,
        cut_ins=_count(call, rubric, "cut_in"),
        backchannels=_count(call, rubric, "backchannel"),
        early_starts=_count(call, rubric, "early_start"),
        caller_cut_ins=_count(call, rubric, "caller_cut_in"),
        steadiness=_steadiness(call, rubric),
    )


def _steadiness(call: Measured, rubric: Rubric) -> SteadinessRow | None:
    found = steadiness_of(call, rubric)
    if found is None:
        return None
    return SteadinessRow(
        loudness_db=round(found.loudness_db, 1),
        pitch_semitones=_rounded(found.pitch_semitones, 1),
        rate=_rounded(found.rate, 3),
    )


def _count(call: Measured, rubric: Rubric, kind: Kind) -> int | None:
    return None if is_leaky(call.evidence, rubric.interruptions) else len(call.of_kind(kind))


def _overlaps(call: Measured, rubric: Rubric) -> tuple[OverlapRow, ...]:
    """None of them where the caller leaks into the microphone: they might be the caller alone."""
    if is_leaky(call.evidence, rubric.interruptions):
        return ()
    return tuple(OverlapRow(start_ms=one.span.start_ms, end_ms=one.span.end_ms, kind=one.kind) for one in call.overlaps)


def _response_gaps(gaps_ms: Sequence[Ms]) -> ResponseGaps:
    if not gaps_ms:
        return ResponseGaps(median=None, p90=None, all=())
    p90 = sorted(gaps_ms)[math.ceil(0.9 * len(gaps_ms)) - 1]
    return ResponseGaps(median=round(median(gaps_ms)), p90=p90, all=tuple(gaps_ms))


def _transcript(evidence: Evidence) -> tuple[TranscriptRow, ...]:
    rows = [
        TranscriptRow(
            who=said.who,
            start_ms=said.span.start_ms,
            end_ms=said.span.end_ms,
            text=said.text,
            words=tuple(map(_word, said.words)),
        )
        for said in evidence.utterances
        if said.words
    ]
    for line in evidence.lines or ():
        start_ms, end_ms = line.span.start_ms, line.span.end_ms
        row = TranscriptRow(who="caller", start_ms=start_ms, end_ms=end_ms, text=line.text, words=(), cut=line.cut)
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: (row.start_ms, row.end_ms, row.who)))


def _word(word: Word) -> WordRow:
    confidence = round(word.confidence, 3)
    return WordRow(word=word.word, start_ms=word.start_ms, end_ms=word.end_ms, confidence=confidence)


def _needs(evidence: Evidence) -> Needs | None:
    if evidence.facts is None:
        return None
    met = {one.need for one in evidence.needs_met}
    needs = tuple(dict.fromkeys(evidence.facts.needs))
    return Needs(met=tuple(one for one in needs if one in met), missed=tuple(one for one in needs if one not in met))


def _pairs(spans: Iterable[Span]) -> tuple[Pair, ...]:
    return tuple((span.start_ms, span.end_ms) for span in spans)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
