"""Who may talk to the app: only a browser that was given this launch's token, only under this machine's own name.

Every request and every WebSocket passes here first. The Host is checked against a page that points its own name at
127.0.0.1, the Origin against a page that sends a form or opens a WebSocket from elsewhere, the cookie against everybody
else on this machine.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost")
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(), camera=(), geolocation=()",
}
_USUAL_PORT = 80
_SAFE = ("GET", "HEAD")

Refusal = tuple[int, str]
_WRONG_HOST: Refusal = (421, "This page is at 127.0.0.1 only")
WRONG_ORIGIN: Refusal = (403, "This came from another page, so it was not done")
_NO_TOKEN: Refusal = (403, "Open callsim from the terminal")


class Door(Protocol):
    """What the guard shows."""

    def refuse(self, status: int, says: str) -> Response:
        """A page for those who stay out."""

    def enter(self) -> Response:
        """A page that leads in."""


class Guard:
    """ASGI middleware around everything. The address with the right token needs no cookie: its answer sets one."""

    def __init__(self, app: ASGIApp, token: str, port: int, door: Door) -> None:
        self._app, self._token, self._door = app, token, door
        # Browsers leave out the port that is usual for a page.
        self._hosts = {name if port == _USUAL_PORT else f"{name}:{port}" for name in NAMES}
        # Browsers tell cookies apart by name and host but not by port, and two apps may run side by side.
        self._cookie = f"callsim-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, let in, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = with_headers(send, HEADERS)
        if refusal := self._wrong_place(scope, headers):
            await self._refuse(refusal, scope, receive, send)
        elif self._may_enter(scope):
            response = self._door.enter()
            response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
            await response(scope, receive, send)
        elif not (is_public(scope) or self._is_known(headers)):
            await self._refuse(_NO_TOKEN, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wrong_place(self, scope: Scope, headers: Headers) -> Refusal | None:
        host = headers.get("host", "")
        if host not in self._hosts or len(headers.getlist("host")) > 1:
            return _WRONG_HOST
        return WRONG_ORIGIN if comes_from_elsewhere(scope, headers, f"http://{host}") else None

    def _may_enter(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            return False
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(tokens) == 1 and _same(tokens[0], self._token)

    def _is_known(self, headers: Headers) -> bool:
        return _same(cookie_parser(headers.get("cookie", "")).get(self._cookie, ""), self._token)

    async def _refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._door.refuse(*refusal)(scope, receive, send)


def _same(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def comes_from_elsewhere(scope: Scope, headers: Headers, own: str) -> bool:
    """Whether a page of another origin than ours asks for something to be done, or reads with a script."""
    origin = headers.get("origin")
    changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
    return (changes or origin is not None) and origin != own


def is_public(scope: Scope) -> bool:
    """The looks, which the page for those who stay out has too; there is nothing of the trainee in them."""
    return scope["type"] == "http" and str(scope["path"]).startswith("/static/")


def with_headers(send: Send, more: Mapping[str, str], *, instead: bool = False) -> Send:
    """Answers with these headers too: in place of others of that name, or only where there are none."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in more.items():
                headers[name] = value if instead else headers.get(name, value)
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return sending
