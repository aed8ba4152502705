"""Where in a TOML file something stands: the line number that an author looks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile


def line_of_text(source: str, text: str) -> int | None:
    """The line, from 1, in which a text (or the beginning of one that goes on) stands; None where it stands nowhere."""
    begins = text.strip().split("\n")[0][:60]
    if not begins:
        return None
    return next((number for number, line in _numbered(source) if begins in line), None)


def line_of_key(source: str, steps: Sequence[str | int]) -> int | None:
    """The line of a key, as pydantic names it: ("needs", 1, "ask"); where the key is missing, that of its table."""
    places = (_line_in(source, head, inside, _nth(steps)) for head, inside in _headers(steps))
    return next(filter(None, places), None)


def _line_in(source: str, head: str, inside: Sequence[str | int], wanted: int) -> int | None:
    here, seen = (None if head else 0), -1
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


def _headers(steps: Sequence[str | int]) -> Iterator[tuple[str, Sequence[str | int]]]:
    """The tables that a key may stand in, the innermost first, and the steps inside; no name for the file's own."""
    names = list(takewhile(lambda step: isinstance(step, str), steps))
    if len(names) < len(steps) and len(names) == 1:
        yield str(names[0]), steps[2:]
    for depth in range(len(names), 0, -1):
        yield ".".join(map(str, names[:depth])), steps[depth:]
    if len(steps) < 2:
        yield "", steps


def _nth(steps: Sequence[str | int]) -> int:
    return steps[1] if len(steps) > 1 and isinstance(steps[1], int) else 0


def _numbered(source: str) -> list[tuple[int, str]]:
    return list(enumerate(source.split("\n"), start=1))
