"""The pages after a call: all sessions, one of them to hear again, its sound, its report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callsim.app.desk import Desk
from callsim.app.pages import Pages, nav, packed
from callsim.app.past import Past, past_sessions
from callsim.app.sound import FileBytes, WavBytes, in_ranges
from callsim.report.page import replay_page, report_file
from callsim.report.replay import Replay, replay_of
from callsim.report.takes import takes_of
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import SCORECARD, Session
from callsim.sessions.opus import opus_of

# A replay of half an hour is some 2 MB in memory, and takes a second to make.
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Replays:
    """Everything under /sessions."""

    sessions: Path
    desk: Desk
    pages: Pages

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        one = "/sessions/{name}"
        return [
            Route("/sessions", self.all),
            Route(one, self.one),
            Route(f"{one}/sound.opus", self.opus),
            Route(f"{one}/sound.wav", self.wav),
            Route(f"{one}/replay.json", self.data),
            Route(f"{one}/report.html", self.report),
        ]

    async def all(self, request: Request) -> Response:
        """The list."""
        past = await run_in_threadpool(past_sessions, self.sessions)
        return self.pages.page(request, "sessions.html", past=[*past.values()])

    async def one(self, request: Request) -> Response:
        """The call to hear again; while it goes on that call, and without a scorecard how far its scoring has come."""
        past = await run_in_threadpool(self._past, request)
        folder = self.sessions / past.name
        if self.desk.is_under_way(past.name):
            return RedirectResponse("/call", 303)
        if not await run_in_threadpool(_has_card, folder):
            self.desk.score(past.name)
            return self.pages.page(request, "scoring.html", past=past)
        replay = await run_in_threadpool(self._replay, folder)
        here = f"/sessions/{past.name}"
        links: dict[str, Any] = {
            "sound_url": f"{here}/sound", "data_url": f"{here}/replay.json", "report_url": f"{here}/report.html",
            "takes_url": "/sessions/",
        }  # fmt: skip
        return packed(request, await run_in_threadpool(replay_page, replay, nav=nav(request.url.path), **links))

    async def opus(self, request: Request) -> Response:
        """The sound as most browsers play it."""
        session = await run_in_threadpool(self._session, request)
        return in_ranges(request, FileBytes(await run_in_threadpool(opus_of, session), "audio/ogg"))

    async def wav(self, request: Request) -> Response:
        """The sound for a browser that plays no Opus."""
        session = await run_in_threadpool(self._session, request)
        return in_ranges(request, await run_in_threadpool(WavBytes, session.sound))

    async def data(self, request: Request) -> Response:
        """The replay as JSON."""
        replay = await run_in_threadpool(self._scored, request)
        return Response(replay.model_dump_json(), media_type="application/json")

    async def report(self, request: Request) -> Response:
        """One file to keep or to send, with everything inside."""
        replay = await run_in_threadpool(self._scored, request)
        session = await run_in_threadpool(self._session, request)
        opus = await run_in_threadpool(opus_of, session)
        html = await run_in_threadpool(lambda: report_file(replay, opus.read_bytes()))
        name = f"{session.folder.name}.html"
        return Response(html, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type="text/html")

    def _past(self, request: Request) -> Past:
        """The session of the address, which is one of those that are there, or nothing."""
        past = past_sessions(self.sessions).get(request.path_params["name"])
        if past is None:
            raise HTTPException(404, "There is no such session here.")
        return past

    def _session(self, request: Request) -> Session:
        return Session.read(self.sessions / self._past(request).name)

    def _scored(self, request: Request) -> Replay:
        folder = self.sessions / self._past(request).name
        if not _has_card(folder):
            raise HTTPException(404, "This session has not been scored yet.")
        return self._replay(folder)

    def _replay(self, folder: Path) -> Replay:
        replay = _replay(folder, (folder / SCORECARD).stat().st_mtime_ns)
        return replay.model_copy(update={"takes": takes_of(self.sessions, replay.script)})


def _has_card(folder: Path) -> bool:
    """Whether there is a scorecard that this version can show."""
    try:
        return _card(folder) is not None
    except (OSError, ValidationError):
        return False


def _card(folder: Path) -> Scorecard:
    return Scorecard.model_validate_json((folder / SCORECARD).read_bytes())


@lru_cache(maxsize=_KEPT)
def _replay(folder: Path, _: int) -> Replay:
    return replay_of(Session.read(folder), _card(folder))
