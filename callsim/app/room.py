"""A training room: the app for other computers, where everybody signs in.

Whoever asks comes past here first. The Host is checked and the Origin, as on one machine; the cookie says who asks,
and without one that holds there is the page to sign in and nothing else. What somebody who is in may see, `rules` say.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callsim.app.forms import way
from callsim.app.guard import HEADERS, WRONG_ORIGIN, Refusal, comes_from_elsewhere, is_public, with_headers
from callsim.app.pages import Pages
from callsim.app.throttle import Throttle, plain_address, without_port
from callsim.app.visitor import KEY, NOBODY, Visitor
from callsim.errors import MachineError
from callsim.library.accounts import Account, digest, signed_in
from callsim.library.shelf import Library
from callsim.timeline import Ms

# The prefix keeps others of the same domain, and pages without TLS, from setting it.
COOKIE = "__Host-callsim"
SIGN_IN = "/sign-in"
# Where the guard leaves the address somebody asks from, and what is kept of their token.
ADDRESS, TOKEN = "callsim.address", "callsim.token"
# A year, in which a browser asks for nothing here without TLS.
_LOCKED_DOWN = {**HEADERS, "Strict-Transport-Security": "max-age=31536000"}
# An open socket is told no more than this long after its owner has signed out.
_LOOKED_AT_EVERY_S = 5.0
_SAFE = ("GET", "HEAD")
_PAST_THE_PROXY: Refusal = (403, "This address is for the proxy alone")
_NO_ADDRESS: Refusal = (400, "The proxy did not say in X-Forwarded-For from which IP address this comes")
_NOT_IN: Refusal = (401, "Sign in first")


def now_ms() -> Ms:
    """The moment in ms since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """Where a training room is reached (`https://…`), past which proxy if any, and who may come in."""

    shelf: Library
    origin: str
    proxy: str | None = None
    now_ms: Callable[[], Ms] = now_ms
    throttle: Throttle = field(default_factory=lambda: Throttle(time.monotonic))

    @property
    def host(self) -> str:
        """What browsers name as the Host."""
        return self.origin.removeprefix("https://")


class RoomGuard:
    """ASGI middleware around everything in a training room."""

    def __init__(self, app: ASGIApp, room: Room, pages: Pages) -> None:
        self.app, self._room, self._pages = app, room, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through as somebody, lead to the page to sign in, or refuse."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = _unkept(with_headers(send, _LOCKED_DOWN), scope)
        if stopped := await self._stop(scope, Headers(scope=scope)):
            await _answer(stopped, scope, receive, send)
            return
        await self.app(scope, receive, self._while_in(scope, send) if scope["type"] == "websocket" else send)

    async def _stop(self, scope: Scope, headers: Headers) -> Response | None:
        """What those are answered who come no further; of others it is noted who they are."""
        if refusal := self._wrong_place(scope, headers):
            return self._pages.stay_out(*refusal)
        token = _token(headers)
        scope[KEY], scope[ADDRESS], scope[TOKEN] = NOBODY, self._address(scope, headers), digest(token)
        try:
            account = await self._of(token)
        except MachineError:
            return self._pages.stay_out(503, "Nobody can be let in just now")
        if account is not None:
            scope[KEY] = Visitor(account.name, account.role)
        elif not (is_public(scope) or scope["path"] == SIGN_IN):
            return self._leads_in(scope, headers)
        return None

    def _wrong_place(self, scope: Scope, headers: Headers) -> Refusal | None:
        if self._room.proxy is not None:
            if plain_address(_peer(scope)) != plain_address(self._room.proxy):
                return _PAST_THE_PROXY
            if not _is_address(self._address(scope, headers)):
                return _NO_ADDRESS
        if headers.getlist("host") != [self._room.host]:
            return 421, f"This page is at {self._room.origin} only"
        return WRONG_ORIGIN if comes_from_elsewhere(scope, headers, self._room.origin) else None

    def _address(self, scope: Scope, headers: Headers) -> str:
        """Of what a proxy forwards only the last is its own word; what stands before it, anybody may have written."""
        if self._room.proxy is None:
            return _peer(scope)
        forwarded = ",".join(headers.getlist("x-forwarded-for")).split(",")[-1].strip()
        return without_port(forwarded) if forwarded else _peer(scope)

    async def _of(self, token: str) -> Account | None:
        if not token:
            return None
        return await run_in_threadpool(signed_in, self._room.shelf, token, self._room.now_ms())

    def _leads_in(self, scope: Scope, headers: Headers) -> Response:
        """To the page to sign in; from a link in a letter first to the same page, since then the cookie comes along."""
        if scope["type"] == "websocket" or scope["method"] not in _SAFE:
            return self._pages.stay_out(*_NOT_IN)
        query = scope["query_string"].decode("latin-1")
        wanted = way(quote(scope["path"]) + (f"?{query}" if query else ""))
        if headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return self._pages.enter(wanted)
        return RedirectResponse(SIGN_IN if wanted == "/" else f"{SIGN_IN}?to={quote(wanted, safe='')}", 303)

    def _while_in(self, scope: Scope, send: Send) -> Send:
        """Tells a page no more once its owner is not signed in any more."""
        looked_s, token = time.monotonic(), _token(Headers(scope=scope))

        async def sending(message: Message) -> None:
            nonlocal looked_s
            if message["type"] == "websocket.send" and time.monotonic() - looked_s > _LOOKED_AT_EVERY_S:
                looked_s = time.monotonic()
                if await self._of(token) is None:
                    message = {"type": "websocket.close", "code": 1008}
            await send(message)

        return sending


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await response(scope, receive, send)


def _token(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _unkept(send: Send, scope: Scope) -> Send:
    """Several people use a computer of a training room one after another: its browser keeps nothing of any of them."""
    if is_public(scope):
        return send
    return with_headers(send, {"Cache-Control": "no-store"}, instead=True)
