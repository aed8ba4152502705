"""How numbers and moments are written on a page."""

from __future__ import annotations

from datetime import datetime

from callsim.timeline import Ms

_GOOD, _FAIR = 75, 50


def score(value: float | None) -> str:
    """A score as a whole number; a shown 0 or 100 is truly 0 or 100. A dash where there is none."""
    if value is None:
        return "–"
    if value in (0, 100):
        return f"{value:.0f}"
    return str(min(99, max(1, round(value))))


def tone(value: float | None) -> str:
    """The colour of a score: good, mend or bad; none where there is none."""
    if value is None:
        return ""
    return "good" if value >= _GOOD else "mend" if value >= _FAIR else "bad"


def points(value: float) -> str:
    """Points with as many decimals as they need, two at most."""
    return f"{round(value, 2):g}"


def day(started: str) -> str:
    """A moment in ISO 8601 as a day and a time: 22 November 2026, 14:35."""
    at = datetime.fromisoformat(started)
    return f"{at.day} {at:%B %Y, %H:%M}"


def seconds(ms: Ms | None) -> str:
    """Milliseconds as seconds with one decimal; a dash for None."""
    return "–" if ms is None else f"{ms / 1000:.1f} s"
