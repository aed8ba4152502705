"""What coaches said of a session, as values. Pure: knows no database, so the pages need none to show it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from callsim.library.reading import moment_ms
from callsim.scoring.checks import Part
from callsim.scoring.overruled import CoachScores, coach_scores
from callsim.scoring.scorecard import Scorecard
from callsim.timeline import Ms


class Note(Part):
    """A note at a second (`at_ms`), on a check (`check`, its id), or on the whole call; a text is "" once forgotten."""

    id: str
    by: str
    written: str
    at_ms: Ms | None = None
    check: str | None = None
    text: str


class Overrule(Part):
    """How many of `of` points a coach gives for a check, and why; `machine` were the machine's when that was said."""

    check: str
    by: str
    written: str
    points: float
    machine: float
    of: float
    reason: str


class Reviewed(Part):
    """A coach has heard and judged the call as a whole."""

    by: str
    written: str


class Clip(Part):
    """A passage kept as an example."""

    id: str
    by: str
    written: str
    start_ms: Ms
    end_ms: Ms
    title: str


class FollowUp(Part):
    """A call that a trainee is asked to take, by `due` (a day) or whenever they can.

    `session` is the one it was written on, "" for none; `done` the first whole call of that trainee and script
    which started after it was written, None while there is none.
    """

    id: str
    by: str
    written: str
    session: str
    trainee: str
    script: str
    due: str | None
    text: str
    done: str | None = None

    def state(self, today: date) -> Literal["open", "overdue", "done"]:
        """How it stands on a day; what is due today is not overdue yet."""
        if self.done is not None:
            return "done"
        return "overdue" if self.due is not None and self.due < today.isoformat() else "open"


class Review(Part):
    """All of it for one session; notes in order of time, then those on checks, then those on the whole call."""

    notes: tuple[Note, ...] = ()
    overrules: tuple[Overrule, ...] = ()
    reviewed: tuple[Reviewed, ...] = ()
    clips: tuple[Clip, ...] = ()

    def coach_scores(self, card: Scorecard) -> CoachScores | None:
        """What the card comes to with the coaches' points; None where nobody overruled any of its checks."""
        points = coach_points(card, self.overrules)
        return coach_scores(card, points) if points else None


def standing(overrules: Iterable[Overrule]) -> dict[str, Overrule]:
    """The overrule that counts for each check: of several coaches' the newest."""
    oldest_first = sorted(overrules, key=lambda one: (moment_ms(one.written), one.by))
    return {one.check: one for one in oldest_first}


def coach_points(card: Scorecard, overrules: Iterable[Overrule]) -> dict[str, float]:
    """The points that count for each overruled check of a card, by id.

    A card that was made anew may give a check more or fewer points than there were when a coach spoke: theirs keep
    their share of them. A check that it does not make any more is left out.
    """
    counts = standing(overrules)
    return {
        check.id: one.points if one.of == check.of else round(one.points * check.of / one.of, 2)
        for check in card.checks
        if (one := counts.get(check.id)) and one.of
    }
