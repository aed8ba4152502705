"""Many jobs on all cores, in processes of their own: one that dies takes no job with it."""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from callsim.cli import as_our_bug
from callsim.errors import CallsimError

# A process may die of something else once; a job that it died of twice is the cause.
TRIES = 2
_SPAWN = get_context("spawn")

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """A job's result; `number` is its place among the jobs."""

    number: int
    result: R


@dataclass(frozen=True, slots=True)
class Failed:
    """What is wrong with a job, in one sentence; `number` is its place among the jobs."""

    number: int
    wrong: str


def run_all(jobs: Sequence[J], worker: Callable[[J], R], workers: int) -> Generator[Done[R] | Failed, None, None]:
    """Do every job in one of `workers` processes, and tell how each ends as soon as it does, in whatever order.

    `worker` is a function of a module (or a `functools.partial` of one); jobs and results pickle. What a process is
    to load once, the worker keeps in a `functools.cache`. A CallsimError comes back as its sentence, any other
    exception as our bug. A job whose process dies is done again after all others; the second time it has failed.
    Closing the iterator (`contextlib.closing`) and Ctrl-C kill the processes, so a worker writes a file in one step.
    """
    todo, deaths = deque(range(len(jobs))), Counter[int]()
    crew: dict[Connection, _Mate[J, R]] = {}
    try:
        while todo or crew:
            while todo and len(crew) < workers:
                mate = _Mate(worker, jobs)
                crew[mate.pipe] = mate
                mate.take(todo.popleft())
            ready = wait(list(crew))
            for mate in [mate for pipe, mate in crew.items() if pipe in ready]:
                number, end = mate.number, mate.end()
                if end is None:
                    deaths[number] += 1
                    if deaths[number] < TRIES:
                        todo.append(number)
                if end is None or not todo:
                    del crew[mate.pipe]
                    mate.dismiss()
                else:
                    # Before the end is told, since whoever hears it may take a while.
                    mate.take(todo.popleft())
                if end is not None:
                    yield end
                elif deaths[number] == TRIES:
                    yield Failed(number, told_death(mate.exit_code))
    finally:
        for mate in crew.values():
            mate.dismiss()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ended(number: int, worker: Callable[[J], R], job: J) -> Done[R] | Failed:
    """Do a job here, and tell how it ended; whatever goes wrong is told in one sentence."""
    try:
        return Done(number, worker(job))
    except CallsimError as wrong:
        return Failed(number, str(wrong))
    except Exception as bug:
        return Failed(number, as_our_bug(bug))


def told_death(exit_code: int | None) -> str:
    """One sentence on a job that processes die of; below zero an exit code is a signal."""
    how = (exit_code is not None and exit_code < 0 and signal.strsignal(-exit_code)) or f"exit code {exit_code}"
    return (
        f"The process at work on it died {TRIES} times ({how.lower()}): where memory is short, try fewer workers; "
        "else leave this one out"
    )


class _Mate(Generic[J, R]):
    """A process, and the number of the job that it has."""

    def __init__(self, worker: Callable[[J], R], jobs: Sequence[J]) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.number = -1
        self._jobs = jobs
        self._process = _SPAWN.Process(target=_serve, args=(theirs, worker), daemon=True)
        with _deaf_to_ctrl_c():
            self._process.start()
        theirs.close()

    def take(self, number: int) -> None:
        """Give it a job; where it has died meanwhile, `end` tells."""
        self.number = number
        with suppress(OSError):
            self.pipe.send((number, self._jobs[number]))

    def end(self) -> Done[R] | Failed | None:
        """Wait for the end of its job; None where the process itself ended."""
        try:
            end: Done[R] | Failed = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return end

    def dismiss(self) -> None:
        """End the process, whatever it is at."""
        self.pipe.close()
        self._process.kill()
        self._process.join()

    @property
    def exit_code(self) -> int | None:
        """How the process ended."""
        return self._process.exitcode


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes begun in here never hear Ctrl-C, from their first moment on: we hear it, and end them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It is started with the first process, and would have us hear Ctrl-C again too early.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, worker: Callable[[J], R]) -> None:
    """Do one job after another, until nobody wants anything any more."""
    # Where processes have no mask for signals.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Engines that would take several threads for one job, as that of the second reading, take one.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with suppress(EOFError, OSError):
        while True:
            number, job = pipe.recv()
            pipe.send(ended(number, worker, job))
