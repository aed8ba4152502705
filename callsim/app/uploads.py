"""The import of a recording: taken in piece by piece, bounded, one at a time, and then worked on by another process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import disk_usage
from tempfile import NamedTemporaryFile
from typing import IO, cast, get_args

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from callsim.app.desk import Desk
from callsim.app.imports import LARGEST_BYTES, Side
from callsim.app.pages import Pages
from callsim.app.visitor import visitor

_LONGEST_NAME = 80
_PREFIX, _SUFFIX = "upload-", ".part"
# A page that was closed sends no more; it must not keep others from sending.
_PIECE_WITHIN_S = 30.0
# Longer than any recording is worked on, by this process or by another one of the same home.
_STALE_AFTER_S = 86_400.0


class _Refused(Exception):
    """Why an upload is not taken, as one sentence, and the status."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status


@dataclass(slots=True)
class Uploads:
    """The page of imports, and what it sends: the bare file as the body, its name and the trainee's side as queries."""

    sessions: Path
    desk: Desk
    pages: Pages
    busy: bool = False

    def __post_init__(self) -> None:
        """Remove what a callsim that was ended by force has left."""
        for left in self.sessions.parent.glob(f"{_PREFIX}*{_SUFFIX}"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _STALE_AFTER_S:
                    left.unlink()

    async def page(self, request: Request) -> Response:
        """Where a recording is chosen; while one is worked on, how far that has come."""
        who = visitor(request)
        work = self.desk.reading_of(who)
        reading = (self.busy and not who.in_a_room) or (work is not None and not work.over)
        return self.pages.page(request, "recordings.html", reading=reading, largest_mb=LARGEST_BYTES >> 20)

    async def take_in(self, request: Request) -> Response:
        """Take a recording in; its progress is then told at /live/recording."""
        work = self.desk.reading
        if self.busy or (work is not None and not work.over):
            return JSONResponse({"wrong": "Another recording is being read. Wait until it is done."}, 409)
        self.busy = True
        try:
            await self._take_in(request)
        except _Refused as why:
            return JSONResponse({"wrong": str(why)}, why.status)
        finally:
            self.busy = False
        return JSONResponse({}, 202)

    async def _take_in(self, request: Request) -> None:
        side = request.query_params.get("trainee", "")
        if side not in get_args(Side):
            raise _Refused(400, "Say which channel you are on: left or right.")
        name = file_name(request.query_params.get("name", ""))
        file = await self._stored(request)
        self.desk.take_in(file, name, cast("Side", side), whose(request))

    async def _stored(self, request: Request) -> Path:
        """The body in a file of its own beside the sessions; nothing is left of one that is refused or breaks off."""
        home = self.sessions.parent
        await run_in_threadpool(lambda: home.mkdir(parents=True, exist_ok=True))
        # Once as it comes, and once as the session that it becomes.
        if (await run_in_threadpool(disk_usage, home)).free < 2 * LARGEST_BYTES:
            raise _Refused(507, "There is too little free space on callsim's disk: free some there, then try again.")
        with NamedTemporaryFile(dir=home, prefix=_PREFIX, suffix=_SUFFIX, delete=False) as file:
            path = Path(file.name)
            try:
                await _copy(request, file)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path


async def _copy(request: Request, file: IO[bytes]) -> None:
    size = 0
    pieces = request.stream()
    while (piece := await _next(pieces)) is not None:
        size += len(piece)
        if size > LARGEST_BYTES:
            largest_mb = LARGEST_BYTES >> 20
            raise _Refused(413, f"This file is larger than {largest_mb} MB: cut out the call, or save it as FLAC.")
        await run_in_threadpool(file.write, piece)
    if size == 0:
        raise _Refused(400, "This file is empty. Choose the recording again.")


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    try:
        async with asyncio.timeout(_PIECE_WITHIN_S):
            return await anext(pieces, None)
    except TimeoutError:
        raise _Refused(408, "Nothing more of this file came. Look at the network, then send it again.") from None


def whose(request: Request) -> str:
    """Whose call it is: in a training room a trainee's own, and of a coach's whoever they name; else nobody says."""
    who = visitor(request)
    if who.role == "trainee":
        return who.name
    named = " ".join(request.query_params.get("whose", "").split())
    return "".join(sign for sign in named if sign.isprintable())[:_LONGEST_NAME]


def file_name(given: str) -> str:
    """The last part of a name, short, with nothing in it that does not show; it is shown and never opened."""
    last = PurePosixPath(given.replace("\\", "/")).name
    return "".join(sign for sign in last if sign.isprintable())[:_LONGEST_NAME].strip() or "recording"
