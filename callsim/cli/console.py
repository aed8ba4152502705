"""What a person sees of any command: the two consoles, complaints, progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


def complain(sentence: str) -> None:
    """One sentence on standard error."""
    end = "" if sentence.endswith("?") else "."
    sys.stderr.write(f"callsim: {sentence.rstrip('.')}{end}\n")


class Bar:
    """A progress bar for what devices report: bytes done of a total, one row for each thing done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._rows: dict[str, TaskID] = {}

    def step(self, what: str, done: int, total: int | None) -> None:
        """Show that `done` of `total` bytes of `what` are there; None: nobody knows how many it will be."""
        self._progress.start()
        if what not in self._rows:
            self._rows[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._rows[what], completed=done, total=total)


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """Progress on standard error, so that what a command prints stays clean."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=ERR)
    try:
        yield Bar(progress)
    finally:
        if progress.live.is_started:
            progress.stop()
