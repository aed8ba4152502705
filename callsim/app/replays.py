"""The pages after a call: all sessions, one of them to hear again, its sound, its report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callsim.app.desk import Desk
from callsim.app.listing import found
from callsim.app.pages import Pages, nav, packed
from callsim.app.past import Past, seen_by, titles
from callsim.app.reviewing import attachment, review_of
from callsim.app.sound import FileBytes, WavBytes, in_ranges
from callsim.app.visitor import Visitor, visitor
from callsim.errors import MachineError
from callsim.library.cards import kept_card
from callsim.library.reading import folded
from callsim.library.reviewed import Review
from callsim.report.coached import Coached, coached
from callsim.report.page import Tools, replay_page, report_file
from callsim.report.replay import Replay, replay_of, with_review
from callsim.report.takes import Take, takes_of
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import OPEN_SOUND, SCORECARD, Session
from callsim.sessions.opus import opus_of

# A replay of half an hour is some 2 MB in memory, and takes a second to make.
_KEPT = 8
# A call writes its sound many times a second; one that broke off writes no more.
_WRITTEN_WITHIN_S = 15.0
_GOES_ON = "This call still goes on, or ended this moment. Come back when it is over: then it is scored."


@dataclass(frozen=True, slots=True)
class Replays:
    """Everything under /sessions."""

    sessions: Path
    scripts: Mapping[str, Path]
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
        """The list, as narrow as a query wants it; without the library all there are."""
        who, query = visitor(request), dict(request.query_params)
        try:
            narrow = await run_in_threadpool(found, self.sessions, who, query)
        except MachineError as wrong:
            past = await run_in_threadpool(seen_by, who, self.sessions)
            return self.pages.page(request, "sessions.html", found=None, past=[*past.values()], says=str(wrong))
        return self.pages.page(request, "sessions.html", found=narrow, query=query, titles=titles(self.scripts))

    async def one(self, request: Request) -> Response:
        """The call to hear again; while it goes on that call, and without a scorecard how far its scoring has come."""
        past = await run_in_threadpool(self._past, request)
        folder = self.sessions / past.name
        if self.desk.is_under_way(past.name):
            return RedirectResponse("/call", 303)
        if past.about.forgotten is not None:
            return await self._figures(request, past)
        if not await run_in_threadpool(_has_card, folder):
            if await run_in_threadpool(_goes_on, folder):
                raise HTTPException(409, _GOES_ON)
            self.desk.score(past.name)
            return self.pages.page(request, "scoring.html", 202, past=past)
        replay = await run_in_threadpool(self._replay, folder, visitor(request))
        here = f"/sessions/{past.name}"
        tools = self._tools(here, visitor(request)) if replay.coach else None
        page = partial(
            replay_page, replay, sound_url=f"{here}/sound", data_url=f"{here}/replay.json", here=here, tools=tools,
            report_url=f"{here}/report.html", takes_url="/sessions/", nav=nav(request),
        )  # fmt: skip
        return packed(request, await run_in_threadpool(page))

    async def _figures(self, request: Request, past: Past) -> Response:
        """What is kept of a call whose sound and words were removed."""
        card = await run_in_threadpool(kept_card, self.sessions / past.name)
        review = await run_in_threadpool(review_of, self.sessions, past.name)
        coach = coached(card, review or Review()) if card else Coached.nothing()
        return self.pages.page(request, "figures.html", past=past, card=card, coach=coach)

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
        headers = {"Content-Disposition": attachment(f"{session.folder.name}.html")}
        return Response(html, headers=headers, media_type="text/html")

    def _past(self, request: Request) -> Past:
        """The session of the address, which is one of those that are there, or nothing."""
        past = seen_by(visitor(request), self.sessions).get(request.path_params["name"])
        if past is None:
            raise HTTPException(404, "There is no such session here.")
        return past

    def _kept(self, request: Request) -> Past:
        """The same, if there is still something to hear and to read of it."""
        past = self._past(request)
        if past.about.forgotten is not None:
            raise HTTPException(410, "The sound and the words of this call were removed.")
        return past

    def _session(self, request: Request) -> Session:
        return Session.read(self.sessions / self._kept(request).name)

    def _scored(self, request: Request) -> Replay:
        folder = self.sessions / self._kept(request).name
        if not _has_card(folder):
            raise HTTPException(404, "This session has not been scored yet.")
        return self._replay(folder, visitor(request))

    def _tools(self, here: str, who: Visitor) -> Tools | None:
        if not who.coaches:
            return None
        today = datetime.now().astimezone().date().isoformat()
        return Tools(here, who.name, not who.in_a_room, titles(self.scripts), today)

    def _replay(self, folder: Path, who: Visitor) -> Replay:
        replay, card = _replay(folder, (folder / SCORECARD).stat().st_mtime_ns)
        if (review := review_of(self.sessions, folder.name)) is not None:
            replay = with_review(replay, card, review)
        takes = takes_of(self.sessions, replay.script)
        if who.in_a_room:
            seen = seen_by(who, self.sessions)
            whose = folded(seen[folder.name].about.trainee)
            takes = tuple(take for take in takes if _whose(seen, take) == whose)
        return replay.model_copy(update={"takes": takes})


def _whose(seen: Mapping[str, Past], take: Take) -> str | None:
    return folded(seen[take.folder].about.trainee) if take.folder in seen else None


def _has_card(folder: Path) -> bool:
    """Whether there is a scorecard that this version can show."""
    return kept_card(folder) is not None


def _goes_on(folder: Path) -> bool:
    """Whether some process, which need not be one of ours, still writes the sound of this call."""
    try:
        written_s = (folder / OPEN_SOUND).stat().st_mtime
    except OSError:
        return False
    # A clock that was set back must not keep a call from being scored for good.
    return abs(time.time() - written_s) < _WRITTEN_WITHIN_S


def _card(folder: Path) -> Scorecard:
    return Scorecard.model_validate_json((folder / SCORECARD).read_bytes())


@lru_cache(maxsize=_KEPT)
def _replay(folder: Path, _: int) -> tuple[Replay, Scorecard]:
    card = _card(folder)
    return replay_of(Session.read(folder), card), card
