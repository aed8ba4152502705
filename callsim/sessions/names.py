"""Where sessions lie when nobody says where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from getpass import getuser
from itertools import count
from pathlib import Path

from platformdirs import user_data_path

from callsim.errors import InputError
from callsim.sessions.disk import disk_error

_LONGEST_NAME = 80


def sessions_dir(environment: Mapping[str, str]) -> Path:
    """The folder of all sessions: `CALLSIM_HOME`/sessions where that is set, else in the user's data folder."""
    home = environment.get("CALLSIM_HOME")
    return (Path(home) if home else user_data_path("callsim", appauthor=False)) / "sessions"


def own_name() -> str:
    """What the system calls whoever sits here."""
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


def whose(name: str | None) -> str:
    """A trainee's name as a session keeps it; without one, that of whoever sits here. Raises InputError."""
    plain = " ".join((name or "").split())
    if not plain.isprintable() or len(plain) > _LONGEST_NAME:
        raise InputError(f"A name has up to {_LONGEST_NAME} letters that can be shown, and {plain[:20]!r}… has others")
    return plain or own_name()


def claim_folder(sessions: Path, started: datetime, script: str) -> Path:
    """Make a new, empty session folder `<date>-<time>-<script>`, with a number behind it where that is taken.

    Made at once, so that two calls which start in one second never share it. `script` is a name or a path; `started`
    is written as it comes (give local time). Raises DiskError.
    """
    name = f"{started:%Y-%m-%d-%H%M%S}-{_plain(script)}"
    try:
        sessions.mkdir(parents=True, exist_ok=True)
        return _first_free(sessions, name)
    except OSError as wrong:
        raise disk_error(sessions, wrong) from None


def _first_free(sessions: Path, name: str) -> Path:
    numbers = count(2)
    folder = sessions / name
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            folder = sessions / f"{name}-{next(numbers)}"
        else:
            return folder


def _plain(script: str) -> str:
    """A script's name with nothing in it that a file system could refuse."""
    return re.sub(r"[^a-z0-9]+", "-", Path(script).stem.lower()).strip("-")[:60] or "call"
