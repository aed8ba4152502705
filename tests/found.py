"""What lies in a library, as its lists show it: what the tests of libraries look with."""

from __future__ import annotations

from shelved import QUIET

from callsim.library.search import Listed, Wanted
from callsim.library.shelf import Library


def names(shelf: Library, **wanted: object) -> list[str]:
    """The sessions found, up to date."""
    shelf.refresh(QUIET)
    return [one.name for one in shelf.find(Wanted(**wanted))[0]]


def everything(shelf: Library) -> list[Listed]:
    """All that a list can show."""
    return shelf.find(Wanted())[0]
