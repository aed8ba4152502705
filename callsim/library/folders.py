"""The folders of the library, without its database: which there are, and which of them somebody means."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

from callsim.errors import InputError, SessionError, UnknownName
from callsim.library.reading import Stamp, stamp_of
from callsim.sessions.folder import ABOUT


def there_are(sessions: Path) -> dict[str, Stamp]:
    """The session folders by name, and how their files lie; links, and names that are no text, are left out.

    Raises SessionError where that cannot be seen: nobody should take a share that is away for an empty one.
    """
    try:
        with os.scandir(sessions) as entries:
            folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False) and _is_text(entry.name)]
    except FileNotFoundError:
        return {}
    except OSError as wrong:
        raise SessionError(f"The folder of sessions {sessions} cannot be read: {wrong.strerror or wrong}") from None
    stamps = ((folder.name, stamp_of(folder.path)) for folder in folders)
    return {name: stamp for name, stamp in stamps if stamp is not None}


def session_folder(given: str, sessions: Path) -> Path:
    """The folder of a session given as a path, or by its name in the library. Raises SessionError, UnknownName."""
    path = Path(given)
    if (path / ABOUT).is_file():
        return path
    if given in (names := there_are(sessions)):
        return sessions / given
    if path.exists():
        raise SessionError(f"There is no session in {path}: it has no {ABOUT}")
    if near := get_close_matches(given, names, n=3):
        raise UnknownName("session", given, near)
    raise SessionError(f"There is no session named {given!r}: `callsim sessions` lists them")


def by_name(given: Path, sessions: Path) -> Path:
    """A path as it was given; where nothing is there, the library's session of that name, if there is one."""
    kept = sessions / given.name
    return kept if str(given) == given.name and not given.exists() and (kept / ABOUT).is_file() else given


def kept_folder(given: str, sessions: Path) -> Path:
    """The same, of a session that lies in the library. Raises InputError where it lies elsewhere."""
    folder = session_folder(given, sessions)
    if not is_kept(folder, sessions):
        raise InputError(f"{folder} does not lie in the library ({sessions}): name one that `callsim sessions` lists")
    return sessions / folder.resolve().name


def is_kept(folder: Path, sessions: Path) -> bool:
    """Whether a folder is one of the library's, and not a link to somewhere else."""
    return folder.resolve().parent == sessions.resolve()


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
