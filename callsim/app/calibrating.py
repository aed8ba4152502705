"""The page that answers "is the score right?": how far machine and coaches agree on each check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callsim.app.pages import Pages
from callsim.app.shelves import WITHOUT, shelf_of, there_is_a_library
from callsim.app.visitor import visitor
from callsim.report import agreed
from callsim.report.intervals import bias_picture, kappa_picture
from callsim.report.names import check_name
from callsim.scoring.agreement import LEAST_CALLS

if TYPE_CHECKING:
    from callsim.library.calibration import Calibration, ScoredBy


@dataclass(frozen=True, slots=True)
class Calibrating:
    """/calibration."""

    sessions: Path
    pages: Pages

    @property
    def routes(self) -> list[Route]:
        """The address."""
        return [Route("/calibration", self.page)]

    async def page(self, request: Request) -> Response:
        """All coaches or one of them against the machine, or two coaches against each other."""
        need_a_coach(request)
        if not there_is_a_library():
            return self.pages.page(request, "calibration.html", without=WITHOUT)
        coach, other = request.query_params.get("coach") or None, request.query_params.get("with") or None
        if coach is None or coach == other:
            other = None
        found, scored = await run_in_threadpool(self._found, coach, other)
        return self.pages.page(
            request, "calibration.html", without=None, found=found, coach=coach, other=other, told=agreed,
            to_change=[] if other else agreed.to_change(found.checks, scored.rubric, scored.names),
            check_name=check_name,
            bias_picture=bias_picture, kappa_picture=kappa_picture, least=LEAST_CALLS,
        )  # fmt: skip

    def _found(self, coach: str | None, other: str | None) -> tuple[Calibration, ScoredBy]:
        from callsim.library.calibration import calibration, judged_calls, scored_by  # noqa: PLC0415 - needs the extra

        with shelf_of(self.sessions) as shelf:
            shelf.refresh(lambda *_: None)
            calls = judged_calls(shelf)
            return calibration(calls, coach, other), scored_by(shelf.sessions, calls, coach)


def need_a_coach(request: Request) -> None:
    """Raises HTTPException where a trainee asks."""
    if not visitor(request).coaches:
        raise HTTPException(403, "This page is for coaches.")
