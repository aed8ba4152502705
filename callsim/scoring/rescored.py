"""What another rubric makes of past calls: old and new scores side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Literal, TypeAlias

from pydantic import Field

from callsim.scoring.checks import DIMENSIONS, Part
from callsim.scoring.scorecard import Scorecard

Score: TypeAlias = Literal["overall", "pacing", "interruptions", "phrasing"]
SCORES: tuple[Score, ...] = ("overall", *DIMENSIONS)


class Scores(Part):
    """The scores of a call; None was not measured."""

    overall: float | None
    pacing: float | None
    interruptions: float | None
    phrasing: float | None


NONE = Scores(overall=None, pacing=None, interruptions=None, phrasing=None)


class Rescored(Part):
    """A session before and after; `old_rubric` is None where it had no scorecard.

    `same` where it was scored by this very rubric already. `written` where the new scorecard took the old one's place.
    `checks` are what each check earns of its points by the new rubric, as a share.
    """

    session: str
    old: Scores
    new: Scores
    old_rubric: str | None
    new_rubric: str
    checks: dict[str, float] = Field(default_factory=dict)
    same: bool = False
    written: bool = False


class Change(Part):
    """How one score changed over all sessions; `measured` are those in which it was measured before and after.

    `mean` is over those. `largest` is the greatest change, up or down, and `largest_in` where that was. `gained` and
    `lost` count sessions in which it could be measured only afterwards, or only before.
    """

    score: Score
    measured: int
    rise: int
    fall: int
    mean: float | None
    largest: float | None
    largest_in: str | None
    gained: int
    lost: int


class WithCoaches(Part):
    """How the coaches of reviewed calls would agree with another rubric: checks that both put into one class.

    `before` of `checks_before` as the calls are scored now, `after` of `checks_after` by the other rubric.
    """

    calls: int
    before: int
    checks_before: int
    after: int
    checks_after: int


def shares_of(card: Scorecard) -> dict[str, float]:
    """What each check earned of its points."""
    return {check.id: round(check.points / check.of, 4) for check in card.checks if check.of > 0}


def scores_of(card: Scorecard | None) -> Scores:
    """The scores of a scorecard; none of them where there is no card."""
    return NONE if card is None else Scores(overall=card.overall, **dict(card.scores))


def difference(one: Rescored, score: Score) -> float | None:
    """How much a score rose (below zero: fell); None where it was not measured before, or is not now."""
    old, new = getattr(one.old, score), getattr(one.new, score)
    return None if old is None or new is None else round(new - old, 1) + 0.0


def changes(sessions: Sequence[Rescored]) -> tuple[Change, ...]:
    """How each of the four scores changed."""
    return tuple(_change(sessions, score) for score in SCORES)


def _change(sessions: Sequence[Rescored], score: Score) -> Change:
    apart = [(gap, one.session) for one in sessions if (gap := difference(one, score)) is not None]
    largest = min(apart, key=lambda found: (-abs(found[0]), found[1]), default=None)
    known = [(getattr(one.old, score) is not None, getattr(one.new, score) is not None) for one in sessions]
    return Change(
        score=score,
        measured=len(apart),
        rise=sum(gap > 0 for gap, _ in apart),
        fall=sum(gap < 0 for gap, _ in apart),
        mean=round(fmean(gap for gap, _ in apart), 1) + 0.0 if apart else None,
        largest=largest[0] if largest else None,
        largest_in=largest[1] if largest and largest[0] else None,
        gained=known.count((False, True)),
        lost=known.count((True, False)),
    )
