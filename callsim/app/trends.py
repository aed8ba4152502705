"""The pages of trends: all trainees for coaches, each trainee's own, and the figures as files for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callsim.app.pages import Pages
from callsim.app.past import practices
from callsim.app.shelves import WITHOUT, shelf_of, there_is_a_library
from callsim.app.visitor import visitor
from callsim.report import progress
from callsim.report.charts import line_chart, spark_line
from callsim.scoring.progress import SCORES, Grouping

if TYPE_CHECKING:
    from callsim.library.exports import Chosen
    from callsim.library.trends import Sought, TeamRow, Trend

QUIET = lambda *_: None  # noqa: E731 - nobody watches a page being made
_SHOWN_AT_FIRST = 6
_LATEST = 10
# Browsers and proxies take these for ways within an address, or for escapes, even when they are escaped.
_NO_PART, _NO_SIGNS = ("", ".", ".."), frozenset("\\%")


@dataclass(frozen=True, slots=True)
class Trends:
    """Everything under /trends and /export."""

    sessions: Path
    scripts: Mapping[str, Path]
    pages: Pages

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/trends", self.all),
            Route("/trends/{trainee:path}", self.one),
            Route("/export/{file}", self.export),
        ]

    async def all(self, request: Request) -> Response:
        """The table of all trainees; a trainee is led to their own page."""
        who = visitor(request)
        if not there_is_a_library():
            return self.pages.page(request, "trends_without.html", says=WITHOUT)
        if (name := request.query_params.get("of")) is not None:
            return await self._one(request, name)
        if not who.coaches:
            return RedirectResponse(address_of(who.name), 303)
        sought = _sought(request)
        rows = await run_in_threadpool(self._team, sought)
        return self.pages.page(
            request, "trends.html", rows=rows, sought=sought, sparks=[spark_line(row.way) for row in rows],
            asked=_asked(request), address_of=address_of, say=progress, filtered=_is_filtered(request),
            switched=_switched(request, "/trends"),
        )  # fmt: skip

    async def one(self, request: Request) -> Response:
        """A trainee's own page."""
        if not there_is_a_library():
            return self.pages.page(request, "trends_without.html", says=WITHOUT)
        return await self._one(request, request.path_params["trainee"])

    async def _one(self, request: Request, name: str) -> Response:
        if not visitor(request).may_see(name):
            raise HTTPException(404, "There is no such page here.")
        by, sought = _grouping(request), _sought(request)
        trend = await run_in_threadpool(self._trend, name, sought, by)
        is_empty = not trend.calls and not _is_filtered(request)
        if is_empty and visitor(request).coaches and not await run_in_threadpool(self._is_asked, name):
            raise HTTPException(404, "Nobody of that name has taken a call here.")
        return self.pages.page(
            request, "trend.html", trend=trend, charts=_charts(trend), say=progress, asked=_asked(request), by=by,
            latest=trend.calls[: -_LATEST - 1 : -1], at_first=_SHOWN_AT_FIRST, here=address_of(trend.trainee),
            filtered=_is_filtered(request), scripts=self.scripts, groupings=get_args(Grouping), scores=SCORES,
            file_query=urlencode({"trainee": trend.trainee}), mine=not visitor(request).coaches,
            switched=_switched(request, address_of(trend.trainee)),
        )  # fmt: skip

    def _team(self, sought: Sought) -> list[TeamRow]:
        from callsim.library.trends import team  # noqa: PLC0415 - needs the extra

        with shelf_of(self.sessions) as shelf:
            shelf.refresh(QUIET)
            return team(shelf, sought)

    def _trend(self, name: str, sought: Sought, by: Grouping | None) -> Trend:
        from callsim.library.trends import trend  # noqa: PLC0415 - needs the extra

        scripts = {one.name: one.script for one in practices(self.scripts, ())}
        with shelf_of(self.sessions) as shelf:
            shelf.refresh(QUIET)
            return trend(shelf, name, sought, scripts, by)

    def _is_asked(self, name: str) -> bool:
        """Whether somebody is to take a call: they stand in the table of all before their first one."""
        from callsim.library.follow_ups import follow_ups  # noqa: PLC0415 - needs the extra

        with shelf_of(self.sessions) as shelf:
            return any(one.done is None for one in follow_ups(shelf, name))

    async def export(self, request: Request) -> Response:
        """A table of sessions, or xAPI statements, for coaches; the same bytes as `callsim export` writes."""
        if not visitor(request).coaches:
            raise HTTPException(403, "This is for coaches.")
        if not there_is_a_library():
            return self.pages.page(request, "trends_without.html", says=WITHOUT)
        from callsim.library.exported import MEDIA_TYPES, kind_of, ready_for  # noqa: PLC0415 - needs the extra

        file = Path(request.path_params["file"])
        kind = kind_of(file.suffix)
        if file.stem != "sessions" or kind is None:
            raise HTTPException(404)
        home = request.query_params.get("home-page") or None
        pass_at = _points(request.query_params.get("pass-at"))
        ready_for(kind, home, pass_at)
        content = await run_in_threadpool(self._file, request, home, pass_at)
        headers = {"Content-Disposition": f'attachment; filename="sessions.{kind}"', "Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type=MEDIA_TYPES[kind])

    def _file(self, request: Request, home: str | None, pass_at: float | None) -> bytes:
        from callsim.library.exported import exported, kind_of  # noqa: PLC0415 - needs the extra
        from callsim.library.exports import columns, records  # noqa: PLC0415

        kind = kind_of(Path(request.path_params["file"]).suffix)
        assert kind is not None
        with shelf_of(self.sessions) as shelf:
            shelf.refresh(QUIET)
            return b"".join(exported(kind, columns(shelf), records(shelf, _chosen(request)), home, pass_at))


def address_of(trainee: str) -> str:
    """Where a trainee's page is, whatever their name holds."""
    if _NO_SIGNS & {*trainee} or any(part in _NO_PART for part in trainee.split("/")):
        return f"/trends?{urlencode({'of': trainee})}"
    return f"/trends/{quote(trainee, safe='')}"


def _charts(trend: Trend) -> dict[str, str]:
    """One for each score that was measured."""
    return {
        score: line_chart(
            f"chart-{score}", f"{progress.SCORE_NAMES[score]} {progress.GROUPINGS[trend.grouping]}", marks
        )
        for score in SCORES
        if (marks := progress.marks_of(trend.periods, trend.grouping, score))
    }


def _asked(request: Request) -> dict[str, str]:
    """What the form said."""
    return {name: request.query_params.get(name, "") for name in ("by", "script", "from", "to", "whose")}


def _switched(request: Request, address: str) -> str:
    """The same choice of calls at an address, with the other's points: a coach's, or the machine's."""
    path, _, own = address.partition("?")
    asked = {name: value for name, value in _asked(request).items() if value}
    if asked.pop("whose", None) != "coach":
        asked["whose"] = "coach"
    query = "&".join(part for part in (own, urlencode(asked)) if part)
    return f"{path}?{query}" if query else path


def _is_filtered(request: Request) -> bool:
    return any(request.query_params.get(name) for name in ("script", "from", "to"))


def _sought(request: Request) -> Sought:
    from callsim.library.trends import Sought  # noqa: PLC0415 - needs the extra

    chosen, whose = _chosen(request), request.query_params.get("whose")
    return Sought(chosen.script, chosen.since, chosen.until, "coach" if whose == "coach" else "machine")


def _chosen(request: Request) -> Chosen:
    from callsim.library.exports import Chosen  # noqa: PLC0415 - needs the extra

    asked = request.query_params
    return Chosen(asked.get("trainee"), asked.get("script") or None, _day(asked.get("from")), _day(asked.get("to")))


def _grouping(request: Request) -> Grouping | None:
    by = request.query_params.get("by")
    return cast("Grouping", by) if by in get_args(Grouping) else None


def _day(given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise HTTPException(400, "A day is written like 2026-01-31.") from None


def _points(given: str | None) -> float | None:
    try:
        points = float(given) if given else None
    except ValueError:
        points = -1
    if points is not None and not 0 <= points <= 100:
        raise HTTPException(400, "A pass mark is a number from 0 to 100.")
    return points
