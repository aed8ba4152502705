"""The app: every address, and what is behind it. Made of plain arguments, so that it can be tried without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from callsim.app.calibrating import Calibrating
from callsim.app.desk import Desk
from callsim.app.forms import form
from callsim.app.guard import Guard
from callsim.app.live import follow
from callsim.app.pages import STATIC, Pages
from callsim.app.past import Practice, past_sessions, practices, seen_by, suggested, taken_by, titles
from callsim.app.replays import Replays
from callsim.app.reviewing import Reviewing, for_home
from callsim.app.rubrics import Rubrics
from callsim.app.trends import Trends
from callsim.app.uploads import Uploads
from callsim.app.visitor import Visitor, visitor
from callsim.app.work import Work
from callsim.cli.headset import READ_THIS, remembered
from callsim.errors import CallsimError, InputError
from callsim.picture import Mode
from callsim.report.page import STATIC as LOOK
from callsim.sessions.names import own_name, whose

if TYPE_CHECKING:
    from callsim.app.room import Room

_RECENT = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where the app finds things, and how it may be reached: on this machine by a token, or as a training room."""

    sessions: Path
    scripts: Mapping[str, Path]
    token: str
    port: int
    room: Room | None = None


def application(place: Place, desk: Desk) -> ASGIApp:
    """The whole app, guarded. It ends all work of the desk when it is shut down."""
    pages = Pages()
    rooms, replays = _Rooms(place, desk, pages), Replays(place.sessions, place.scripts, desk, pages)
    uploads = Uploads(place.sessions, desk, pages)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        yield
        await desk.close()

    async def live(socket: WebSocket) -> None:
        await follow(socket, rooms.work(socket.path_params["what"], visitor(socket)), desk)

    async def wrong(request: Request, why: Exception) -> Response:
        return _told_wrong(pages, request, why)

    routes: list[BaseRoute] = [
        Route("/", rooms.home),
        Route("/calls/{script}", rooms.briefing, methods=["GET"]),
        Route("/calls/{script}", rooms.start_call, methods=["POST"]),
        Route("/call", rooms.call),
        Route("/headset", rooms.headset, methods=["GET"]),
        Route("/headset", rooms.start_check, methods=["POST"]),
        Route("/recordings", uploads.page, methods=["GET"]),
        Route("/recordings", uploads.take_in, methods=["POST"]),
        *replays.routes,
        *Reviewing(place.sessions).routes,
        *Calibrating(place.sessions, pages).routes,
        *Rubrics(place.sessions, desk, pages).routes,
        *Trends(place.sessions, place.scripts, pages).routes,
        WebSocketRoute("/live/{what:path}", live),
        Mount("/static/look", GZipMiddleware(StaticFiles(directory=LOOK))),
        Mount("/static/app", GZipMiddleware(StaticFiles(directory=STATIC))),
    ]
    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: wrong, CallsimError: wrong, Exception: wrong
    }  # fmt: skip
    if place.room is None:
        app = Starlette(routes=routes, exception_handlers=handlers, lifespan=life)
        return Guard(app, place.token, place.port, pages)
    # They need the library, which one machine's own practice does not.
    from callsim.app.room import RoomGuard  # noqa: PLC0415
    from callsim.app.rules import ruled  # noqa: PLC0415
    from callsim.app.signing import Signing  # noqa: PLC0415

    routes += Signing(place.room, pages).routes
    ruled(routes, place.room, place.sessions)
    return RoomGuard(Starlette(routes=routes, exception_handlers=handlers, lifespan=life), place.room, pages)


_SAYS = {
    404: "There is no such page here.",
    405: "This cannot be done here.",
}


def _told_wrong(pages: Pages, request: Request, wrong: Exception) -> Response:
    """One sentence; of a mistake of ours no more than that, since its text might hold what was said in a call."""
    if isinstance(wrong, HTTPException):
        if wrong.status_code == 409:
            return pages.page(request, "wrong.html", 409, says=wrong.detail, heading="Not yet")
        says = _SAYS.get(wrong.status_code, wrong.detail)
        return pages.page(request, "wrong.html", wrong.status_code, says=says)
    if isinstance(wrong, CallsimError):
        status = 400 if isinstance(wrong, InputError) else 500
        return pages.page(request, "wrong.html", status, says=f"{str(wrong).rstrip('.')}.")
    return pages.page(request, "wrong.html", 500, says="Something went wrong in callsim. Please report it.")


@dataclass(frozen=True, slots=True)
class _Rooms:
    """The pages before and during a call."""

    place: Place
    desk: Desk
    pages: Pages = field(repr=False)

    def work(self, what: str, who: Visitor) -> Work | None:
        """The work that a page of this name shows to somebody."""
        if what.startswith("score/"):
            return self.desk.scorings.get(what.removeprefix("score/"))
        rescoring = self.desk.rescoring if who.coaches else None
        works = {"headset": self.desk.headset, "recording": self.desk.reading_of(who), "rubric": rescoring}
        return works.get(what)

    async def home(self, request: Request) -> Response:
        """The calls to practise, the next one, the latest sessions."""
        past = await run_in_threadpool(seen_by, visitor(request), self.place.sessions)
        own = taken_by(visitor(request), past.values())
        calls = await run_in_threadpool(practices, self.place.scripts, own)
        next_call, reason = suggested(calls, own)
        asked, listed = await run_in_threadpool(for_home, self.place.sessions, visitor(request), _RECENT)
        return self.pages.page(
            request, "home.html", calls=calls, next_call=next_call, reason=reason, recent=[*past.values()][:_RECENT],
            more=max(0, len(past) - _RECENT), asked=asked, listed=listed, titles=titles(self.place.scripts),
            today=datetime.now().astimezone().date(), on_air=self.desk.on_air, headset=remembered(),
        )  # fmt: skip

    async def briefing(self, request: Request) -> Response:
        """What the trainee may know before the call."""
        practice = await run_in_threadpool(self._practice, request)
        mode = _mode(request.query_params.get("mode", "practice"))
        script = practice.script
        story = [part.say.variants(script.caller.frustration)[0] for part in script.story if mode == "overview"]
        return self.pages.page(
            request, "briefing.html", name=practice.name, script=script, mode=mode, story=story, practice=practice,
            modes=get_args(Mode), headset=remembered(), last_trainee=await run_in_threadpool(self._last_trainee),
        )  # fmt: skip

    def _last_trainee(self) -> str:
        """Whose the last call with this headset was: most often the next one is theirs too."""
        taken = (one.about for one in past_sessions(self.place.sessions).values())
        return next((about.trainee for about in taken if about.mode in get_args(Mode)), own_name())

    def _practice(self, request: Request) -> Practice:
        past, wanted = seen_by(visitor(request), self.place.sessions), request.path_params["script"]
        for practice in practices(self.place.scripts, taken_by(visitor(request), past.values())):
            if practice.name == wanted:
                return practice
        raise HTTPException(404)

    async def start_call(self, request: Request) -> Response:
        """Let it ring; where a call goes on already, show that one."""
        practice = await run_in_threadpool(self._practice, request)
        asked = await form(request)
        mode, trainee = _mode(asked.get("mode", "practice")), whose(asked.get("name"))
        if self.desk.on_air is None and self.desk.call(practice.name, mode, trainee) is None:
            raise HTTPException(409, "The headset is being checked in another window. Wait a moment, then start again.")
        return RedirectResponse("/call", 303)

    async def call(self, request: Request) -> Response:
        """The call that goes on, or the one that ended last."""
        work = self.desk.headset
        if work is None or work.kind != "call":
            return RedirectResponse("/", 303)
        name, mode = work.asked["script"], work.asked["mode"]
        calls = await run_in_threadpool(practices, self.place.scripts, ())
        script = next(one.script for one in calls if one.name == name)
        return self.pages.page(request, "live.html", script=script, mode=mode, name=name)

    async def headset(self, request: Request) -> Response:
        """The check of the headset."""
        work = self.desk.headset
        checking = work is not None and work.kind == "check"
        return self.pages.page(
            request, "headset.html", last=remembered(), checking=checking, read_this=READ_THIS, on_air=self.desk.on_air
        )

    async def start_check(self, request: Request) -> Response:
        """Begin a check, with the devices that were chosen; while one goes on, show that one."""
        chosen = await form(request)
        if self.desk.on_air:
            raise HTTPException(409, "The headset is in use: a call goes on. Hang up first, then check it.")
        self.desk.check(chosen.get("microphone") or None, chosen.get("speaker") or None)
        return RedirectResponse("/headset", 303)


def _mode(name: str) -> Mode:
    if name not in get_args(Mode):
        raise HTTPException(404)
    return cast("Mode", name)
