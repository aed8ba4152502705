"""Follow-ups: calls that trainees are asked to take. Done is what they do, never what somebody ticks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select

from callsim.errors import InputError
from callsim.library.models import FollowUpRow, SessionRow
from callsim.library.people import LONGEST_NAME, LONGEST_TEXT
from callsim.library.reading import folded, moment_ms
from callsim.library.reviewed import FollowUp
from callsim.library.saying import moment, name_of, new_id, row_of, take_back, worded
from callsim.library.shelf import Library

_COLUMNS = [getattr(FollowUpRow, key) for key in FollowUp.model_fields if key != "done"]
# A whole call of a person: no run without a headset, and no part of a call taken again. See `is_whole_call`.
WHOLE_CALL = and_(SessionRow.mode != "headless", SessionRow.take.is_(False))
_LAST_DAY = date.max.isoformat()


def is_whole_call(mode: object, is_part: object) -> bool:
    """`WHOLE_CALL` where no query is made."""
    return mode != "headless" and not is_part


def follow_up(
    library: Library,
    trainee: str,
    script: str,
    *,
    by: str,
    now: datetime,
    due: date | None = None,
    text: str = "",
    session: str | None = None,
) -> FollowUp:
    """Ask a trainee to take a call, by a day that counts; `session` gave cause. Raises InputError, SessionError."""
    if due is not None and due < now.date():
        raise InputError(f"{due} is over already: give today or a later day, or none")
    name, fingerprint = library.key(session) if session else ("", "")
    asked = FollowUp(
        id=new_id(),
        by=name_of(by),
        written=moment(now),
        session=name,
        trainee=worded(trainee, "A trainee's name", LONGEST_NAME),
        script=worded(script, "A call's name", LONGEST_TEXT),
        due=due.isoformat() if due else None,
        text=worded(text, "A text", LONGEST_TEXT, may_be_empty=True),
    )
    row = row_of(asked, name, fingerprint)
    del row["done"]
    with library.writing() as connection:
        connection.execute(insert(FollowUpRow), [row])
    return asked


def follow_ups(library: Library, trainee: str | None = None) -> list[FollowUp]:
    """What trainees, or one, are asked to do: the open ones first, by when they are due; then those done."""
    with library.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(*_COLUMNS)).mappings()]
        ours = [row for row in rows if trainee is None or folded(row["trainee"]) == folded(trainee)]
        found = [FollowUp(**row, done=_done(connection, library.home, row)) for row in ours]
    return sorted(found, key=lambda one: (one.done is not None, one.due or _LAST_DAY, moment_ms(one.written), one.id))


def take_back_follow_up(library: Library, id: str, by: str | None = None) -> None:
    """Ask for it no more. See `saying.take_back`."""
    take_back(library, FollowUpRow, id, by)


def _done(connection: Connection, home: str, asked: Mapping[str, Any]) -> str | None:
    query = select(SessionRow.name).where(
        SessionRow.home == home,
        SessionRow.trainee_key == folded(asked["trainee"]),
        SessionRow.script_key == folded(asked["script"]),
        SessionRow.started_ms > moment_ms(asked["written"]),
        WHOLE_CALL,
        # A recording goes by its file's name, whatever call it is of.
        SessionRow.mode != "imported",
    )
    return connection.execute(query.order_by(SessionRow.started_ms, SessionRow.name)).scalars().first()
