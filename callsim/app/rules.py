"""Who may see what in a training room: one rule for each address, in one place. An address without a rule is refused.

A trainee sees what is for everybody and what is their own; a coach sees all. Each reading of what somebody said, as
sound or as words, is noted before the first byte of it goes out; where it cannot be noted, nothing goes out. One line
is written for each answer; of sound, which browsers fetch in pieces, one line an hour for each sign-in and session.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callsim.app.room import TOKEN, Room
from callsim.app.visitor import KEY, Visitor
from callsim.errors import MachineError, SessionError
from callsim.library.audit import Read, note_reads
from callsim.sessions.folder import About, read_about
from callsim.timeline import Ms

Who: TypeAlias = Literal["everybody", "signed in", "coach", "own session", "own work", "own trainee", "nobody"]
NOT_HERE = (
    "Calls are taken at the computer with the headset, where callsim itself runs, and not through this page. Here you "
    "hear them again, read what was noted, and see how it goes."
)
_NOT_NOTED = "This cannot be shown just now, since it cannot be noted that it is read. Try it again later."
_SOUND = "sound"
_NOTED_EVERY_MS: Ms = 3_600_000
# No more are remembered; what is forgotten is noted once more.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may ask, and which words of a session the answer holds (None: none)."""

    who: Who
    reads: str | None = None


_IN, _COACH, _NOBODY = Rule("signed in"), Rule("coach"), Rule("nobody")
RULES: dict[str, Rule] = {
    "* /static/look": Rule("everybody"),
    "* /static/app": Rule("everybody"),
    "GET /sign-in": Rule("everybody"),
    "POST /sign-in": Rule("everybody"),
    "POST /sign-out": _IN,
    "GET /": _IN,
    "GET /calls/{script}": _IN,
    "POST /calls/{script}": _NOBODY,
    "GET /call": _NOBODY,
    "GET /headset": _NOBODY,
    "POST /headset": _NOBODY,
    "GET /recordings": _IN,
    "POST /recordings": _IN,
    "GET /sessions": _IN,
    "GET /sessions/{name}": Rule("own session", "replay"),
    "GET /sessions/{name}/sound.opus": Rule("own session", _SOUND),
    "GET /sessions/{name}/sound.wav": Rule("own session", _SOUND),
    "GET /sessions/{name}/replay.json": Rule("own session", "replay.json"),
    "GET /sessions/{name}/report.html": Rule("own session", "report"),
    "GET /sessions/{name}/clips/{id}.opus": Rule("own session", "clip"),
    "POST /sessions/{name}/notes": _COACH,
    "POST /sessions/{name}/overrules": _COACH,
    "POST /sessions/{name}/reviewed": _COACH,
    "POST /sessions/{name}/clips": _COACH,
    "POST /sessions/{name}/follow-ups": _COACH,
    "POST /follow-ups": _COACH,
    "GET /trends": _IN,
    "GET /trends/{trainee:path}": Rule("own trainee"),
    "GET /export/{file}": _COACH,
    "GET /calibration": _COACH,
    "GET /rubric": _COACH,
    "POST /rubric": _COACH,
    "GET /rubric/{rubric}": _COACH,
    "POST /rubric/{rubric}": _COACH,
    "POST /rubric/{rubric}/what-if": _COACH,
    "POST /rubric/{rubric}/apply": _COACH,
    "POST /rubric/{rubric}/stop": _COACH,
    "SOCKET /live/{what:path}": Rule("own work"),
}


def ruled(routes: Iterable[BaseRoute], room: Room, sessions: Path) -> None:
    """Put every address under its rule."""
    notes = _Notes(room)
    for route in routes:
        if not isinstance(route, Route | WebSocketRoute | Mount):
            raise AssertionError("this kind of address cannot be put under a rule")
        route.app = _Ruled(route.app, keys_of(route), sessions, notes)


def keys_of(route: BaseRoute) -> dict[str, str]:
    """An address as `RULES` has it, by method."""
    if isinstance(route, WebSocketRoute):
        return {"SOCKET": f"SOCKET {route.path}"}
    if isinstance(route, Mount):
        return {"*": f"* {route.path}"}
    if isinstance(route, Route):
        return {method: f"{'GET' if method == 'HEAD' else method} {route.path}" for method in route.methods or ()}
    return {}


class _Ruled:
    """An address under its rule."""

    def __init__(self, app: ASGIApp, keys: dict[str, str], sessions: Path, notes: _Notes) -> None:
        self._app, self._sessions, self._notes = app, sessions, notes
        self._rules = {method: RULES.get(key, _NOBODY) for method, key in keys.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what the rule allows."""
        method = "SOCKET" if scope["type"] == "websocket" else str(scope["method"])
        rule = self._rules.get("*") or self._rules.get(method, _NOBODY)
        try:
            about = await run_in_threadpool(self._checked, rule, scope)
        except HTTPException:
            if scope["type"] != "websocket":
                raise
            await send({"type": "websocket.close", "code": 1008})
            return
        if rule.reads is not None and about is not None:
            send = self._notes.before(send, scope, about, rule.reads)
        try:
            await self._app(scope, receive, send)
        except _NotNotedError:
            raise HTTPException(503, _NOT_NOTED) from None

    def _checked(self, rule: Rule, scope: Scope) -> About | None:
        """Raises HTTPException; what is somebody else's is answered like what is not there."""
        who, of = scope.get(KEY), scope.get("path_params", {})
        if rule.who == "everybody":
            return None
        if not isinstance(who, Visitor) or who.role == "nobody" or rule.who == "nobody":
            raise HTTPException(403, NOT_HERE)
        if rule.who == "coach" and not who.coaches:
            raise HTTPException(403, "This page is for coaches.")
        if rule.who == "own trainee" and not who.may_see(of["trainee"]):
            raise HTTPException(404)
        if rule.who == "own work":
            return self._of_work(who, of["what"])
        return self._session(who, of["name"]) if rule.who == "own session" else None

    def _of_work(self, who: Visitor, what: str) -> About | None:
        """Of a scoring it is the session's; whose recording is read, its own page knows."""
        kind, _, name = what.partition("/")
        if kind == "score":
            return self._session(who, name)
        if what != "recording" and not (what == "rubric" and who.coaches):
            raise HTTPException(403, NOT_HERE)
        return None

    def _session(self, who: Visitor, name: str) -> About:
        about = about_of(self._sessions, name)
        if about is None or not who.may_see(about.trainee):
            raise HTTPException(404)
        return about


def about_of(sessions: Path, name: str) -> About | None:
    """What the session of that name was; None where there is none, or only a link to somewhere else."""
    folder = sessions / name
    try:
        if Path(name).name != name or folder.is_symlink():
            return None
        return read_about(folder)
    except (SessionError, ValueError, OSError):
        return None


class _NotNotedError(Exception):
    """An answer must not begin; no handler of the address itself knows of it."""


class _Notes:
    """Writes down who reads whom."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._noted: OrderedDict[tuple[str, str], Ms] = OrderedDict()

    def before(self, send: Send, scope: Scope, about: About, what: str) -> Send:
        """Notes the reading when the answer begins, unless it holds nothing."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 206):
                await self._note(scope, about, what)
            await send(message)

        return sending

    async def _note(self, scope: Scope, about: About, what: str) -> None:
        session, now_ms = scope["path_params"]["name"], self._room.now_ms()
        key = (scope[TOKEN], session)
        if what == _SOUND and now_ms - self._noted.get(key, -_NOTED_EVERY_MS) < _NOTED_EVERY_MS:
            return
        at = datetime.fromtimestamp(now_ms / 1000).astimezone().isoformat(timespec="seconds")
        read = Read(at, scope[KEY].name, session, about.trainee, what)
        try:
            await run_in_threadpool(note_reads, self._room.shelf, read)
        except MachineError:
            raise _NotNotedError from None
        if what == _SOUND:
            self._noted[key] = now_ms
            while len(self._noted) > _MOST:
                self._noted.popitem(last=False)
