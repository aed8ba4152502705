"""Finding sessions: by who, what, when, how well, what a call shows, what was said, and by tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from callsim.errors import UnknownName
from callsim.library.models import MarkRow, ReviewRow, SaidRow, SessionRow, TagRow
from callsim.library.reading import MARKS, folded
from callsim.scoring.checks import DIMENSIONS, Dimension
from callsim.timeline import Ms

Score: TypeAlias = Literal["overall", "pacing", "interruptions", "phrasing"]
Order: TypeAlias = Literal["date", "score", "trainee", "script"]

_SHOWN = (
    SessionRow.id,
    SessionRow.name,
    SessionRow.fingerprint,
    SessionRow.started,
    SessionRow.trainee,
    SessionRow.script,
    SessionRow.title,
    SessionRow.mode,
    SessionRow.overall,
    SessionRow.coach,
    SessionRow.pacing,
    SessionRow.interruptions,
    SessionRow.phrasing,
    SessionRow.ending,
    SessionRow.length_ms,
    SessionRow.forgotten,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions; all that is said must hold. `until` is a day that is still in.

    `said` are texts of which each occurs within a turn of either side, whatever the case. `score` is which score
    `least`, `most` and the order speak of; a session in which it was not measured has none. `limit` None: all.
    `reviewed`: whether a coach said that they had heard and judged it; None: either.
    """

    trainee: str | None = None
    script: str | None = None
    since: date | None = None
    until: date | None = None
    score: Score = "overall"
    least: float | None = None
    most: float | None = None
    marks: Sequence[str] = ()
    said: Sequence[str] = ()
    tags: Sequence[str] = ()
    reviewed: bool | None = None
    order: Order = "date"
    reverse: bool = False
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as a list shows it; None is not known, or not measured.

    `coach` is the overall score with a coach's points, None where no check was overruled; `reviewed` are those who
    reviewed it. `forgotten` is when its sound and words were removed; `said_ms` where the texts asked for were said.
    """

    name: str
    started: str
    trainee: str
    script: str
    title: str
    mode: str
    overall: float | None
    scores: dict[Dimension, float | None]
    ending: str | None
    length_ms: Ms | None
    forgotten: str | None
    tags: tuple[str, ...]
    said_ms: tuple[Ms, ...]
    coach: float | None = None
    reviewed: tuple[str, ...] = ()


def find(connection: Connection, home: str, wanted: Wanted) -> tuple[list[Listed], int]:
    """The sessions in a home as they are wanted, and how many there are without the limit.

    Raises UnknownName for a mark that there is none of.
    """
    conditions = [SessionRow.home == home, *_conditions(wanted)]
    query = _limited(select(*_SHOWN).where(*conditions).order_by(*_order(wanted)), wanted)
    rows = connection.execute(query).all()
    count = len(rows)
    if wanted.limit is not None or wanted.offset:
        count = connection.execute(select(func.count()).select_from(SessionRow).where(*conditions)).scalar_one()
    tags = _of_sessions(connection, TagRow.session, TagRow.fingerprint, TagRow.tag)
    reviewed = _of_sessions(connection, ReviewRow.session, ReviewRow.fingerprint, ReviewRow.by)
    at_ms = _said_ms(connection, {row.id for row in rows}, wanted.said)
    keys = [(row.name, row.fingerprint) for row in rows]
    return [_listed(row, tags[key], at_ms[row.id], reviewed[key]) for row, key in zip(rows, keys, strict=True)], count


def trainees_and_scripts(connection: Connection, home: str, trainee: str | None = None) -> tuple[list[str], list[str]]:
    """Whose sessions there are and of which scripts, each once, in the order of the alphabet; of all, or of one."""
    here = [SessionRow.home == home, *([] if trainee is None else [SessionRow.trainee_key == folded(trainee)])]
    found = []
    for name, key in ((SessionRow.trainee, SessionRow.trainee_key), (SessionRow.script, SessionRow.script_key)):
        query = select(func.min(name)).where(*here).group_by(key).order_by(key)
        found.append(list(connection.execute(query).scalars()))
    return found[0], found[1]


def mark_named(name: str) -> str:
    """The mark that somebody means: "cut-in", "dead air" and "cut_in" are as good. Raises UnknownName."""
    plain = "_".join(name.casefold().replace("-", " ").replace("_", " ").split())
    if plain not in MARKS:
        raise UnknownName("mark", name, MARKS)
    return plain


def _limited(query: Select[*tuple[object, ...]], wanted: Wanted) -> Select[*tuple[object, ...]]:
    return query.limit(wanted.limit).offset(wanted.offset or None)


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    score = getattr(SessionRow, wanted.score)
    if wanted.trainee is not None:
        yield SessionRow.trainee_key == folded(wanted.trainee)
    if wanted.script is not None:
        yield SessionRow.script_key == folded(wanted.script)
    if wanted.since is not None:
        yield SessionRow.day >= wanted.since.isoformat()
    if wanted.until is not None:
        yield SessionRow.day <= wanted.until.isoformat()
    if wanted.least is not None:
        yield score >= wanted.least
    if wanted.most is not None:
        yield score <= wanted.most
    for mark in wanted.marks:
        yield exists().where(MarkRow.session_id == SessionRow.id, MarkRow.mark == mark_named(mark))
    for text in wanted.said:
        yield SessionRow.id.in_(select(SaidRow.session_id).where(_says(text)))
    for tag in wanted.tags:
        ours = and_(TagRow.session == SessionRow.name, TagRow.fingerprint == SessionRow.fingerprint)
        yield exists().where(ours, TagRow.tag == folded(tag))
    if wanted.reviewed is not None:
        theirs = and_(ReviewRow.session == SessionRow.name, ReviewRow.fingerprint == SessionRow.fingerprint)
        yield exists().where(theirs) if wanted.reviewed else ~exists().where(theirs)


def _says(text: str) -> ColumnElement[bool]:
    return SaidRow.text.contains(folded(text), autoescape=True)


def _order(wanted: Wanted) -> tuple[ColumnElement[Any], ...]:
    """Newest, weakest, or first in the alphabet first; what has no score comes last, whichever way round."""
    column = {
        "date": SessionRow.started_ms,
        "score": getattr(SessionRow, wanted.score),
        "trainee": SessionRow.trainee_key,
        "script": SessionRow.script_key,
    }[wanted.order]
    downwards = (wanted.order == "date") != wanted.reverse
    by = column.desc() if downwards else column.asc()
    return by.nulls_last() if wanted.order == "score" else by, SessionRow.started_ms.desc(), SessionRow.name.asc()


def _of_sessions(
    connection: Connection,
    session: InstrumentedAttribute[str],
    fingerprint: InstrumentedAttribute[str],
    what: InstrumentedAttribute[str],
) -> defaultdict[tuple[str, str], list[str]]:
    """What all sessions have of something, in order, by name and fingerprint."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, of, one in connection.execute(select(session, fingerprint, what).order_by(what)):
        found[name, of].append(one)
    return found


def _said_ms(connection: Connection, listed: Collection[int], said: Sequence[str]) -> dict[int, list[Ms]]:
    """Where in each session one of the texts was said, in order."""
    found: dict[int, list[Ms]] = defaultdict(list)
    if said:
        any_of_them = _says(said[0])
        for text in said[1:]:
            any_of_them = any_of_them | _says(text)
        query = select(SaidRow.session_id, SaidRow.at_ms).where(any_of_them).order_by(SaidRow.session_id, SaidRow.at_ms)
        for session, at_ms in connection.execute(query):
            if session in listed:
                found[session].append(at_ms)
    return found


def _listed(
    row: Row[*tuple[object, ...]], tags: Sequence[str], said_ms: Sequence[Ms], reviewed: Sequence[str]
) -> Listed:
    return Listed(
        name=row.name,
        started=row.started,
        trainee=row.trainee,
        script=row.script,
        title=row.title,
        mode=row.mode,
        overall=row.overall,
        scores={name: getattr(row, name) for name in DIMENSIONS},
        ending=row.ending,
        length_ms=row.length_ms,
        forgotten=row.forgotten,
        tags=tuple(tags),
        said_ms=tuple(said_ms),
        coach=row.coach,
        reviewed=tuple(reviewed),
    )
