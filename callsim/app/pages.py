"""The app's pages: templates filled with what is to be seen, compressed where the browser can."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from callsim.app.visitor import visitor
from callsim.report.names import ACTS, MARKS, check_name
from callsim.report.page import Link, environment

STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = {
    "/": "Calls", "/sessions": "Sessions", "/trends": "Trends", "/headset": "Headset", "/recordings": "Recordings"
}  # fmt: skip
_FOR_COACHES = {"/calibration": "Calibration", "/rubric": "Rubric"}
_MARKS = {str(kind): names[0] for kind, names in MARKS.items()}
_WORTH_PACKING_BYTES = 1_000


class Pages:
    """Fills templates; those of the app stand on the report's `base.html`."""

    def __init__(self) -> None:
        self._templates = environment(_TEMPLATES)
        self._templates.filters |= {"when": when, "date": short_day, "pairs": pairs, "titled": titled, "marked": marked}
        self._templates.filters["check_name"] = check_name

    def page(self, request: Request, template: str, status: int = 200, **seen: object) -> Response:
        """A template with what it shows."""
        return packed(request, self._html(template, nav=nav(request), who=visitor(request), **seen), status)

    def refuse(self, status: int, says: str) -> Response:
        """See `guard.Door`."""
        return _html(self._html("refused.html", nav=(), says=says), status)

    def stay_out(self, status: int, says: str) -> Response:
        """What a training room tells those who stay out."""
        return _html(self._html("outside.html", nav=(), says=says), status)

    def enter(self, to: str = "/") -> Response:
        """See `guard.Door`. A page that leads on, and no redirect.

        Browsers send a strict cookie along no redirect that began elsewhere, as with a file that they were to open.
        """
        return _html(self._html("enter.html", nav=(), to=to), 200)

    def _html(self, template: str, **seen: object) -> str:
        return self._templates.get_template(template).render(**seen)


def nav(request: Request) -> tuple[Link, ...]:
    """The links at the top of every page; in a training room, where no headset is, the way out too."""
    who, path = visitor(request), request.url.path
    if who.role == "nobody":
        return ()
    pages = {href: name for href, name in _PAGES.items() if not (who.in_a_room and href == "/headset")}
    pages |= _FOR_COACHES if who.coaches else {}
    links = tuple(Link(name, href, current=path == href) for href, name in pages.items())
    return (*links, Link("Sign out", "/sign-out", who=f"{who.name}, {who.role}")) if who.in_a_room else links


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


def when(moment: datetime | str) -> str:
    """A moment in short, as a list has it: 3 Nov, 14:05; with the year where it is another one."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    year = f" {moment:%Y}" if moment.year != datetime.now().astimezone().year else ""
    return f"{moment.day} {moment:%b}{year}, {moment:%H:%M}"


def short_day(day: str) -> str:
    """A day in short: 3 Nov; with the year where it is another one."""
    at = date.fromisoformat(day)
    return f"{at.day} {at:%b}{f' {at:%Y}' if at.year != datetime.now().astimezone().year else ''}"


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names as choices of a form."""
    return [(name, name) for name in names]


def titled(scripts: Iterable[str], titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Call scripts as choices of a form, by what they are called."""
    return sorted(((name, titles.get(name, name)) for name in scripts), key=lambda choice: choice[1].casefold())


def marked(marks: Iterable[str]) -> list[tuple[str, str]]:
    """Marks as choices of a form, in plain words."""
    return [(mark, _MARKS.get(mark) or ACTS.get(mark, mark)) for mark in marks]
