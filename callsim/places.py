"""Where in a TOML file something stands: the line number that an author looks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence


def line_of_text(source: str, text: str) -> int | None:
    """The line, from 1, in which a text (or the beginning of one that goes on) stands; None where it stands nowhere."""
    begins = text.strip().split("\n")[0][:60]
    if not begins:
        return None
    return next((number for number, line in _numbered(source) if begins in line), None)


def line_of_key(source: str, steps: Sequence[str | int]) -> int | None:
    """The line of a key, as pydantic names it: ("needs", 1, "ask"); where the key is missing, that of its table."""
    head, inside = _header(steps)
    here: int | None = None if head else 0
    wanted, seen = _nth(steps), -1
    key = next((str(step) for step in inside if isinstance(step, str)), None)
    for number, line in _numbered(source):
        found = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if found:
            if here:
                return here
            if found[1] == head and (seen := seen + 1) == wanted:
                here = number
        elif here is not None and key and re.match(rf'\s*"?{re.escape(key)}"?\s*[.=]', line):
            return number
    return here or None


def _header(steps: Sequence[str | int]) -> tuple[str, Sequence[str | int]]:
    """The name of the table that a key is in, and the steps inside it; no name for the file's own keys."""
    if len(steps) < 2:
        return "", steps
    inside = steps[2:] if isinstance(steps[1], int) else steps[1:]
    return str(steps[0]), inside


def _nth(steps: Sequence[str | int]) -> int:
    return steps[1] if len(steps) > 1 and isinstance(steps[1], int) else 0


def _numbered(source: str) -> list[tuple[int, str]]:
    return list(enumerate(source.split("\n"), start=1))
