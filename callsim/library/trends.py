"""Trends: one trainee over time, and all of them in a table.

Whole calls count, those of people: runs without a headset and parts taken again are left out. The figures are the
machine's, which judged every call alike; or, where that is asked for, a coach's wherever there is one.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true

from callsim.library.cards import kept_card
from callsim.library.coached import overrules_of
from callsim.library.follow_ups import WHOLE_CALL, follow_ups
from callsim.library.models import CheckRow, ReviewRow, SessionRow
from callsim.library.reading import folded
from callsim.library.reviewed import coach_points
from callsim.library.shelf import Library
from callsim.scoring.checks import DIMENSIONS, Dimension
from callsim.scoring.overruled import coach_scores
from callsim.scoring.practice import Moves, Next, moves, to_practise
from callsim.scoring.progress import (
    LEAST_LATEST,
    SCORES,
    Call,
    Change,
    CheckMade,
    Grouping,
    Period,
    SameScripts,
    ScoreName,
    Spread,
    grouping_of,
    latest,
    measured,
    periods,
    rubrics,
    same_scripts,
    since_start,
)
from callsim.script import Script

Whose: TypeAlias = Literal["machine", "coach"]
# A coach's scores of a call, and the points they gave, by check.
_Judged: TypeAlias = tuple[Mapping[ScoreName, float | None], Mapping[str, float]]
_COLUMNS = [
    getattr(SessionRow, name)
    for name in "id name fingerprint trainee trainee_key started day mode script title rubric coach".split()
] + [getattr(SessionRow, score) for score in SCORES]
_WAY = 20
_SCORED = or_(*(getattr(SessionRow, score).is_not(None) for score in SCORES))
_IS_OF = and_(ReviewRow.session == SessionRow.name, ReviewRow.fingerprint == SessionRow.fingerprint)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which calls count; None: all. `until` is a day that is still in. `whose` points the figures go by."""

    script: str | None = None
    since: date | None = None
    until: date | None = None
    whose: Whose = "machine"

    @property
    def chooses(self) -> bool:
        """Whether some calls may be left out."""
        return any(one is not None for one in (self.script, self.since, self.until))


@dataclass(frozen=True, slots=True)
class ScoreTrend:
    """One score: in how many calls it could be measured, the latest, and how far it moved; None is too few to say."""

    measured: int
    now: Spread | None
    since_start: Change | None
    same_scripts: SameScripts


@dataclass(frozen=True, slots=True)
class Trend:
    """All there is to say of a trainee's calls, the oldest first; `overruled` is in how many a coach's points count.

    `calls`, `periods` and each score's `now` are of the calls that were sought. What holds calls against each other or
    says what was not taken yet would be untrue of some of them: all else is of all their calls, `all_calls` in number.
    """

    trainee: str
    sought: Sought
    calls: tuple[Call, ...]
    all_calls: int
    overruled: int
    rubrics: int
    grouping: Grouping
    periods: tuple[Period, ...]
    scores: Mapping[ScoreName, ScoreTrend]
    moves: Moves
    practise: tuple[Next, ...]


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A trainee in the table of all; `best` and `worst` are where the latest calls stand highest and lowest.

    `way` are the overall scores of the last calls, the oldest first. None is not measured, or too few calls to say.
    `change` is since their start, of all their calls; all else is of those that were sought.
    """

    trainee: str
    calls: int
    last: date | None
    way: tuple[float, ...]
    now: Spread | None
    change: Change | None
    best: Dimension | None
    worst: Dimension | None
    reviewed: int
    follow_ups: int


def trend(
    library: Library, trainee: str, sought: Sought, scripts: Mapping[str, Script], by: Grouping | None = None
) -> Trend:
    """A trainee's calls put together by week, month or so many calls (None: as suits them).

    `scripts` are those that there are to practise, by name. Somebody without a call has an empty trend.
    """
    with library.reading() as connection:
        rows = _rows(connection, library, sought, SessionRow.trainee_key == folded(trainee))
        checks = _checks(connection, library, trainee)
        judged = _judged(connection, library, rows, sought.whose)
    every = [_call(row, judged.get(row.id), checks.get(row.id, ())) for row in rows]
    calls = tuple(call for call, row in zip(every, rows, strict=True) if row.sought)
    grouping = by or grouping_of(calls)
    return Trend(
        trainee=rows[-1].trainee if rows else trainee,
        sought=sought,
        calls=calls,
        all_calls=len(every),
        overruled=sum(row.coach is not None for row in rows if row.sought),
        rubrics=rubrics(every),
        grouping=grouping,
        periods=periods(calls, grouping),
        scores={score: _score_trend(every, calls, score) for score in SCORES},
        moves=moves(every),
        practise=to_practise(every, scripts),
    )


def team(library: Library, sought: Sought) -> list[TeamRow]:
    """Every trainee with a call or an open follow-up, in order of their names."""
    with library.reading() as connection:
        rows = _rows(connection, library, sought)
        judged = _judged(connection, library, rows, sought.whose)
        reviewed = _reviewed(connection, library, sought)
    every: dict[str, list[Call]] = defaultdict(list)
    ours: dict[str, list[Call]] = defaultdict(list)
    names: dict[str, str] = {}
    for row in rows:
        every[row.trainee_key].append(call := _call(row, judged.get(row.id), ()))
        if row.sought:
            ours[row.trainee_key].append(call)
            names[row.trainee_key] = row.trainee
    asked: Counter[str] = Counter()
    for one in follow_ups(library):
        if one.done is None:
            asked[folded(one.trainee)] += 1
            names.setdefault(folded(one.trainee), one.trainee)
    return [_team_row(names[key], every[key], ours[key], reviewed[key], asked[key]) for key in sorted(names)]


def _rows(
    connection: Connection, library: Library, sought: Sought, *more: ColumnElement[bool]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The calls that count, the oldest first, and whether each is `sought`."""
    is_sought = and_(true(), *_chosen(sought)).label("sought")
    query = select(*_COLUMNS, is_sought).where(*_counts(library), *more)
    return connection.execute(query.order_by(SessionRow.started_ms, SessionRow.name)).all()


def _counts(library: Library) -> Iterator[ColumnElement[bool]]:
    yield SessionRow.home == library.home
    yield _SCORED
    yield WHOLE_CALL


def _chosen(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.script is not None:
        yield SessionRow.script_key == folded(sought.script)
    if sought.since is not None:
        yield SessionRow.day >= sought.since.isoformat()
    if sought.until is not None:
        yield SessionRow.day <= sought.until.isoformat()


def _checks(connection: Connection, library: Library, trainee: str) -> Mapping[int, list[CheckMade]]:
    """What each check earned, by session."""
    ours = SessionRow.home == library.home, SessionRow.trainee_key == folded(trainee)
    query = select(CheckRow.session_id, CheckRow.made).join(SessionRow).where(*ours)
    return {session: [CheckMade(*one) for one in json.loads(made)] for session, made in connection.execute(query)}


def _judged(
    connection: Connection, library: Library, rows: Sequence[Row[*tuple[Any, ...]]], whose: Whose
) -> dict[int, _Judged]:
    """What coaches made of the calls in which they overruled something; nothing where the machine's figures count."""
    found: dict[int, _Judged] = {}
    for row in rows:
        if whose == "coach" and row.coach is not None and (card := kept_card(library.sessions / row.name)) is not None:
            points = coach_points(card, overrules_of(connection, row.name, row.fingerprint))
            coach = coach_scores(card, points)
            scores: dict[ScoreName, float | None] = {"overall": coach.overall}
            found[row.id] = (scores | dict(coach.scores.items()), points)
    return found


def _call(row: Row[*tuple[Any, ...]], judged: _Judged | None, checks: Sequence[CheckMade]) -> Call:
    scores, points = judged or ({score: getattr(row, score) for score in SCORES}, {})
    return Call(
        session=row.name,
        started=row.started,
        day=date.fromisoformat(row.day),
        script=row.script,
        title=row.title,
        scores=scores,
        checks=tuple(CheckMade(one.id, points.get(one.id, one.points), one.of, one.worth) for one in checks),
        rubric=row.rubric,
        imported=row.mode == "imported",
    )


def _reviewed(connection: Connection, library: Library, sought: Sought) -> Counter[str]:
    """How many of each trainee's calls a coach has reviewed."""
    is_reviewed = select(ReviewRow.session).where(_IS_OF).exists()
    which = *_counts(library), *_chosen(sought), is_reviewed
    query = select(SessionRow.trainee_key, func.count().label("calls")).where(*which)
    found = connection.execute(query.group_by(SessionRow.trainee_key))
    return Counter({row.trainee_key: row.calls for row in found})


def _score_trend(every: Sequence[Call], calls: Sequence[Call], score: ScoreName) -> ScoreTrend:
    values = measured(every, score)
    return ScoreTrend(len(values), latest(calls, score), since_start(values), same_scripts(every, score))


def _team_row(trainee: str, every: Sequence[Call], calls: Sequence[Call], reviewed: int, asked: int) -> TeamRow:
    best, worst = _ends(calls)
    return TeamRow(
        trainee=trainee,
        calls=len(calls),
        last=calls[-1].day if calls else None,
        way=tuple(measured(calls, "overall")[-_WAY:]),
        now=latest(calls, "overall"),
        change=since_start(measured(every, "overall")),
        best=best,
        worst=worst,
        reviewed=reviewed,
        follow_ups=asked,
    )


def _ends(calls: Sequence[Call]) -> tuple[Dimension | None, Dimension | None]:
    """Where the latest calls stand highest and lowest, if that many say so and the two differ."""
    found = {name: one for name in DIMENSIONS if (one := latest(calls, name)) is not None and one.n >= LEAST_LATEST}
    if len({one.mean for one in found.values()}) < 2:
        return None, None
    ordered = sorted(found, key=lambda name: found[name].mean)
    return ordered[-1], ordered[0]
