"""Everything that is measured of a call, once, for all checks to share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callsim.scoring.evidence import Evidence
from callsim.scoring.overlaps import Kind, Overlap, overlaps
from callsim.scoring.phrases import NO_PHRASES, Hearer, Phrases, Reader, read_acts
from callsim.scoring.rubric import MeasureRules
from callsim.scoring.stretches import Passage, Stretch, caller_stretches, passages, trainee_stretches
from callsim.scoring.turns import Gap, Silence, Turn, dead_air, explained, response_gaps, silences, turns
from callsim.timeline import Ms, Span


@dataclass(frozen=True, slots=True)
class Said:
    """An act of the trainee: where, in which words, and in which passage (counted from 0)."""

    act: str
    span: Span
    quote: str
    passage: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of one call. `story` is the caller's first turn of some length, None where there was none."""

    evidence: Evidence
    ours: tuple[Stretch, ...]
    theirs: tuple[Stretch, ...]
    overlaps: tuple[Overlap, ...]
    turns: tuple[Turn, ...]
    passages: tuple[Passage, ...]
    acts: tuple[Said, ...]
    gaps: tuple[Gap, ...]
    dead_air: tuple[Span, ...]
    caller_turns: tuple[Span, ...]
    story: Span | None

    def of_kind(self, kind: Kind) -> list[Overlap]:
        """The overlaps of one kind, in order."""
        return [one for one in self.overlaps if one.kind == kind]


def measure(
    evidence: Evidence, rules: MeasureRules, phrases: Phrases = NO_PHRASES, reader: Reader = read_acts
) -> Measured:
    """Measure a call, hearing a coach's own `phrases` too; the same evidence and rules give the same measures."""
    exact = evidence.lines is not None
    ours, theirs = trainee_stretches(evidence), caller_stretches(evidence, rules)
    over = overlaps(ours, theirs, rules, exact)
    asides = {one.said.span for one in over if one.kind == "backchannel"}
    held = turns(evidence.trainee, evidence.caller, asides, rules.turn_pause_ms)
    floor = [turn.span for turn in held if turn.who == "caller"]
    said = passages(evidence, floor, rules.turn_pause_ms)
    acts = _acts(evidence, said, Hearer(phrases, reader))
    hold_turns = [said[act.passage].span for act in acts if act.act == "hold"]
    quiet = silences(evidence.trainee, evidence.caller, evidence.length_ms)
    holds = [one.span for one in quiet if explained(one, evidence.trainee, hold_turns)]
    no_answers = {one.said.span.start_ms for one in over if one.kind in ("cut_in", "caller_cut_in")}
    caller_turns = _caller_turns(evidence, held)
    return Measured(
        evidence=evidence,
        ours=tuple(ours),
        theirs=tuple(theirs),
        overlaps=tuple(over),
        turns=tuple(held),
        passages=tuple(said),
        acts=tuple(acts),
        gaps=tuple(response_gaps(held, evidence.caller, no_answers, holds, rules.early_ms)),
        dead_air=tuple(_dead_air(evidence, quiet, holds, rules)),
        caller_turns=tuple(caller_turns),
        story=_story(caller_turns, over, rules.story_ms),
    )


def _caller_turns(evidence: Evidence, held: Sequence[Turn]) -> list[Span]:
    """The lines of a simulated caller, or the turns of a recorded one."""
    if evidence.lines is not None:
        return [line.span for line in evidence.lines]
    return [turn.span for turn in held if turn.who == "caller"]


def _story(caller_turns: Sequence[Span], over: Sequence[Overlap], story_ms: Ms) -> Span | None:
    """The first turn long enough to tell something, or cut in on before it could be; a mere "hello?" is none."""
    cut = [one.over.span for one in over if one.kind == "cut_in"]
    told = (turn for turn in caller_turns if turn.duration_ms >= story_ms or any(turn & span for span in cut))
    return next(told, None)


def _dead_air(evidence: Evidence, quiet: Sequence[Silence], holds: Sequence[Span], rules: MeasureRules) -> list[Span]:
    if not evidence.caller:
        return []
    began_ms, exact = evidence.caller[0].start_ms, evidence.lines is not None
    limits = {"unexplained_ms": rules.dead_air_ms, "explained_ms": rules.hold_ms}
    return dead_air(quiet, began_ms, holds, **limits, exact=exact)


def _acts(evidence: Evidence, said: Sequence[Passage], hearer: Hearer) -> list[Said]:
    name = evidence.facts.caller_name if evidence.facts else None
    return [
        Said(act.act, Span(passage.words[act.first].start_ms, passage.words[act.last - 1].end_ms), act.quote, index)
        for index, passage in enumerate(said)
        for act in hearer.acts_of(passage.text, name)
    ]
