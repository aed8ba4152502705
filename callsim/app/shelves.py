"""The library behind the pages; without it callsim takes, plays and scores calls all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from callsim.cli.shelving import there_is_a_library
from callsim.errors import MachineError

if TYPE_CHECKING:
    from callsim.library.shelf import Library

__all__ = ["WITHOUT", "shelf_of", "there_is_a_library"]

WITHOUT = 'This needs the library, which is not installed: run pip install "callsim[library]" and start callsim again.'


@contextmanager
def shelf_of(sessions: Path) -> Iterator[Library]:
    """The library of the app's sessions. Raises MachineError without the extra, and where it cannot be opened."""
    if not there_is_a_library():
        raise MachineError(WITHOUT)
    from callsim.library.shelf import library_of  # noqa: PLC0415 - half a second, and needs the extra

    with library_of(sessions, os.environ.get("CALLSIM_LIBRARY")) as shelf:
        yield shelf
