"""What a person sees while callsim is busy, and how Ctrl-C ends that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, nullcontext
from threading import Event, Thread
from typing import TypeVar

from callsim.cli import console
from callsim.devices.model_files import Progress
from callsim.timeline import Ms, sample_at

_SAMPLE_BYTES = 2
# What is shorter is heard before a bar could tell anything.
_LONG_MS: Ms = 60_000
# Ctrl-C is noticed between two looks where the system does not break off a wait.
_LOOK_EVERY_S = 0.1

T = TypeVar("T")


class Quiet:
    """No progress bar: nobody would see it move."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """Show nothing."""


@contextmanager
def progress_at_a_terminal() -> Iterator[Progress]:
    """A progress bar on standard error where that is a terminal, else none."""
    if console.ERR.is_terminal:
        with console.progress_bar() as bar:
            yield bar
    else:
        yield Quiet()


@contextmanager
def listening_progress(length_ms: Ms, shown: Progress | None = None) -> Iterator[Callable[[int], None]]:
    """To be told how many samples of a call of that length have been heard.

    They go to `shown`; where that is None to a terminal, unless the call lasts less than a minute.
    """
    with progress_at_a_terminal() if shown is None else nullcontext(shown) as bar:
        seen = Quiet() if shown is None and length_ms < _LONG_MS else bar
        total = _SAMPLE_BYTES * sample_at(length_ms)
        yield lambda samples: seen.step("Listening to the call", _SAMPLE_BYTES * samples, total)


class _Stopped(Exception):
    """The work was told to stop."""


class _Stoppable:
    """Hands progress on, until it is told to stop: then the work that reports its next step ends there."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self.stop = Event()

    def step(self, what: str, done: int, total: int | None) -> None:
        """Shown, or the end of the work."""
        if self.stop.is_set():
            raise _Stopped
        self._shown.step(what, done, total)


def in_background(work: Callable[[Progress], T]) -> T:
    """What `work` gives, done in a thread, so that the progress bar moves on and Ctrl-C is noticed at once.

    Ctrl-C ends the work at its next step and goes on as KeyboardInterrupt; the thread is over when this returns,
    because a process that ends while an engine is at work may crash.
    """
    with progress_at_a_terminal() as bar:
        progress, done = _Stoppable(bar), Future[T]()
        thread = Thread(target=_work, args=(work, progress, done), name="background")
        try:
            thread.start()
            while not done.done():
                wait((done,), _LOOK_EVERY_S)
            return done.result()
        except KeyboardInterrupt:
            if console.ERR.is_terminal:
                console.ERR.print("Stopping …")
            raise
        finally:
            progress.stop.set()
            if thread.is_alive():
                thread.join()


def _work(work: Callable[[Progress], T], progress: Progress, done: Future[T]) -> None:
    try:
        done.set_result(work(progress))
    except BaseException as wrong:
        done.set_exception(wrong)
