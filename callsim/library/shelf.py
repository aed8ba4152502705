"""The library of one folder of sessions: found, brought up to date, tagged, thinned out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, ColumnElement, Connection, Engine, delete, insert, select

from callsim.errors import InputError, SessionError, UnknownName
from callsim.library.coached import keep_coach_scores
from callsim.library.database import file_url, opened, speaking_of, url_of, writing
from callsim.library.folders import is_kept, kept_folder, session_folder, there_are
from callsim.library.forgetting import forget_session
from callsim.library.fresh import Told, empty, refresh
from callsim.library.models import SessionRow, TagRow
from callsim.library.people import People, all_people, forget_people, put_people, remove_people
from callsim.library.reading import fingerprint, folded, moment_ms
from callsim.library.search import Listed, Wanted, find
from callsim.sessions.disk import disk_error
from callsim.sessions.folder import ABOUT, read_about
from callsim.sessions.names import sessions_dir

DATABASE = "library.db"
_LONGEST_TAG = 60


class Library:
    """The sessions of one folder, and what people know of them.

    Every method that looks at sessions sees them as they lie there now, once `refresh` has run.
    """

    def __init__(self, engine: Engine, url: URL, sessions: Path, home: str) -> None:
        self.sessions = sessions
        self._engine = engine
        self._url = url
        self.home = home

    def refresh(self, told: Told) -> None:
        """Bring it up to date; `told` hears how many of how many changed sessions have been read."""
        with self._speaking():
            refresh(self._engine, self.home, self.sessions, told)

    def rebuild(self, told: Told) -> None:
        """Make it again from the folders. What only people know stays."""
        with self._speaking():
            empty(self._engine, self.home)
            refresh(self._engine, self.home, self.sessions, told)

    def find(self, wanted: Wanted) -> tuple[list[Listed], int]:
        """The sessions that are wanted, and how many there are without the limit. Raises UnknownName for a mark."""
        with self._speaking(), self._engine.connect() as connection:
            return find(connection, self.home, wanted)

    def tags(self, name: str) -> tuple[str, ...]:
        """The tags of a session, in order."""
        which = _is_tagged(self.folder(name))
        with self._speaking(), self._engine.connect() as connection:
            return tuple(connection.execute(select(TagRow.tag).where(*which).order_by(TagRow.tag)).scalars())

    def tag(self, name: str, tags: Iterable[str]) -> None:
        """Give a session tags; one it has is no mistake. Raises InputError where one cannot be a tag."""
        folder, wanted = self.folder(name), [tag_of(tag) for tag in tags]
        new = [tag for tag in dict.fromkeys(wanted) if tag not in self.tags(name)]
        which = fingerprint(read_about(folder))
        rows = [{"session": folder.name, "fingerprint": which, "tag": tag} for tag in new]
        if rows:
            with self.writing() as connection:
                connection.execute(insert(TagRow), rows)

    def untag(self, name: str, tags: Iterable[str]) -> None:
        """Take tags from a session. Raises UnknownName where it has none of that name."""
        which, there, gone = _is_tagged(self.folder(name)), self.tags(name), [folded(tag) for tag in tags]
        for tag in gone:
            if tag not in there:
                raise UnknownName(f"tag of {name}", tag, there)
        with self._speaking(), writing(self._engine) as connection:
            connection.execute(delete(TagRow).where(*which, TagRow.tag.in_(gone)))

    def people(self) -> People:
        """Everything that people know, of folders elsewhere too."""
        with self.reading() as connection:
            return all_people(connection)

    def put_people(self, people: People, places: Mapping[str, str]) -> None:
        """Add what is not here yet, under the names that sessions got here; a forgotten session gets no words."""
        names = {places.get(one.session, one.session) for one in people.of_sessions()}
        forgotten = [self.key(name) for name in sorted(names) if self._is_forgotten(name)]
        with self.writing() as connection:
            put_people(connection, people, places)
            for key in forgotten:
                forget_people(connection, *key)
            keep_coach_scores(connection, self.home, self.sessions, sorted(names))

    def folder(self, name: str) -> Path:
        """The folder of a session that is named, or given as a path. Raises InputError where it is not one of ours."""
        return kept_folder(name, self.sessions)

    def delete(self, name: str) -> None:
        """Remove a session for good: its folder, its rows, all that people wrote of it.

        The folder goes last, and of it session.json: whatever stops it, doing it again finishes it.
        """
        folder = self.folder(name)
        here = SessionRow.home == self.home, SessionRow.name == folder.name
        with self.writing() as connection:
            known = set(connection.execute(select(SessionRow.fingerprint).where(*here)).scalars())
            if _is_read(folder):
                known.add(self.key(name)[1])
            for which in known:
                remove_people(connection, folder.name, which)
                connection.execute(delete(SessionRow).where(*_is_call(folder.name, which)))
            connection.execute(delete(SessionRow).where(*here))
        _remove_folder(folder)

    def key(self, name: str) -> tuple[str, str]:
        """What everything that people know of a session hangs on: its name and its fingerprint. Raises SessionError."""
        folder = self.folder(name)
        return folder.name, fingerprint(read_about(folder))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The database, for queries."""
        with self._speaking(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of the database that no other writer of ours runs beside; undone where it raises."""
        with self._speaking(), writing(self._engine) as connection:
            yield connection

    def look_up(self, given: str) -> tuple[Path, tuple[str, ...]]:
        """The folder of a session, wherever it lies, and its tags. Raises SessionError, UnknownName."""
        folder = session_folder(given, self.sessions)
        return folder, self.tags(given) if is_kept(folder, self.sessions) else ()

    def names(self) -> list[str]:
        """The sessions by name, as they were read last."""
        with self._speaking(), self._engine.connect() as connection:
            query = select(SessionRow.name).where(SessionRow.home == self.home)
            return list(connection.execute(query.order_by(SessionRow.name)).scalars())

    def older(self, before: datetime) -> list[str]:
        """Which sessions began before a moment and still hold sound and words, the oldest first."""
        query = select(SessionRow.name).where(
            SessionRow.home == self.home,
            SessionRow.started_ms < moment_ms(before.isoformat()),
            SessionRow.forgotten.is_(None),
        )
        with self._speaking(), self._engine.connect() as connection:
            return list(connection.execute(query.order_by(SessionRow.started_ms, SessionRow.name)).scalars())

    def unread(self) -> list[str]:
        """The folders with a session.json that this version cannot read; nothing here touches them."""
        return sorted(there_are(self.sessions).keys() - set(self.names()))

    def forget(self, name: str, now: datetime) -> None:
        """Remove a session's sound and words, in its folder and here (see `people`); its figures and tags stay.

        What was said is kept here for searching: of this home the next refresh takes it out, and where the sessions
        lay before, or lie for another computer, it goes at once.
        """
        session, which = self.key(name)
        with self.writing() as connection:
            forget_people(connection, session, which)
            connection.execute(delete(SessionRow).where(*_is_call(session, which), SessionRow.home != self.home))
        forget_session(self.folder(name), now.isoformat(timespec="seconds"))

    def _is_forgotten(self, name: str) -> bool:
        folder = self.sessions / name
        return bool(name) and is_kept(folder, self.sessions) and _is_read(folder) and bool(read_about(folder).forgotten)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        with speaking_of(self._url):
            yield


@contextmanager
def library(environment: Mapping[str, str]) -> Iterator[Library]:
    """The library of this home: `CALLSIM_LIBRARY` where that is set, else library.db beside the sessions.

    Raises InputError, MachineError and DiskError where it cannot be opened.
    """
    with library_of(sessions_dir(environment), environment.get("CALLSIM_LIBRARY")) as shelf:
        yield shelf


@contextmanager
def library_of(sessions: Path, given: str | None) -> Iterator[Library]:
    """The library of a folder of sessions: in the database of a URL, else in library.db beside it. See `library`."""
    url = url_of(given) if given else file_url(sessions.parent / DATABASE)
    if not given:
        _make(sessions.parent)
    engine = opened(url)
    try:
        yield Library(engine, url, sessions, str(sessions.resolve()) if given else "")
    finally:
        engine.dispose()


def tag_of(text: str) -> str:
    """A text as a tag: no case, one space between words. Raises InputError."""
    tag = folded(text)
    if not tag or len(tag) > _LONGEST_TAG or not tag.isprintable():
        raise InputError(f"A tag has 1 to {_LONGEST_TAG} letters, and {text[:_LONGEST_TAG]!r} cannot be one")
    return tag


def _is_tagged(folder: Path) -> tuple[ColumnElement[bool], ...]:
    return TagRow.session == folder.name, TagRow.fingerprint == fingerprint(read_about(folder))


def _is_call(session: str, which: str) -> tuple[ColumnElement[bool], ...]:
    """The rows of a call, in whatever home."""
    return SessionRow.name == session, SessionRow.fingerprint == which


def _is_read(folder: Path) -> bool:
    """Whether this version knows what call it is."""
    try:
        read_about(folder)
    except SessionError:
        return False
    return True


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise disk_error(folder, wrong) from None


def _remove_folder(folder: Path) -> None:
    try:
        for path in folder.iterdir():
            if path.name != ABOUT:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.rmtree(folder)
    except OSError as wrong:
        raise disk_error(folder, wrong) from None
