"""Jobs for processes: a module of its own, so that a process which does one has little to import."""

from __future__ import annotations

import os
import signal
import time
from functools import cache
from pathlib import Path

from callsim.errors import InputError


def do(job: tuple[str, int, str]) -> tuple[int, int]:
    """Do what a job says; its number squared, and the process that it was done in."""
    what, number, memory = job
    if what == "dies" or (what == "dies once" and _is_first(memory, number)):
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "is wrong":
        raise InputError(f"The number {number} is wrong")
    if what == "has a bug":
        raise ValueError("secret")
    if what == "takes long":
        time.sleep(600)
    return number * number, os.getpid()


def _is_first(memory: str, number: int) -> bool:
    """Whether nobody has asked this before, in any process."""
    try:
        (Path(memory) / str(number)).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@cache
def _loaded() -> str:
    """What a process loads once."""
    return f"{os.getpid()} at {time.monotonic_ns()}"


def loaded(_: int) -> str:
    """When this process loaded it."""
    time.sleep(0.05)
    return _loaded()


def page_faults(_: int) -> int:
    """How often the system had to hand out a page of memory, while three hundred megabytes came and went."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(300):
        bytearray(1_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
