"""How the scores of one trainee move: over time, against their own first calls, and on the same call script.

Never against a norm, and never more than so few calls can say: what rests on too few is None.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from callsim.scoring.checks import DIMENSIONS, Dimension
from callsim.scoring.shifts import MOST_PAIRS, Interval, between, of_pairs

ScoreName: TypeAlias = Literal["overall"] | Dimension
Grouping: TypeAlias = Literal["week", "month", "calls"]
Verdict: TypeAlias = Literal["better", "worse", "unclear", "too few"]

SCORES: tuple[ScoreName, ...] = ("overall", *DIMENSIONS)
# A trainee's own start, what counts as now, and how many of the latter there must be. Our choice: the fewest that let
# an interval of 95 % be drawn at all.
FIRST, LATEST, LEAST_LATEST = 5, 5, 3
# Pairs of calls on one script, below which there is no such interval.
LEAST_PAIRS = 6
_WEEKS_AT_MOST = timedelta(weeks=26)
_LEAST_WEEKS = 3
_POINTS_AT_MOST = 12
_BLOCKS = (1, 3, 5, 10, 25, 50, 100)


@dataclass(frozen=True, slots=True)
class CheckMade:
    """What a check earned; `worth` is how many points of the overall score one point of it is."""

    id: str
    points: float
    of: float
    worth: float


@dataclass(frozen=True, slots=True)
class Call:
    """A scored call; `day` is the date on the wall, `script` the name or path it was given as.

    Of an `imported` recording that is the file's name, which says nothing of what was called about.
    """

    session: str
    started: str
    day: date
    script: str
    title: str
    scores: Mapping[ScoreName, float | None]
    checks: tuple[CheckMade, ...] = ()
    rubric: str | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """`n` numbers: their mean, the lowest and the highest. One number has no spread: `low` and `high` are None."""

    n: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Period:
    """The calls of a week or month (`first` to `last` are its days), or so many in a row (the days of those).

    A score that none of them has is left out of `scores`.
    """

    first: date
    last: date
    sessions: tuple[str, ...]
    scores: Mapping[ScoreName, Spread]


@dataclass(frozen=True, slots=True)
class Change:
    """From one mean to another, of so many calls each; `difference` lies between `low` and `high` (95 %, see `shifts`).

    All are rounded to a decimal, and the verdict goes by the rounded ones.
    """

    before: float
    after: float
    n_before: int
    n_after: int
    difference: float
    low: float | None
    high: float | None

    @property
    def verdict(self) -> Verdict:
        """Whether it moved, as far as so few can tell."""
        if self.low is None or self.high is None:
            return "too few"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "unclear"


@dataclass(frozen=True, slots=True)
class Pair:
    """The first and the latest call on one script."""

    script: str
    title: str
    takes: int
    first: float
    latest: float
    first_session: str
    latest_session: str


@dataclass(frozen=True, slots=True)
class SameScripts:
    """How the same scripts went the first time and the latest; `change` is None where no script was taken twice."""

    pairs: tuple[Pair, ...]
    change: Change | None


def measured(calls: Iterable[Call], score: ScoreName) -> list[float]:
    """The scores there are, in order of the calls."""
    return [value for call in calls if (value := call.scores.get(score)) is not None]


def grouping_of(calls: Sequence[Call]) -> Grouping:
    """Weeks; months where there would be too many of those; so many calls in a row where there would be too few."""
    if not calls:
        return "calls"
    if calls[-1].day - calls[0].day > _WEEKS_AT_MOST:
        return "month"
    return "week" if len({_monday(call.day) for call in calls}) >= _LEAST_WEEKS else "calls"


def periods(calls: Sequence[Call], by: Grouping) -> tuple[Period, ...]:
    """The calls, oldest first, put together; a week or month without a call is left out.

    Days are those on the wall: between two places a later call can have an earlier day.
    """
    if by == "calls":
        size = next((size for size in _BLOCKS if len(calls) <= size * _POINTS_AT_MOST), _BLOCKS[-1])
        blocks = [calls[start : start + size] for start in range(0, len(calls), size)]
        days = [[call.day for call in block] for block in blocks]
        return tuple(_period(min(ours), max(ours), block) for ours, block in zip(days, blocks, strict=True))
    start = _monday if by == "week" else _first_of_month
    by_start: dict[date, list[Call]] = defaultdict(list)
    for call in calls:
        by_start[start(call.day)].append(call)
    return tuple(_period(first, _last_of(by, first), ours) for first, ours in sorted(by_start.items()))


def spread(values: Sequence[float]) -> Spread | None:
    """None of nothing."""
    if not values:
        return None
    mean = round(math.fsum(values) / len(values), 1)
    return Spread(len(values), mean, *((min(values), max(values)) if len(values) > 1 else (None, None)))


def latest(calls: Sequence[Call], score: ScoreName) -> Spread | None:
    """The latest calls, as many as count for that."""
    return spread(measured(calls, score)[-LATEST:])


def since_start(values: Sequence[float]) -> Change | None:
    """The latest against the first, none of them both; None where there are not FIRST + LEAST_LATEST."""
    first, latest = values[:FIRST], values[FIRST:][-LATEST:]
    return change(first, latest, between(first, latest)) if len(latest) >= LEAST_LATEST else None


def same_scripts(calls: Sequence[Call], score: ScoreName) -> SameScripts:
    """The latest against the first call on each script taken twice; of many scripts those that were taken last.

    The calls are given the oldest first.
    """
    by_script: dict[str, list[Call]] = {}
    for call in calls:
        if call.scores.get(score) is not None and not call.imported:
            # Put in anew, so that the scripts stand in the order of their latest calls.
            by_script[call.script] = by_script.pop(call.script, [])
            by_script[call.script].append(call)
    twice = [ours for ours in by_script.values() if len(ours) > 1]
    pairs = tuple(_pair(ours, score) for ours in twice[-MOST_PAIRS:])
    if not pairs:
        return SameScripts((), None)
    interval = of_pairs([pair.latest - pair.first for pair in pairs])
    return SameScripts(pairs, change([pair.first for pair in pairs], [pair.latest for pair in pairs], interval))


def change(before: Sequence[float], after: Sequence[float], interval: Interval | None) -> Change:
    """From the mean of one to the mean of the other."""
    first, latest = (round(math.fsum(values) / len(values), 1) for values in (before, after))
    low, high = (round(interval[0], 1), round(interval[1], 1)) if interval else (None, None)
    return Change(first, latest, len(before), len(after), round(latest - first, 1), low, high)


def rubrics(calls: Iterable[Call]) -> int:
    """How many different rubrics the calls were scored by, as far as known; scores of two cannot be compared."""
    return len({call.rubric for call in calls if call.rubric is not None})


def _pair(calls: Sequence[Call], score: ScoreName) -> Pair:
    first, latest = calls[0], calls[-1]
    values = measured(calls, score)
    return Pair(latest.script, latest.title, len(calls), values[0], values[-1], first.session, latest.session)


def _period(first: date, last: date, calls: Sequence[Call]) -> Period:
    found = {score: spread(measured(calls, score)) for score in SCORES}
    scores = {score: one for score, one in found.items() if one is not None}
    return Period(first, last, tuple(call.session for call in calls), scores)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _last_of(by: Grouping, first: date) -> date:
    if by == "week":
        return first + timedelta(days=6)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
