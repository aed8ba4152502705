"""The app's pages: templates filled with what is to be seen, compressed where the browser can."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from callsim.report.page import Link, environment

STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = {"/": "Calls", "/sessions": "Sessions", "/headset": "Headset", "/recordings": "Recordings"}
_WORTH_PACKING_BYTES = 1_000


class Pages:
    """Fills templates; those of the app stand on the report's `base.html`."""

    def __init__(self) -> None:
        self._templates = environment(_TEMPLATES)
        self._templates.filters["when"] = when

    def page(self, request: Request, template: str, status: int = 200, **seen: object) -> Response:
        """A template with what it shows."""
        return packed(request, self._html(template, nav=nav(request.url.path), **seen), status)

    def refuse(self, status: int, says: str) -> Response:
        """See `guard.Door`."""
        return _html(self._html("refused.html", nav=(), says=says), status)

    def enter(self) -> Response:
        """See `guard.Door`. A page that leads on, and no redirect.

        Browsers send a strict cookie along no redirect that began elsewhere, as with a file that they were to open.
        """
        return _html(self._html("enter.html", nav=()), 200)

    def _html(self, template: str, **seen: object) -> str:
        return self._templates.get_template(template).render(**seen)


def nav(path: str) -> tuple[Link, ...]:
    """The links at the top of every page."""
    return tuple(Link(name, href, current=path == href) for href, name in _PAGES.items())


def packed(request: Request, html: str, status: int = 200) -> Response:
    """A page, compressed where that saves something."""
    response = _html(html, status)
    response.headers["Vary"] = "Accept-Encoding"
    body = html.encode()
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > _WORTH_PACKING_BYTES:
        response.body = gzip.compress(body, 6)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response


def _html(html: str, status: int) -> Response:
    return Response(html, status, {"Cache-Control": "no-store"}, "text/html")


def when(moment: datetime) -> str:
    """A moment in short, as a list has it: 3 Nov, 14:05; with the year where it is another one."""
    year = f" {moment:%Y}" if moment.year != datetime.now().astimezone().year else ""
    return f"{moment.day} {moment:%b}{year}, {moment:%H:%M}"
