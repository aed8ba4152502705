"""A piece of work that a page waits for, done in processes of its own, and what they have told so far."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

PROGRAM = (sys.executable, "-m", "callsim.app.callprocess")
_LONGEST_LINE_BYTES = 1 << 24
# These end by themselves once nobody talks to them any more, and need a moment for it; all others may be killed.
_PATIENT = ("call", "check")
# How long a process may take to end once its words are at an end: a call is packed then.
_ENDS_WITHIN_S = 20.0


class Work:
    """Runs one process after another for the same page. Belongs to the event loop that it was made in.

    `asked` is what it was begun with. `facts` is what a page shows: each fact of a process replaces the one before of
    that name. `job` is what its process does just now. `viewers` counts the pages that look on.
    """

    def __init__(self, kind: str, asked: Mapping[str, Any], program: Sequence[str]) -> None:
        self.kind, self.asked = kind, asked
        self.facts: dict[str, Any] = {"kind": kind, "stage": "starting"}
        self.job: str | None = None
        self.over = False
        self.viewers = 0
        self._program = program
        self._process: Process | None = None
        self._news = asyncio.Event()

    async def run(self, job: str, asked: Mapping[str, object]) -> bool:
        """Run a process to its end; false where it ended by itself, without a word of why."""
        self.job = job
        # In a session of its own, so that Ctrl-C in the terminal reaches it through us alone.
        self._process = await asyncio.create_subprocess_exec(
            *self._program, job, json.dumps(asked),
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LONGEST_LINE_BYTES, start_new_session=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            await self._listen(self._process)
            return await self._process.wait() == 0
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            self.job = self._process = None

    async def _listen(self, process: Process) -> None:
        if process.stdout is None:
            raise AssertionError("the process was started with a pipe")
        while line := await process.stdout.readline():
            # A line that was torn when the process died tells nothing.
            with suppress(ValueError):
                self.tell(**json.loads(line))

    def tell(self, **facts: object) -> None:
        """Put facts of our own among those of the process."""
        self.facts |= facts
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def news(self) -> None:
        """Wait until something is told."""
        await self._news.wait()

    def say(self, word: str) -> None:
        """Pass on a word of the trainee; lost where no process listens any more."""
        pipe = self._process.stdin if self._process else None
        if pipe is not None and not pipe.is_closing():
            pipe.write(word.encode() + b"\n")

    async def stop(self) -> None:
        """End it: a call hangs up and is kept. What does not end in time is killed."""
        process = self._process
        if process is None:
            return
        if self.job not in _PATIENT or process.stdin is None:
            process.kill()
            return
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _ENDS_WITHIN_S)
        except TimeoutError:
            process.kill()
