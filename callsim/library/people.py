"""What only people know of sessions, all of it at once: carried in and out, removed with a session, and forgotten.

When a session is forgotten its clips go, and the words of notes, reasons, and follow-ups written on it: they may repeat
what was said. Who judged what, when, at which second and with how many points stays. Files made of clips, and
follow-ups that were written on no session, are not the session's, and stay too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Column, ColumnElement, Connection, Table, delete, insert, select, tuple_, update

from callsim.library.models import ClipRow, FollowUpRow, NoteRow, OverruleRow, ReviewRow, TagRow
from callsim.library.reading import moment_ms, storable

LONGEST_NAME, LONGEST_TEXT, LONGEST_TITLE = 80, 2_000, 100
_MOST_MS = 1 << 53

Row: TypeAlias = type[TagRow] | type[NoteRow] | type[OverruleRow] | type[ReviewRow] | type[FollowUpRow] | type[ClipRow]


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("needs an offset from UTC")
    return text


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _kept(text: str) -> str:
    if text != storable(text):
        raise ValueError("no database takes this text")
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_kept)]
Name: TypeAlias = Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
Long: TypeAlias = Annotated[Text, Field(max_length=LONGEST_TEXT)]
Id: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
At: TypeAlias = Annotated[int, Field(ge=0, lt=_MOST_MS)]
Points: TypeAlias = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    session: Text
    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")


class Tagged(_Part):
    """A tag in people.json."""

    tag: Text


class _Written(_Part):
    by: Name
    written: Annotated[str, AfterValidator(_moment)]


class _Noted(_Written):
    id: Id
    at_ms: At | None
    check: Name | None
    text: Long


class _Overruled(_Written):
    check: Name
    points: Points
    machine: Points
    of: Points
    reason: Long

    @model_validator(mode="after")
    def _is_within(self) -> _Overruled:
        if max(self.points, self.machine) > self.of:
            raise ValueError("more points than there are")
        return self


class _Reviewed(_Written):
    pass


class _Asked(_Written):
    fingerprint: str = Field(pattern=r"^([0-9a-f]{64})?$")
    id: Id
    trainee: Annotated[Text, Field(min_length=1)]
    script: Annotated[Text, Field(min_length=1)]
    due: Annotated[str, AfterValidator(_day)] | None
    text: Long


class _Clipped(_Written):
    id: Id
    start_ms: At
    end_ms: At
    title: Annotated[Text, Field(max_length=LONGEST_TITLE)]


class People(BaseModel):
    """people.json; of version 1 there are only tags."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["callsim.people/1", "callsim.people/2"] = "callsim.people/2"
    tags: tuple[Tagged, ...]
    notes: tuple[_Noted, ...] = ()
    overrules: tuple[_Overruled, ...] = ()
    reviews: tuple[_Reviewed, ...] = ()
    follow_ups: tuple[_Asked, ...] = ()
    clips: tuple[_Clipped, ...] = ()

    def of_sessions(self) -> Iterator[_Part]:
        """Each thing by itself."""
        for name in _ROWS:
            yield from getattr(self, name)


_ROWS: Mapping[str, Row] = {
    "tags": TagRow,
    "notes": NoteRow,
    "overrules": OverruleRow,
    "reviews": ReviewRow,
    "follow_ups": FollowUpRow,
    "clips": ClipRow,
}
# What a row says in words of its own.
_WORDS: Mapping[Row, str] = {NoteRow: "text", OverruleRow: "reason", FollowUpRow: "text"}


def all_people(connection: Connection) -> People:
    """Everything that people know, of folders elsewhere too; always in the same order."""
    found = {}
    for name, row in _ROWS.items():
        rows = connection.execute(select(row.__table__).order_by(*_key(row))).mappings()
        found[name] = [dict(one) for one in rows]
    return People.model_validate(found)


def put_people(connection: Connection, people: People, places: Mapping[str, str]) -> None:
    """Add what is not here yet; sessions that got another name on their way in (`places`) keep what is theirs.

    Of one coach's two words on one check the newer stays, otherwise what is here.
    """
    for name, row in _ROWS.items():
        given = [one.model_dump() for one in getattr(people, name)]
        for one in given:
            one["session"] = places.get(one["session"], one["session"])
        if row is OverruleRow:
            _make_way(connection, given)
        there = set(map(tuple, connection.execute(select(*_key(row)))))
        keys = [column.name for column in _key(row)]
        new = {key: one for one in given if (key := tuple(one[name] for name in keys)) not in there}
        if new:
            connection.execute(insert(row), list(new.values()))


def remove_people(connection: Connection, session: str, fingerprint: str) -> None:
    """Remove all that hangs on a session."""
    for row in _ROWS.values():
        connection.execute(delete(row).where(*_hangs_on(row, session, fingerprint)))


def forget_people(connection: Connection, session: str, fingerprint: str) -> None:
    """Remove the words that hang on a session, and its clips; see above."""
    connection.execute(delete(ClipRow).where(*_hangs_on(ClipRow, session, fingerprint)))
    for row, words in _WORDS.items():
        connection.execute(update(row).where(*_hangs_on(row, session, fingerprint)).values({words: ""}))


def _key(row: Row) -> list[Column[Any]]:
    return list(cast(Table, row.__table__).primary_key.columns)


def _hangs_on(row: Row, session: str, fingerprint: str) -> tuple[ColumnElement[bool], ...]:
    return row.session == session, row.fingerprint == fingerprint


def _make_way(connection: Connection, given: Iterable[Mapping[str, Any]]) -> None:
    """Take out each overrule that is older than the one that comes."""
    keys = OverruleRow.session, OverruleRow.fingerprint, OverruleRow.check, OverruleRow.by
    here = {tuple(key): written for *key, written in connection.execute(select(*keys, OverruleRow.written))}
    for one in given:
        key = one["session"], one["fingerprint"], one["check"], one["by"]
        if key in here and moment_ms(here[key]) < moment_ms(one["written"]):
            connection.execute(delete(OverruleRow).where(tuple_(*keys) == key))
