"""The library of one folder of sessions: found, brought up to date, tagged, thinned out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, ColumnElement, Engine, delete, insert, select

from callsim.errors import InputError, SessionError, UnknownName
from callsim.library.database import file_url, opened, speaking_of, url_of, writing
from callsim.library.folders import is_kept, kept_folder, session_folder, there_are
from callsim.library.forgetting import forget_session
from callsim.library.fresh import Told, empty, refresh
from callsim.library.models import SessionRow, TagRow
from callsim.library.reading import fingerprint, folded, moment_ms
from callsim.library.search import Listed, Wanted, find
from callsim.sessions.disk import disk_error
from callsim.sessions.folder import ABOUT, read_about
from callsim.sessions.names import sessions_dir

DATABASE = "library.db"
_LONGEST_TAG = 60
_ALL_TAGS = select(TagRow.session, TagRow.fingerprint, TagRow.tag).order_by(
    TagRow.session, TagRow.fingerprint, TagRow.tag
)


class Library:
    """The sessions of one folder, and what people know of them.

    Every method that looks at sessions sees them as they lie there now, once `refresh` has run.
    """

    def __init__(self, engine: Engine, url: URL, sessions: Path, home: str) -> None:
        self.sessions = sessions
        self._engine = engine
        self._url = url
        self._home = home

    def refresh(self, told: Told) -> None:
        """Bring it up to date; `told` hears how many of how many changed sessions have been read."""
        with self._speaking():
            refresh(self._engine, self._home, self.sessions, told)

    def rebuild(self, told: Told) -> None:
        """Make it again from the folders. What only people know stays."""
        with self._speaking():
            empty(self._engine, self._home)
            refresh(self._engine, self._home, self.sessions, told)

    def find(self, wanted: Wanted) -> tuple[list[Listed], int]:
        """The sessions that are wanted, and how many there are without the limit. Raises UnknownName for a mark."""
        with self._speaking(), self._engine.connect() as connection:
            return find(connection, self._home, wanted)

    def tags(self, name: str) -> tuple[str, ...]:
        """The tags of a session, in order."""
        which = _is_tagged(self.folder(name))
        with self._speaking(), self._engine.connect() as connection:
            return tuple(connection.execute(select(TagRow.tag).where(*which).order_by(TagRow.tag)).scalars())

    def tag(self, name: str, tags: Iterable[str]) -> None:
        """Give a session tags; one it has is no mistake. Raises InputError where one cannot be a tag."""
        folder, wanted = self.folder(name), [tag_of(tag) for tag in tags]
        new = [tag for tag in dict.fromkeys(wanted) if tag not in self.tags(name)]
        self.put_tags([(folder.name, fingerprint(read_about(folder)), tag) for tag in new])

    def untag(self, name: str, tags: Iterable[str]) -> None:
        """Take tags from a session. Raises UnknownName where it has none of that name."""
        which, there, gone = _is_tagged(self.folder(name)), self.tags(name), [folded(tag) for tag in tags]
        for tag in gone:
            if tag not in there:
                raise UnknownName(f"tag of {name}", tag, there)
        with self._speaking(), writing(self._engine) as connection:
            connection.execute(delete(TagRow).where(*which, TagRow.tag.in_(gone)))

    def all_tags(self) -> list[tuple[str, str, str]]:
        """Everything that people know: session's name, fingerprint, tag; that of folders elsewhere too."""
        with self._speaking(), self._engine.connect() as connection:
            return [(name, which, tag) for name, which, tag in connection.execute(_ALL_TAGS)]

    def put_tags(self, tags: Sequence[tuple[str, str, str]]) -> None:
        """Add tags by name and fingerprint; those that are there already stay."""
        with self._speaking(), writing(self._engine) as connection:
            there = {tuple(row) for row in connection.execute(_ALL_TAGS)}
            new = [tag for tag in dict.fromkeys(tags) if tag not in there]
            if new:
                rows = [{"session": name, "fingerprint": which, "tag": tag} for name, which, tag in new]
                connection.execute(insert(TagRow), rows)

    def folder(self, name: str) -> Path:
        """The folder of a session that is named, or given as a path. Raises InputError where it is not one of ours."""
        return kept_folder(name, self.sessions)

    def delete(self, name: str) -> None:
        """Remove a session for good: its folder, its rows, its tags. session.json goes last, so that it can go on."""
        folder = self.folder(name)
        which = _is_tagged(folder) if _is_read(folder) else None
        _remove_folder(folder)
        here = SessionRow.home == self._home, SessionRow.name == folder.name
        with self._speaking(), writing(self._engine) as connection:
            if which is not None:
                connection.execute(delete(TagRow).where(*which))
            connection.execute(delete(SessionRow).where(*here))

    def look_up(self, given: str) -> tuple[Path, tuple[str, ...]]:
        """The folder of a session, wherever it lies, and its tags. Raises SessionError, UnknownName."""
        folder = session_folder(given, self.sessions)
        return folder, self.tags(given) if is_kept(folder, self.sessions) else ()

    def names(self) -> list[str]:
        """The sessions by name, as they were read last."""
        with self._speaking(), self._engine.connect() as connection:
            query = select(SessionRow.name).where(SessionRow.home == self._home)
            return list(connection.execute(query.order_by(SessionRow.name)).scalars())

    def older(self, before: datetime) -> list[str]:
        """Which sessions began before a moment and still hold sound and words, the oldest first."""
        query = select(SessionRow.name).where(
            SessionRow.home == self._home,
            SessionRow.started_ms < moment_ms(before.isoformat()),
            SessionRow.forgotten.is_(None),
        )
        with self._speaking(), self._engine.connect() as connection:
            return list(connection.execute(query.order_by(SessionRow.started_ms, SessionRow.name)).scalars())

    def unread(self) -> list[str]:
        """The folders with a session.json that this version cannot read; nothing here touches them."""
        return sorted(there_are(self.sessions).keys() - set(self.names()))

    def forget(self, name: str, now: datetime) -> None:
        """Remove a session's sound and words, in its folder and here; its figures and tags stay."""
        forget_session(self.folder(name), now.isoformat(timespec="seconds"))

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        with speaking_of(self._url):
            yield


@contextmanager
def library(environment: Mapping[str, str]) -> Iterator[Library]:
    """The library of this home: `CALLSIM_LIBRARY` where that is set, else library.db beside the sessions.

    Raises InputError, MachineError and DiskError where it cannot be opened.
    """
    sessions, given = sessions_dir(environment), environment.get("CALLSIM_LIBRARY")
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
