"""Who heard or read whom: lines that are added, listed, and by nothing of ours changed or removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from callsim.library.models import ReadRow
from callsim.library.reading import folded, moment_ms, storable
from callsim.library.shelf import Library


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody's sound or words were read: when (ISO 8601), by whom, which session, whose it is, and what of it."""

    at: str
    by: str
    session: str
    trainee: str
    what: str


def note_reads(shelf: Library, *reads: Read) -> None:
    """Add lines. Raises MachineError where they cannot be kept."""
    rows = [
        {"at": one.at, "by": one.by, "session": one.session, "trainee": storable(one.trainee), "what": one.what}
        for one in reads
    ]
    with shelf.writing() as connection:
        connection.execute(insert(ReadRow), rows)


def reads(shelf: Library, since: datetime | None = None, trainee: str | None = None) -> list[Read]:
    """The lines in the order in which they were written; of one trainee, from a moment on."""
    query = select(ReadRow.at, ReadRow.by, ReadRow.session, ReadRow.trainee, ReadRow.what).order_by(ReadRow.id)
    with shelf.reading() as connection:
        found = [Read(*row) for row in connection.execute(query)]
    return [one for one in found if _is_of(one, trainee) and _is_since(one, since)]


def _is_of(one: Read, trainee: str | None) -> bool:
    return trainee is None or folded(one.trainee) == folded(trainee)


def _is_since(one: Read, since: datetime | None) -> bool:
    return since is None or moment_ms(one.at) >= moment_ms(since.isoformat())
