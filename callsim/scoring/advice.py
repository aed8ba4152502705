"""What to try next, in words of this call, and what went well.

A check is worth what its mending would bring the overall score. In a call without help kind words and clean manners
earn less (`phrasing_help.reach`); what is lost that way is put down to the missing help, not to the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callsim.scoring.checks import Check, Part, Quote
from callsim.scoring.measured import Measured
from callsim.scoring.phrasing_help import (
    AVOIDED,
    PROMISING,
    after_story,
    answers,
    helped,
    passage_shown,
    reach,
    told_ms,
)
from callsim.scoring.rubric import Rubric
from callsim.scoring.wording import Wording, wording

_MOST = 3
# Half of a check's points may be lost without a word about it.
_LOST_SHARE = 0.5
_HELP = ("phrasing.solution", "phrasing.needs")
_AT_THE_END = ("closing", "thanks", "satisfaction_check", "handover")


class Advice(Part):
    """What was lost and what to try instead; `evidence` is the moment that shows it, or where it would have fitted.

    `worth` is how many points of the overall score are at stake.
    """

    check: str
    said: str
    instead: str
    evidence: Quote | None
    worth: float = 0.0


class Win(Part):
    """Something that was done in full; `evidence` is a moment that shows it."""

    check: str
    said: str
    evidence: Quote | None


@dataclass(frozen=True, slots=True)
class _Lost:
    """A check, the share of its points that the help in the call let it earn, and what it lost: first by its own doing,
    then through the missing help."""

    check: Check
    reach: float

    @property
    def own_share(self) -> float:
        """How much was earned of what could be; whoever could earn nothing lost nothing by their own doing."""
        could = self.check.of * self.reach
        return round(min(1.0, self.check.points / could), 2) if could else 1.0

    @property
    def own(self) -> float:
        return self.check.of * (1 - self.own_share)

    @property
    def through_help(self) -> float:
        return self.check.of * self.own_share * (1 - self.reach)


def advice(checks: Sequence[Check], rubric: Rubric, call: Measured) -> tuple[Advice, ...]:
    """The three checks whose mending would help the overall score most, the dearest first; one a moment of the call.

    Among equals those that can be heard come first.
    """
    losses, words = _losses(checks, rubric, call), wording(call)
    carrier = _carrier(losses)
    worths = dict(_worths(losses, carrier, rubric))
    lost = [one.check for one in losses if one.own_share < _LOST_SHARE or one.check.id == carrier]
    lost.sort(key=lambda one: (-worths[one.id], not one.evidence))
    found = list[Advice]()
    for one in lost:
        if not _is_said(one, found, call):
            found.append(_advice(one, words, call, worths[one.id]))
    return tuple(found[:_MOST])


def wins(checks: Sequence[Check], rubric: Rubric, call: Measured) -> tuple[Win, ...]:
    """What was done in full, what can be heard before the rest, the dearest first."""
    full = [one for one in _losses(checks, rubric, call) if one.own_share == 1 and not _is_empty(one)]
    full.sort(key=lambda one: (not one.check.evidence, -one.check.of))
    return tuple(
        Win(check=one.check.id, said=one.check.why, evidence=next(iter(one.check.evidence), None)) for one in full
    )


def _is_empty(one: _Lost) -> bool:
    """Whether a fault was avoided by offering too little to be at fault."""
    return one.reach < 1 and one.check.id.removeprefix("phrasing.") in AVOIDED


def _losses(checks: Sequence[Check], rubric: Rubric, call: Measured) -> list[_Lost]:
    rules = rubric.phrasing
    help_share = helped(call, rules.avoided, bool(answers(call, rules)))
    return [
        _Lost(one, reach(one.id.removeprefix("phrasing."), help_share, rules) if one.dimension == "phrasing" else 1.0)
        for one in checks
    ]


def _carrier(losses: Sequence[_Lost]) -> str | None:
    """The check that stands for the missing help: the solution where there was none, else the needs still open."""
    missing = {one.check.id: one.own_share for one in losses if one.check.id in _HELP and one.own}
    if missing.get("phrasing.solution", 1.0) < _LOST_SHARE or "phrasing.needs" not in missing:
        return next(iter(missing), None)
    return "phrasing.needs"


def _worths(losses: Sequence[_Lost], carrier: str | None, rubric: Rubric) -> Iterator[tuple[str, float]]:
    """What each check's loss costs the overall score; the carrier stands for what was lost through missing help."""
    scored = {one.check.dimension for one in losses}
    weights = {dimension: getattr(rubric.overall, dimension) for dimension in scored}
    through_help = sum(one.through_help for one in losses)
    for one in losses:
        of = sum(other.check.of for other in losses if other.check.dimension == one.check.dimension)
        lost = one.own + (through_help if one.check.id == carrier else 0.0)
        yield one.check.id, 100 * weights[one.check.dimension] / (sum(weights.values()) or 1) * lost / of


def _is_said(check: Check, found: Sequence[Advice], call: Measured) -> bool:
    """Whether the same moment, or the same missing help, was spoken of already."""
    if check.id in _HELP and any(one.check in _HELP for one in found):
        return True
    return any(_moment(check, call) == one.evidence for one in found if check.evidence)


def _advice(check: Check, words: Wording, call: Measured, worth: float) -> Advice:
    return Advice(
        check=check.id,
        said=check.why,
        instead=words.instead(check),
        evidence=_moment(check, call),
        worth=round(worth, 1),
    )


def _moment(check: Check, call: Measured) -> Quote | None:
    """Where it can be heard; what was never said points to where it would have fitted."""
    name = check.id.removeprefix("phrasing.")
    if check.evidence or check.dimension != "phrasing":
        return next(iter(check.evidence), None)
    if not call.passages:
        return Quote(start_ms=told_ms(call), end_ms=told_ms(call)) if call.story else None
    answering = (one for one in call.passages if one.span.end_ms > told_ms(call))
    promised = (call.passages[one.passage] for one in after_story(call, *PROMISING))
    passage = next(promised, None) if name == "timeframe" else None
    if name in _AT_THE_END:
        passage = call.passages[-1]
    elif name == "greeting":
        passage = call.passages[0]
    return passage_shown(passage or next(answering, call.passages[-1]))
