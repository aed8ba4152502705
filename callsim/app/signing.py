"""The page to sign in, and the way out."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callsim.app.forms import form, way
from callsim.app.pages import Pages
from callsim.app.room import ADDRESS, COOKIE, SIGN_IN, Room
from callsim.app.visitor import visitor
from callsim.library.accounts import ABSOLUTE_MS, IDLE_MS, Account, sign_in, sign_out, with_password

# Each takes 64 MiB and a tenth of a second of all cores; more at once would gain nobody anything.
_HASHED_AT_ONCE = 2
_WAITING = 20
_TYPED_WITHIN_S = 20.0
_WRONG = "This name and this password do not belong together. Try again."


@dataclass(slots=True)
class Signing:
    """The addresses for coming in and going out."""

    room: Room
    pages: Pages
    _hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_HASHED_AT_ONCE))
    _waiting: int = 0

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route(SIGN_IN, self.page, methods=["GET"]),
            Route(SIGN_IN, self.come_in, methods=["POST"]),
            Route("/sign-out", self.go_out, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Where name and password are typed."""
        to = way(request.query_params.get("to", "/"))
        if visitor(request).role != "nobody":
            return RedirectResponse(to, 303)
        return self._page(request, 200, to=to)

    async def come_in(self, request: Request) -> Response:
        """Look whether they are right; who has tried too often waits, whether or not there is such an account."""
        try:
            async with asyncio.timeout(_TYPED_WITHIN_S):
                given = await form(request)
        except TimeoutError:
            raise HTTPException(408, "This took too long. Try it again.") from None
        name, password, to = given.get("name", ""), given.get("password", ""), way(given.get("to", "/"))
        address, throttle = request.scope[ADDRESS], self.room.throttle
        if wait_s := math.ceil(throttle.wait_s(name, address)):
            says = f"Too many tries. Wait {_in_words(wait_s)}, then try again."
            return self._page(request, 429, to=to, name=name, says=says, headers={"Retry-After": str(wait_s)})
        began_s = throttle.begin(name, address)
        account = await self._account(name, password)
        if account is None:
            return self._page(request, 401, to=to, name=name, says=_WRONG)
        throttle.succeed(name, address, began_s)
        token = await run_in_threadpool(sign_in, self.room.shelf, account, self.room.now_ms())
        response = RedirectResponse(to, 303)
        response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")
        return response

    async def go_out(self, request: Request) -> Response:
        """End it, here and wherever else this person is signed in."""
        await run_in_threadpool(sign_out, self.room.shelf, visitor(request).name)
        response = RedirectResponse(SIGN_IN, 303)
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
        return response

    async def _account(self, name: str, password: str) -> Account | None:
        if self._waiting >= _WAITING:
            raise HTTPException(503, "Many people sign in just now. Try it again in a moment.")
        self._waiting += 1
        try:
            async with self._hashing:
                return await run_in_threadpool(with_password, self.room.shelf, name, password)
        finally:
            self._waiting -= 1

    def _page(
        self, request: Request, status: int, *, to: str, name: str = "", says: str = "",
        headers: dict[str, str] | None = None,
    ) -> Response:  # fmt: skip
        hours = {"idle": _hours(IDLE_MS), "absolute": _hours(ABSOLUTE_MS)}
        page = self.pages.page(request, "sign_in.html", status, to=to, name=name, says=says, **hours)
        page.headers.update(headers or {})
        return page


def _hours(duration_ms: int) -> str:
    hours = duration_ms // 3_600_000
    return "an hour" if hours == 1 else f"{hours} hours"


def _in_words(wait_s: int) -> str:
    return f"{wait_s} second{'' if wait_s == 1 else 's'}" if wait_s < 120 else f"{math.ceil(wait_s / 60)} minutes"
