"""Sessions that coaches have judged: what they said, put straight into the library."""

from __future__ import annotations

from pathlib import Path

from shelved import card, put
from sqlalchemy import insert

from callsim.library.models import OverruleRow, ReviewRow
from callsim.library.shelf import Library
from callsim.scoring.checks import Check

WRITTEN = "2026-02-01T10:00:00+00:00"
CHECK = "phrasing.empathy"


def of_card(check: str = CHECK) -> Check:
    """A check of the card that all these sessions have."""
    return next(one for one in card().checks if one.id == check)


def reviewed(shelf: Library, name: str, by: str = "Kim", written: str = WRITTEN) -> None:
    """A coach has judged a session."""
    session, which = shelf.key(name)
    with shelf.writing() as connection:
        row = {"session": session, "fingerprint": which, "by": by, "written": written}
        connection.execute(insert(ReviewRow), [row])


def overruled(shelf: Library, name: str, points: float, by: str = "Kim", check: str = CHECK) -> None:
    """A coach has given other points for a check."""
    session, which = shelf.key(name)
    made = of_card(check)
    row = {
        "session": session, "fingerprint": which, "by": by, "written": WRITTEN, "check": check, "points": points,
        "machine": made.points, "of": made.of, "reason": "I heard it",
    }  # fmt: skip
    with shelf.writing() as connection:
        connection.execute(insert(OverruleRow), [row])


def put_some(sessions: Path, count: int) -> None:
    """So many sessions, and the library they are in."""
    for number in range(count):
        put(sessions, f"a{number:02}")
