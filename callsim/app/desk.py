"""What goes on behind the pages: one piece of work has the headset, calls are scored one after another."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path

from callsim.app.imports import Side
from callsim.app.visitor import Visitor
from callsim.app.work import PROGRAM, Work
from callsim.picture import Mode

# A page that is loaded anew comes back within a moment; one that was closed does not.
GRACE_S = 8.0
_DIED = "The call stopped unexpectedly. What was recorded until then is kept."
_NOT_DONE = "This stopped unexpectedly. Try it again; if it happens again, run `callsim check` in the terminal."


class Desk:
    """Starts work and keeps it until a page has seen its end. Belongs to one event loop."""

    def __init__(self, program: Sequence[str] = PROGRAM, grace_s: float = GRACE_S) -> None:
        self._program, self._grace_s = program, grace_s
        self.headset: Work | None = None
        self.scorings: dict[str, Work] = {}
        self.reading: Work | None = None
        self.rescoring: Work | None = None
        self._alone = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def on_air(self) -> Work | None:
        """The call that goes on, or is being scored."""
        work = self.headset
        return work if work is not None and work.kind == "call" and not _is_done(work) else None

    def is_under_way(self, session: str) -> bool:
        """Whether the call of this session goes on, or is being scored: then there is nothing to hear yet."""
        return self.on_air is not None and self.on_air.facts.get("session") == session

    def call(self, script: str, mode: Mode, trainee: str) -> Work | None:
        """Let a trainee take a call; None where the headset is in use."""
        asked = {"script": script, "mode": mode, "seed": secrets.randbelow(10_000), "trainee": trainee}
        return self._with_headset("call", asked)

    def check(self, microphone: str | None, speaker: str | None) -> Work | None:
        """Check the headset; None where it is in use."""
        return self._with_headset("check", {"microphone": microphone, "speaker": speaker})

    def _with_headset(self, kind: str, asked: Mapping[str, object]) -> Work | None:
        if self.headset is not None and not _is_done(self.headset):
            return None
        work = self.headset = Work(kind, asked, self._program)
        self._do(self._use_headset(work))
        self.left(work)
        return work

    async def _use_headset(self, work: Work) -> None:
        try:
            well = await work.run(work.kind, work.asked)
            session = work.facts.get("session")
            if session is None:
                if not well:
                    work.tell(stage="failed", wrong=_NOT_DONE)
                return
            if not well:
                work.tell(notes=[*work.facts.get("notes", []), _DIED])
            await self._score(work, session)
        finally:
            work.end()

    async def _score(self, work: Work, session: str) -> None:
        work.tell(stage="scoring", done=None, wrong=None)
        async with self._alone:
            if not await work.run("score", {"session": session}):
                work.tell(stage="failed", wrong=_NOT_DONE)

    def score(self, session: str) -> Work:
        """Score a session that has no scorecard yet; the same work for whoever asks meanwhile."""
        work = self.scorings.get(session)
        if work is None or work.over:
            work = self.scorings[session] = Work("score", {"session": session}, self._program)
            self._do(self._score_alone(work, session))
        return work

    async def _score_alone(self, work: Work, session: str) -> None:
        try:
            await self._score(work, session)
        finally:
            work.end()

    def reading_of(self, who: Visitor) -> Work | None:
        """The recording that is read, where it is one that they may hear."""
        work = self.reading
        return work if work is not None and who.may_see(work.asked["whose"]) else None

    def take_in(self, file: Path, name: str, trainee: Side, whose: str) -> Work:
        """Make a session of an uploaded recording, `whose` call it is; its file is removed afterwards."""
        asked = {"file": str(file), "name": name, "trainee": trainee, "whose": whose}
        work = self.reading = Work("import", asked, self._program)
        self._do(self._take_in(work, file))
        return work

    async def _take_in(self, work: Work, file: Path) -> None:
        try:
            async with self._alone:
                if not await work.run(work.kind, work.asked):
                    work.tell(stage="failed", wrong=_NOT_DONE)
        finally:
            await asyncio.to_thread(_remove, file)
            work.end()

    def rescore(self, rubric: str, *, apply: bool) -> Work | None:
        """Score all past calls by a rubric, for good or to see what that would be; None while that goes on already."""
        if self.rescoring is not None and not self.rescoring.over:
            return None
        work = self.rescoring = Work("rescore", {"rubric": rubric, "apply": apply}, self._program)
        self._do(self._rescore(work))
        return work

    async def _rescore(self, work: Work) -> None:
        try:
            if not await work.run(work.kind, work.asked) and work.facts["stage"] != "stopped":
                work.tell(stage="failed", wrong=_NOT_DONE)
        finally:
            work.end()

    async def stop_rescoring(self) -> None:
        """End it; the sessions that are done stay done."""
        work = self.rescoring
        if work is not None and not work.over:
            work.tell(stage="stopped")
            await work.stop()
            while not work.over:
                await work.news()

    def left(self, work: Work) -> None:
        """No page looks on: what has the headset ends, unless one comes back soon."""
        if work is self.headset and not work.over and work.viewers == 0:
            self._do(self._end_unseen(work))

    async def _end_unseen(self, work: Work) -> None:
        await asyncio.sleep(self._grace_s)
        # What is only being scored goes on.
        if work.viewers == 0 and work.job == work.kind:
            await work.stop()

    def _do(self, what: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End everything: a call is hung up and kept, what is not scored will be when somebody opens it."""
        works = (self.headset, self.reading, self.rescoring, *self.scorings.values())
        await asyncio.gather(*(work.stop() for work in works if work and not work.over))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _is_done(work: Work) -> bool:
    """Nothing more is to come of it, though its process may take a moment to end."""
    return work.over or work.facts["stage"] == "scored"


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
