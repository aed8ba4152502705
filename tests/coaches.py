"""Coaches who said something: what the tests of reviews share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shelved import QUIET, put

from callsim.library.follow_ups import follow_up
from callsim.library.review import Reviews
from callsim.library.search import Listed, Wanted
from callsim.library.shelf import Library, library

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ROSA, TOM = {"by": "Rosa", "now": NOON}, {"by": "Tom", "now": LATER}


@contextmanager
def shelf_with_a_call(url: str, tmp_path: Path) -> Iterator[Library]:
    """A library with the session "a" of Ana's, in the database at a URL."""
    with library({"CALLSIM_HOME": str(tmp_path / "home"), "CALLSIM_LIBRARY": url}) as made:
        put(made.sessions, "a", about={"trainee": "Ana", "script": "parcel"})
        made.refresh(QUIET)
        yield made


def listed(shelf: Library, **wanted: object) -> dict[str, Listed]:
    """The sessions as lists show them, by name."""
    shelf.refresh(QUIET)
    return {one.name: one for one in shelf.find(Wanted(**wanted))[0]}


def say_everything(shelf: Library, name: str = "a") -> Reviews:
    """One of each."""
    reviews = Reviews(shelf)
    reviews.note(name, "You said sorry twice.", at_ms=500, **ROSA)
    reviews.note(name, "Warm.", check="phrasing.empathy", **ROSA)
    reviews.overrule(name, "phrasing.empathy", 3, "it came late", **ROSA)
    reviews.reviewed(name, **ROSA)
    reviews.clip(name, 100, 900, "how to", **ROSA)
    follow_up(shelf, "Ana", "parcel", due=date(2026, 6, 5), text="again", session=name, **ROSA)
    return reviews
