"""Many jobs by the workers of a Dask scheduler, on other machines too; what they work on lies on a shared path."""

from __future__ import annotations

import ctypes
import logging
import re
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from callsim.cli.pool import Done, Failed, ended
from callsim.errors import InputError, MachineError

if TYPE_CHECKING:
    from distributed import Client, Future

J = TypeVar("J")
R = TypeVar("R")
_ANSWERS_WITHIN_S = 10
_DIED = "Every worker of the cluster that was at work on it died: give them more memory, or leave this one out"
# Numbers of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 16_000_000
_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/]+:\d{1,5}")


def run_on_cluster(jobs: Sequence[J], worker: Callable[[J], R], address: str) -> Generator[Done[R] | Failed]:
    """Do every job on one of the cluster's workers, and tell how each ends as soon as it does, in whatever order.

    `worker`, jobs and results as for `pool.run_all`. What a lost worker had is done again by another, until the
    scheduler gives the job up (its setting `allowed-failures`). Closing the iterator takes back what is not done yet.
    Raises MachineError where the extra is missing, the scheduler does not answer or is lost, or has no workers.
    """
    _need_the_extra()
    if not jobs:
        return
    from distributed import as_completed  # noqa: PLC0415 - an extra

    with _unlogged(), _connected(address) as client:
        do = partial(_ended_there, worker, version("callsim"))
        futures = client.map(do, range(len(jobs)), jobs, pure=False)
        number_of = {future.key: number for number, future in enumerate(futures)}
        ends = as_completed(futures, loop=client.loop)  # type: ignore[no-untyped-call]
        # What nobody holds any more the cluster forgets, once it has been told.
        del futures
        blamed = []
        for future in ends:
            number = number_of[future.key]
            if end := _end(future, number, address):
                yield end
            else:
                blamed.append(number)
        # The scheduler blames a job also where it only waited at the worker that died; done alone, it is the cause.
        for number in blamed:
            alone = client.submit(do, number, jobs[number], pure=False)
            yield _end(alone, number, address) or Failed(number, _DIED)


def _need_the_extra() -> None:
    if find_spec("distributed") is None:
        raise MachineError('A cluster needs Dask, which is not installed: run `pip install "callsim[cluster]"`')


@contextmanager
def _unlogged() -> Iterator[None]:
    """What goes wrong is told in a sentence, and not in Dask's log too."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client  # noqa: PLC0415 - an extra

    if not _ADDRESS.fullmatch(address):
        raise InputError(f"{address!r} is no address of a scheduler: give it as in tcp://192.168.1.20:8786")
    try:
        client = Client(address, timeout=_ANSWERS_WITHIN_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        raise MachineError(
            f"There is no Dask scheduler at {address}: start one with `dask scheduler`, which tells its address"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_ANSWERS_WITHIN_S)
        except TimeoutError:
            raise MachineError(
                f"The scheduler at {address} has no workers: start some with "
                f"`dask worker {address} --nworkers auto --nthreads 1`"
            ) from None
        yield client


def _end(future: Future[Done[R] | Failed], number: int, address: str) -> Done[R] | Failed | None:
    """How a job ended, waited for; None where the workers that had it died."""
    error = future.exception()  # type: ignore[no-untyped-call]
    if future.status == "finished":
        end: Done[R] | Failed = future.result()
        return end
    if future.status != "error":
        raise MachineError(f"The scheduler at {address} was lost: run this again, what is done already is kept")
    wrong = type(error).__name__
    if wrong == "KilledWorker":
        return None
    return Failed(number, f"The cluster could not do it ({wrong}): install callsim there as it is here")


def _ended_there(worker: Callable[[J], R], ours: str, number: int, job: J) -> Done[R] | Failed:
    """Do a job on a worker, whose callsim must be ours, or its results might not be."""
    theirs = version("callsim")
    if theirs != ours:
        return Failed(number, f"A worker of the cluster has callsim {theirs} and not {ours}: install that there")
    _keep_some_memory()
    return ended(number, worker, job)


@cache
def _keep_some_memory() -> None:
    """Keep what is freed for the next piece of sound.

    Dask has its workers give back each freed 64 KB to the system at once, and so no longer learn which sizes come
    again (mallopt(3), "dynamic mmap threshold"): scoring took three times as long. Other C libraries know neither.
    """
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):
            for threshold in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
                ctypes.CDLL(None).mallopt(threshold, _KEPT_BYTES)
