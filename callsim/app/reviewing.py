"""What a coach does on the page of a session, each by a form; the trainee reads it there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callsim.app.forms import form
from callsim.app.past import seen_by
from callsim.app.shelves import shelf_of
from callsim.app.visitor import Visitor, visitor
from callsim.cli.shelving import there_is_a_library
from callsim.errors import InputError, MachineError
from callsim.library.reading import moment_ms
from callsim.library.reviewed import FollowUp, Review
from callsim.sessions.clips import cut
from callsim.sessions.folder import read_about

if TYPE_CHECKING:
    from callsim.library.search import Listed

_DONE = 3
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The addresses under a session that change what coaches said of it."""

    sessions: Path

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        one = "/sessions/{name}"
        return [
            Route(f"{one}/notes", self.posted(self._note), methods=["POST"]),
            Route(f"{one}/overrules", self.posted(self._overrule), methods=["POST"]),
            Route(f"{one}/reviewed", self.posted(self._reviewed), methods=["POST"]),
            Route(f"{one}/clips", self.posted(self._clip), methods=["POST"]),
            Route(f"{one}/follow-ups", self.posted(self._follow_up), methods=["POST"]),
            Route(f"{one}/clips/{{id}}.opus", self.clip_file),
            Route("/follow-ups", self.ask_no_more, methods=["POST"]),
        ]

    def posted(self, does: Callable[[str, Visitor, Fields], None]) -> Callable[[Request], Awaitable[Response]]:
        """A form that only coaches may send; it leads back to the session."""

        async def answer(request: Request) -> Response:
            name, who = await run_in_threadpool(self._session, request), visitor(request)
            if not who.coaches:
                raise HTTPException(403, "This is for coaches.")
            await run_in_threadpool(does, name, who, await form(request))
            return RedirectResponse(request.url.path.rsplit("/", 1)[0], 303)

        return answer

    async def ask_no_more(self, request: Request) -> Response:
        """Take back a follow-up, on the first page."""
        who = visitor(request)
        if not who.coaches:
            raise HTTPException(403, "This is for coaches.")
        sent = await form(request)
        await run_in_threadpool(self._ask_no_more, who, sent.get("take_back", ""))
        return RedirectResponse("/", 303)

    async def clip_file(self, request: Request) -> Response:
        """A clip as an Opus file to keep or to send."""
        name = await run_in_threadpool(self._session, request)
        content = await run_in_threadpool(self._clip_bytes, name, request.path_params["id"])
        headers = {"Content-Disposition": attachment(f"{name}-{request.path_params['id'][:8]}.ogg")}
        return Response(content, headers=headers, media_type="audio/ogg")

    def _session(self, request: Request) -> str:
        """The session of the address, if it is theirs to see."""
        name: str = request.path_params["name"]
        if name not in seen_by(visitor(request), self.sessions):
            raise HTTPException(404, "There is no such session here.")
        return name

    def _note(self, name: str, who: Visitor, sent: Fields) -> None:
        on = sent.get("on", "whole")
        with shelf_of(self.sessions) as shelf:
            from callsim.library.review import Reviews  # noqa: PLC0415 - needs the extra

            if taken := sent.get("take_back"):
                Reviews(shelf).take_back_note(taken, by=_own(who))
                return
            at_ms = _whole(sent, "at_ms") if on == "moment" else None
            check = None if on in ("moment", "whole") else on
            Reviews(shelf).note(name, sent.get("text", ""), by=who.name, now=_now(), at_ms=at_ms, check=check)

    def _overrule(self, name: str, who: Visitor, sent: Fields) -> None:
        check = sent.get("check", "")
        with shelf_of(self.sessions) as shelf:
            from callsim.library.review import Reviews  # noqa: PLC0415

            if "take_back" in sent:
                Reviews(shelf).take_back_overrule(name, check, by=who.name)
            else:
                points, why = _number(sent, "points"), sent.get("reason", "")
                Reviews(shelf).overrule(name, check, points, why, by=who.name, now=_now())

    def _reviewed(self, name: str, who: Visitor, sent: Fields) -> None:
        with shelf_of(self.sessions) as shelf:
            from callsim.library.review import Reviews  # noqa: PLC0415

            if "take_back" in sent:
                Reviews(shelf).not_reviewed(name, by=who.name)
            else:
                Reviews(shelf).reviewed(name, by=who.name, now=_now())

    def _clip(self, name: str, who: Visitor, sent: Fields) -> None:
        with shelf_of(self.sessions) as shelf:
            from callsim.library.review import Reviews  # noqa: PLC0415

            if taken := sent.get("take_back"):
                Reviews(shelf).take_back_clip(taken, by=_own(who))
                return
            start_ms, end_ms = _whole(sent, "start_ms"), _whole(sent, "end_ms")
            Reviews(shelf).clip(name, start_ms, end_ms, sent.get("title", ""), by=who.name, now=_now())

    def _follow_up(self, name: str, who: Visitor, sent: Fields) -> None:
        with shelf_of(self.sessions) as shelf:
            from callsim.library.follow_ups import follow_up  # noqa: PLC0415

            trainee, script = read_about(self.sessions / name).trainee, sent.get("script", "")
            due, text = _day(sent.get("due", "")), sent.get("text", "")
            follow_up(shelf, trainee, script, by=who.name, now=_now(), due=due, text=text, session=name)

    def _ask_no_more(self, who: Visitor, id: str) -> None:
        with shelf_of(self.sessions) as shelf:
            from callsim.library.follow_ups import take_back_follow_up  # noqa: PLC0415

            take_back_follow_up(shelf, id, _own(who))

    def _clip_bytes(self, name: str, id: str) -> bytes:
        with shelf_of(self.sessions) as shelf:
            from callsim.library.review import Reviews  # noqa: PLC0415

            reviews = Reviews(shelf)
            clip = next((one for one in reviews.of(name).clips if one.id == id), None)
            if clip is None:
                raise HTTPException(404, "There is no such clip here.")
            sound = reviews.sound(name)
        with TemporaryDirectory() as scratch:
            file = Path(scratch) / "clip.ogg"
            cut(sound, clip.start_ms, clip.end_ms, file)
            return file.read_bytes()


def attachment(file_name: str) -> str:
    """The Content-Disposition of a file to keep, whose name may have any letters (RFC 6266, appendix D)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='', errors='replace')}"


def review_of(sessions: Path, name: str) -> Review | None:
    """What coaches said of a session; None without the library, or where that cannot be opened just now."""
    if not there_is_a_library():
        return None
    from callsim.library.review import Reviews  # noqa: PLC0415

    try:
        with shelf_of(sessions) as shelf:
            return Reviews(shelf).of(name)
    except MachineError:
        return None


def for_home(sessions: Path, who: Visitor, recent: int) -> tuple[list[FollowUp], list[Listed] | None]:
    """What somebody, or for a coach everybody, is asked to do; and the latest sessions as the library lists them.

    Nothing, and None, without the library.
    """
    if not there_is_a_library():
        return [], None
    from callsim.library.follow_ups import follow_ups  # noqa: PLC0415
    from callsim.library.search import Wanted  # noqa: PLC0415

    whose = None if who.coaches else who.name
    try:
        with shelf_of(sessions) as shelf:
            shelf.refresh(lambda *_: None)
            return _shown(follow_ups(shelf, whose)), shelf.find(Wanted(trainee=whose, limit=recent))[0]
    except MachineError:
        return [], None


def _shown(asked: list[FollowUp]) -> list[FollowUp]:
    """All that is open, and what was done last."""
    done = sorted((one for one in asked if one.done), key=lambda one: moment_ms(one.written), reverse=True)
    return [one for one in asked if not one.done] + done[:_DONE]


def _own(who: Visitor) -> str | None:
    """Whose words somebody may take back; on one machine everybody's."""
    return who.name if who.in_a_room else None


def _now() -> datetime:
    return datetime.now().astimezone()


def _whole(sent: Fields, name: str) -> int:
    return round(_number(sent, name))


def _number(sent: Fields, name: str) -> float:
    try:
        number = float(sent.get(name, "").replace(",", "."))
    except ValueError:
        number = float("nan")
    if not -1e12 < number < 1e12:
        raise InputError("A number is missing or none: go back and write it again")
    return number


def _day(sent: str) -> date | None:
    try:
        return date.fromisoformat(sent) if sent else None
    except ValueError:
        raise InputError("That is no day: go back and choose it again") from None
