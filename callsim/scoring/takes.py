"""Two takes of the same part of a call, side by side. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from callsim.scoring.evidence import Evidence
from callsim.scoring.scorecard import Scorecard
from callsim.timeline import Ms


def since(evidence: Evidence, at_ms: Ms) -> Evidence:
    """The evidence of a call from a moment on, as if it had begun there; times stay those of the call."""
    return replace(
        evidence,
        trainee=tuple(span for span in evidence.trainee if span.start_ms >= at_ms),
        caller=tuple(span for span in evidence.caller if span.start_ms >= at_ms),
        utterances=tuple(said for said in evidence.utterances if said.span.start_ms >= at_ms),
        lines=None if evidence.lines is None else tuple(one for one in evidence.lines if one.span.start_ms >= at_ms),
        turn_ends=tuple(event for event in evidence.turn_ends if event.at_ms >= at_ms),
        needs_met=tuple(event for event in evidence.needs_met if event.at_ms >= at_ms),
        moods=tuple(event for event in evidence.moods if event.at_ms >= at_ms),
        tones=tuple(
            tone for span, tone in zip(evidence.trainee, evidence.tones, strict=False) if span.start_ms >= at_ms
        ),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both takes; None is not measured."""

    what: str
    first: float | None
    again: float | None


def compared(first: Scorecard, again: Scorecard) -> tuple[Compared, ...]:
    """The scores of both takes, and each check whose share of its points differs; the first take's part alone."""
    rows = [Compared("overall", first.overall, again.overall)]
    rows += [Compared(name, first.scores[name], again.scores[name]) for name in first.scores]
    ours, theirs = ({check.id: check.points / check.of for check in card.checks} for card in (first, again))
    both = [name for name in ours if name in theirs and ours[name] != theirs[name]]
    return (*rows, *(Compared(name, 100 * ours[name], 100 * theirs[name]) for name in both))
