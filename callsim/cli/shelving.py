"""How the library's commands list, count and ask."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from callsim.cli.console import ERR
from callsim.cli.keys import at_a_terminal
from callsim.cli.tables import print_table
from callsim.errors import InputError, MachineError
from callsim.scoring.checks import DIMENSIONS

if TYPE_CHECKING:
    from callsim.library.search import Listed
    from callsim.library.shelf import Library

_HEAD = ("when", "session", "trainee", "overall", "coach", *DIMENSIONS, "")
_NUMBERS = range(3, 8)
_DAYS = {"d": 1, "w": 7, "y": 365}
_MOST_DAYS = 36_500


class Counting:
    """A bar at the terminal for whatever is counted; nothing elsewhere."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._rows: dict[str, TaskID] = {}

    def step(self, what: str, done: int, total: int | None) -> None:
        """Show that `done` of `total` of `what` are done."""
        if ERR.is_terminal:
            self._progress.start()
            if what not in self._rows:
                self._rows[what] = self._progress.add_task(what, total=total)
            self._progress.update(self._rows[what], completed=done, total=total)


@contextmanager
def counting() -> Iterator[Counting]:
    """Progress on standard error."""
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn(),
        console=ERR, transient=True,
    )  # fmt: skip
    try:
        yield Counting(progress)
    finally:
        if progress.live.is_started:
            progress.stop()


@contextmanager
def current_library() -> Iterator[Library]:
    """This home's library, up to date with its folders."""
    with opened_library() as shelf:
        with counting() as progress:
            shelf.refresh(lambda done, total: progress.step("Reading sessions", done, total))
        yield shelf


def there_is_a_library() -> bool:
    """Whether the extra is installed."""
    return find_spec("sqlalchemy") is not None and find_spec("alembic") is not None


def need_the_library() -> None:
    """Raises MachineError where the extra is not installed."""
    if not there_is_a_library():
        raise MachineError(
            'The library of sessions needs a database, which is not installed: run `pip install "callsim[library]"`'
        )


@contextmanager
def opened_library() -> Iterator[Library]:
    """This home's library as it was left. Raises MachineError where the extra is not installed."""
    need_the_library()
    from callsim.library.shelf import library  # noqa: PLC0415 - the other commands need no database: half a second

    with library(os.environ) as shelf:
        yield shelf


def print_sessions(listed: Sequence[Listed], count: int) -> None:
    """A table of sessions, and how many there are beyond it."""
    print_table([_HEAD, *map(_row, listed)], _NUMBERS)
    if count > len(listed):
        sys.stdout.write(f"\n{len(listed)} of {count} sessions; --limit {count} shows all of them\n")


def print_as_json(listed: Sequence[Listed]) -> None:
    """One JSON object a line."""
    names = [field.name for field in fields(listed[0])] if listed else []
    objects = ({name: getattr(one, name) for name in names} for one in listed)
    sys.stdout.write("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects))


def plain(text: str) -> str:
    """A text from a file that may be anybody's, without what a terminal would obey."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in text)


def long_ago(age: str, now: datetime) -> datetime:
    """The moment that lies "90d", "12w" or "2y" back. Raises InputError."""
    match = re.fullmatch(r"([1-9]\d{0,5})([dwy])", age.strip().lower())
    days = int(match[1]) * _DAYS[match[2]] if match else 0
    if not 0 < days <= _MOST_DAYS:
        raise InputError(f"{age!r} is no age: give days, weeks or years, as in 90d, 12w or 2y")
    return now - timedelta(days=days)


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on: said on the command line, or asked for at the terminal. Raises InputError where nobody is."""
    if yes:
        return True
    if not at_a_terminal():
        raise InputError(f"{question.rstrip('?')} needs a yes, and nobody can be asked here: add --yes")
    return click.confirm(question, default=False)


def times(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 session, 2 sessions."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _row(one: Listed) -> tuple[str, ...]:
    when = datetime.fromisoformat(one.started).strftime("%Y-%m-%d %H:%M")
    scores = (one.overall, one.coach, *(one.scores[name] for name in DIMENSIONS))
    return when, plain(one.name), plain(one.trainee), *map(score_told, scores), plain(", ".join(_remarks(one)))


def _remarks(one: Listed) -> Iterator[str]:
    if one.said_ms:
        shown = [f"{at_ms // 60_000}:{at_ms // 1000 % 60:02}" for at_ms in one.said_ms[:3]]
        yield f"said at {' '.join(shown)}{' …' if len(one.said_ms) > 3 else ''}"
    if one.length_ms is None:
        yield "not scored"
    if one.forgotten is not None:
        yield "words removed"
    if one.reviewed:
        yield f"reviewed by {' and '.join(one.reviewed)}"
    yield from (f"#{tag}" for tag in one.tags)


def score_told(score: float | None) -> str:
    """A score in a table."""
    return "-" if score is None else f"{score:.1f}"
