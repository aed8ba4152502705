"""The import of a recording: taken in piece by piece, bounded, one at a time, and then worked on by another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
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
        await run_in_threadpool(lambda: self.sessions.parent.mkdir(parents=True, exist_ok=True))
        with NamedTemporaryFile(dir=self.sessions.parent, prefix="upload-", suffix=".part", delete=False) as file:
            path = Path(file.name)
            try:
                await _copy(request, file)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path


async def _copy(request: Request, file: IO[bytes]) -> None:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BYTES:
            largest_mb = LARGEST_BYTES >> 20
            raise _Refused(413, f"This file is larger than {largest_mb} MB: cut out the call, or save it as FLAC.")
        await run_in_threadpool(file.write, piece)
    if size == 0:
        raise _Refused(400, "This file is empty. Choose the recording again.")


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
