"""What coaches say of sessions: notes, overrules, that they reviewed them, clips. Kept in the library."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select, update

from callsim.errors import InputError, SessionError, UnknownName
from callsim.library.coached import keep_coach_scores, overrules_of
from callsim.library.folders import is_kept
from callsim.library.models import ClipRow, NoteRow, OverruleRow, ReviewRow, SessionRow
from callsim.library.people import LONGEST_TEXT, LONGEST_TITLE
from callsim.library.reviewed import Clip, Note, Overrule, Review, Reviewed
from callsim.library.saying import card_of, moment, name_of, need_within, new_id, row_of, sound_of, take_back, worded
from callsim.library.shelf import Library
from callsim.scoring.checks import Check, Part
from callsim.scoring.scorecard import Scorecard
from callsim.timeline import Ms

SHORTEST_CLIP_MS = 200
_LATER = 1 << 53
_Said = TypeVar("_Said", bound=Part)


class Reviews:
    """What coaches said, of the sessions of one library. `by` is who says it, `now` the moment with its offset."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def of(self, name: str) -> Review:
        """All of it for a session. Raises SessionError, UnknownName."""
        session, fingerprint = self._library.key(name)
        with self._library.reading() as connection:
            notes = _all(connection, Note, NoteRow, session, fingerprint)
            clips = _all(connection, Clip, ClipRow, session, fingerprint)
            return Review(
                notes=tuple(sorted(notes, key=_place)),
                overrules=overrules_of(connection, session, fingerprint),
                reviewed=tuple(_all(connection, Reviewed, ReviewRow, session, fingerprint)),
                clips=tuple(sorted(clips, key=lambda clip: (clip.start_ms, clip.end_ms, clip.by))),
            )

    def seen(self, folder: Path) -> Review:
        """The same for a session's folder, wherever it lies: of one that is not the library's nothing is known."""
        return self.of(folder.name) if is_kept(folder, self._library.sessions) else Review()

    def note(
        self, name: str, text: str, *, by: str, now: datetime, at_ms: Ms | None = None, check: str | None = None
    ) -> Note:
        """Write a note: at a second, on a check, or on the whole call. Raises InputError, UnknownName, SessionError."""
        told = worded(text, "A note", LONGEST_TEXT)
        folder = self._library.folder(name)
        if at_ms is not None and check is not None:
            raise InputError("A note stands at a second or on a check: leave one of them out")
        if at_ms is not None:
            need_within(at_ms, folder)
        if check is not None:
            _need_check(card_of(folder), check)
        note = Note(id=new_id(), by=name_of(by), written=moment(now), at_ms=at_ms, check=check, text=told)
        self._put(name, NoteRow, note)
        return note

    def overrule(self, name: str, check: str, points: float, reason: str, *, by: str, now: datetime) -> Overrule:
        """Give a check other points, up or down, and say why; what this coach gave it before is replaced.

        Raises InputError, UnknownName, SessionError.
        """
        found = _measured(card_of(self._library.folder(name)), check)
        if not 0 <= points <= found.of:
            raise InputError(f"{check} has 0 to {found.of:g} points, and {points:g} are not between")
        told = worded(reason, "A reason", LONGEST_TEXT)
        said = Overrule(
            check=check, by=name_of(by), written=moment(now), points=points, machine=found.points, of=found.of,
            reason=told,
        )  # fmt: skip
        session, fingerprint = self._library.key(name)
        with self._library.writing() as connection:
            _take_off(connection, session, fingerprint, check, said.by)
            connection.execute(insert(OverruleRow), [row_of(said, session, fingerprint)])
            self._reckon(connection, session)
        return said

    def take_back_overrule(self, name: str, check: str, *, by: str) -> None:
        """Take back what a coach gave a check. Raises InputError where they gave it nothing."""
        session, fingerprint = self._library.key(name)
        with self._library.writing() as connection:
            if not _take_off(connection, session, fingerprint, check, by):
                raise InputError(f"{by} has not overruled {check} in {session}: `callsim show` tells who has")
            self._reckon(connection, session)

    def reviewed(self, name: str, *, by: str, now: datetime) -> None:
        """Say that a coach has heard and judged a session; once more, it counts from now."""
        mark = Reviewed(by=name_of(by), written=moment(now))
        session, fingerprint = self._library.key(name)
        with self._library.writing() as connection:
            _unmark(connection, session, fingerprint, mark.by)
            connection.execute(insert(ReviewRow), [row_of(mark, session, fingerprint)])

    def not_reviewed(self, name: str, *, by: str) -> None:
        """Take that back. Raises InputError where they never said so."""
        session, fingerprint = self._library.key(name)
        with self._library.writing() as connection:
            if not _unmark(connection, session, fingerprint, by):
                raise InputError(f"{by} has not marked {session} as reviewed, so there is nothing to take back")

    def clip(self, name: str, start_ms: Ms, end_ms: Ms, title: str, *, by: str, now: datetime) -> Clip:
        """Keep a passage as an example; the same one again only gets this title. Raises InputError, SessionError."""
        folder = self._library.folder(name)
        self.sound(name)
        for at_ms in (start_ms, end_ms):
            need_within(at_ms, folder)
        if end_ms - start_ms < SHORTEST_CLIP_MS:
            raise InputError(f"A clip lasts {SHORTEST_CLIP_MS / 1000} s or more: choose a longer passage")
        told = worded(title, "A title", LONGEST_TITLE, may_be_empty=True)
        for one in self.of(name).clips:
            if (one.start_ms, one.end_ms, one.by) == (start_ms, end_ms, name_of(by)):
                with self._library.writing() as connection:
                    connection.execute(update(ClipRow).where(ClipRow.id == one.id).values(title=told))
                return one.model_copy(update={"title": told})
        clip = Clip(id=new_id(), by=name_of(by), written=moment(now), start_ms=start_ms, end_ms=end_ms, title=told)
        self._put(name, ClipRow, clip)
        return clip

    def sound(self, name: str) -> Path:
        """The sound that clips of a session are cut from. Raises SessionError where it was removed."""
        folder = self._library.folder(name)
        sound = sound_of(folder)
        if sound is None:
            raise SessionError(f"{folder.name} has no sound any more, so no passage of it can be kept")
        return sound

    def clips(self) -> list[tuple[str, Clip]]:
        """All clips of the sessions that lie here, each with its session's name, the newest session first."""
        here = SessionRow.home == self._library.home, SessionRow.name == ClipRow.session
        columns = [getattr(ClipRow, key) for key in Clip.model_fields]
        query = select(SessionRow.name, *columns).where(*here, SessionRow.fingerprint == ClipRow.fingerprint)
        order = SessionRow.started_ms.desc(), SessionRow.name, ClipRow.start_ms, ClipRow.id
        with self._library.reading() as connection:
            rows = connection.execute(query.order_by(*order)).mappings()
            return [(row["name"], Clip.model_validate({k: v for k, v in row.items() if k != "name"})) for row in rows]

    def take_back_note(self, id: str, *, by: str | None = None) -> None:
        """Take back a note. See `saying.take_back`."""
        take_back(self._library, NoteRow, id, by)

    def take_back_clip(self, id: str, *, by: str | None = None) -> None:
        """Keep a clip no longer. See `saying.take_back`."""
        take_back(self._library, ClipRow, id, by)

    def _put(self, name: str, row: type[NoteRow | ClipRow], said: Part) -> None:
        with self._library.writing() as connection:
            connection.execute(insert(row), [row_of(said, *self._library.key(name))])

    def _reckon(self, connection: Connection, name: str) -> None:
        keep_coach_scores(connection, self._library.home, self._library.sessions, [name])


def _all(
    connection: Connection,
    kind: type[_Said],
    row: type[NoteRow | ClipRow | ReviewRow],
    session: str,
    fingerprint: str,
) -> list[_Said]:
    columns = [getattr(row, key) for key in kind.model_fields]
    query = select(*columns).where(row.session == session, row.fingerprint == fingerprint)
    rows = connection.execute(query.order_by(row.written, row.by)).mappings()
    return [kind.model_validate(dict(one)) for one in rows]


def _place(note: Note) -> tuple[Ms, bool]:
    """In order of time, then on checks, then on the whole call."""
    return _LATER if note.at_ms is None else note.at_ms, note.check is None


def _measured(card: Scorecard, check: str) -> Check:
    """A check that has points. Raises InputError, UnknownName."""
    _need_check(card, check)
    for one in card.checks:
        if one.id == check:
            return one
    raise InputError(f"{check} was not measured in this call, so there are no points to overrule: write a note on it")


def _need_check(card: Scorecard, check: str) -> None:
    known = [*(one.id for one in card.checks), *card.not_measured_checks]
    if check not in known:
        raise UnknownName("check", check, known)


def _take_off(connection: Connection, session: str, fingerprint: str, check: str, by: str) -> int:
    """Remove what a coach gave a check; says whether there was any."""
    ours = OverruleRow.session == session, OverruleRow.fingerprint == fingerprint
    theirs = OverruleRow.check == check, OverruleRow.by == by
    return connection.execute(delete(OverruleRow).where(*ours, *theirs)).rowcount


def _unmark(connection: Connection, session: str, fingerprint: str, by: str) -> int:
    theirs = ReviewRow.session == session, ReviewRow.fingerprint == fingerprint, ReviewRow.by == by
    return connection.execute(delete(ReviewRow).where(*theirs)).rowcount
