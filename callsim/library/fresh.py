"""Bringing the library up to date with the folders: only what has changed since is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, delete, insert, select

from callsim.errors import SessionError
from callsim.library.coached import keep_coach_scores
from callsim.library.database import writing
from callsim.library.folders import there_are
from callsim.library.models import CheckRow, MarkRow, SaidRow, SessionRow
from callsim.library.reading import Entry, Stamp, read_entry

# Told how many of how many sessions have been read.
Told: TypeAlias = Callable[[int, int], None]
Read: TypeAlias = tuple[Stamp, Entry]
# So many are kept at once: what is done outlives Ctrl-C.
_BATCH = 250


def refresh(engine: Engine, home: str, sessions: Path, told: Told) -> None:
    """Read what is new or has changed, and drop what is gone; a folder of another version counts as gone."""
    there = there_are(sessions)
    with engine.connect() as connection:
        known = _known(connection, home)
    gone = known.keys() - there.keys()
    changed = [name for name, stamp in there.items() if known.get(name) != stamp]
    if gone:
        with writing(engine) as connection:
            _drop(connection, home, sorted(gone))
    for first in range(0, len(changed), _BATCH):
        told(first, len(changed))
        names = changed[first : first + _BATCH]
        read = {name: (there[name], entry) for name in names if (entry := _entry(sessions / name)) is not None}
        with writing(engine) as connection:
            _drop(connection, home, names)
            _put(connection, home, read)
            keep_coach_scores(connection, home, sessions, sorted(read))
    if changed:
        told(len(changed), len(changed))


def empty(engine: Engine, home: str) -> None:
    """Throw away what is derived; what people know stays."""
    with writing(engine) as connection:
        connection.execute(delete(SessionRow).where(SessionRow.home == home))


def _known(connection: Connection, home: str) -> dict[str, Stamp]:
    query = select(
        SessionRow.name, SessionRow.about_ns, SessionRow.about_bytes, SessionRow.card_ns, SessionRow.card_bytes
    ).where(SessionRow.home == home)
    return {name: Stamp(*stamp) for name, *stamp in connection.execute(query)}


def _entry(folder: Path) -> Entry | None:
    try:
        return read_entry(folder)
    except SessionError:
        return None


def _drop(connection: Connection, home: str, names: Sequence[str]) -> None:
    """Take sessions out, their marks and words with them; so many at once as a statement may name."""
    rest = iter(names)
    while some := list(islice(rest, _BATCH)):
        connection.execute(delete(SessionRow).where(SessionRow.home == home, SessionRow.name.in_(some)))


def _put(connection: Connection, home: str, read: dict[str, Read]) -> None:
    if not read:
        return
    rows = [{"home": home, **stamp._asdict(), **entry.columns} for stamp, entry in read.values()]
    ids = connection.execute(insert(SessionRow).returning(SessionRow.id, sort_by_parameter_order=True), rows).scalars()
    with_ids = list(zip(ids, (entry for _, entry in read.values()), strict=True))
    _insert(
        connection,
        MarkRow,
        [{"session_id": id, "mark": mark, "count": n} for id, entry in with_ids for mark, n in entry.marks.items()],
    )
    _insert(
        connection,
        CheckRow,
        [{"session_id": id, "made": json.dumps(entry.checks)} for id, entry in with_ids if entry.checks],
    )
    _insert(
        connection,
        SaidRow,
        [
            {"session_id": id, "row": row, **said._asdict()}
            for id, entry in with_ids
            for row, said in enumerate(entry.said)
        ],
    )


def _insert(connection: Connection, table: type[CheckRow | MarkRow | SaidRow], rows: Iterable[dict[str, Any]]) -> None:
    if rows := list(rows):
        connection.execute(insert(table), rows)
