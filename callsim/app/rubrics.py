"""The pages on which a coach edits a copy of the rubric, sees what it makes of past calls, and scores those by it.

New calls are scored by the standard rubric all the same, until they are scored again by another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callsim.app.calibrating import need_a_coach
from callsim.app.desk import Desk
from callsim.app.forms import form
from callsim.app.pages import Pages
from callsim.app.rubric_form import form_of, rubric_from
from callsim.app.work import Work
from callsim.errors import InputError
from callsim.library.rubrics import STANDARD, need_name, rubric_named, rubrics_of, save_rubric
from callsim.report.intervals import before_and_after
from callsim.report.rescored import HEAD, changed_told, coaches_told, rows_told
from callsim.scoring.rescored import Rescored, WithCoaches, changes
from callsim.scoring.rubric import Rubric

_FORM_BYTES = 200_000
_SHOWN = 200
_BUSY = "Calls are being scored by a rubric already. Wait until that is done, or stop it, then try again."


@dataclass(frozen=True, slots=True)
class Rubrics:
    """Everything under /rubric."""

    sessions: Path
    desk: Desk
    pages: Pages

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        one = "/rubric/{rubric}"
        return [
            Route("/rubric", self.all, methods=["GET"]),
            Route("/rubric", self.copy, methods=["POST"]),
            Route(one, self.one, methods=["GET"]),
            Route(one, self.save, methods=["POST"]),
            Route(f"{one}/what-if", self.what_if, methods=["POST"]),
            Route(f"{one}/apply", self.apply, methods=["POST"]),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
        ]

    async def all(self, request: Request) -> Response:
        """The rubrics there are, and a new copy."""
        need_a_coach(request)
        return await self._all(request)

    async def _all(self, request: Request, status: int = 200, wrong: str | None = None, name: str = "") -> Response:
        names = list(await run_in_threadpool(rubrics_of, self.sessions))
        return self.pages.page(request, "rubrics.html", status, names=names, standard=STANDARD, wrong=wrong, name=name)

    async def copy(self, request: Request) -> Response:
        """Begin a copy."""
        need_a_coach(request)
        sent = await form(request)
        name = sent.get("name", "").strip()
        try:
            await run_in_threadpool(self._copy, name, sent.get("of", STANDARD))
        except InputError as wrong:
            return await self._all(request, 400, f"{str(wrong).rstrip('.')}.", name)
        return RedirectResponse(f"/rubric/{name}", 303)

    def _copy(self, name: str, of: str) -> None:
        need_name(name)
        here = rubrics_of(self.sessions)
        if name in here:
            raise InputError(f"There is a rubric named {name!r} already: choose another name")
        if of not in {STANDARD, *here}:
            raise InputError("Choose the rubric to copy from the list")
        save_rubric(rubric_named(of, self.sessions).model_copy(update={"name": name}), self.sessions)

    async def one(self, request: Request) -> Response:
        """Edit one, and what it makes of past calls."""
        need_a_coach(request)
        rubric = await run_in_threadpool(self._rubric, request)
        return self._page(request, rubric, form_of(rubric))

    def _page(self, request: Request, rubric: Rubric, fields: object, status: int = 200) -> Response:
        work = self.desk.rescoring
        found = _figures(work, rubric)
        rows = [Rescored.model_validate(one) for one in found["sessions"]] if found else []
        return self.pages.page(
            request, "rubric.html", status, rubric=rubric, form=fields, work=work, figures=found, head=HEAD,
            running=work is not None and not work.over, rows=_pictured(rows), more=max(0, len(rows) - _SHOWN),
            changed=changed_told(changes(rows)), applied=bool(work and work.asked["apply"]), wrong=_wrong(work, rubric),
            coaches=_coaches(found), rows_written=sum(one.written for one in rows),
        )  # fmt: skip

    async def save(self, request: Request) -> Response:
        """Keep what was entered, and see at once what it makes of past calls; or say what is wrong with it."""
        need_a_coach(request)
        before = await run_in_threadpool(self._rubric, request)
        sent = await form(request, _FORM_BYTES)
        rubric, wrong = await run_in_threadpool(rubric_from, before, sent)
        if rubric is None:
            return self._page(request, before, form_of(before, sent, wrong), 400)
        await run_in_threadpool(save_rubric, rubric, self.sessions)
        if self.desk.rescoring and not self.desk.rescoring.asked["apply"]:
            await self.desk.stop_rescoring()
        self.desk.rescore(rubric.name, apply=False)
        return RedirectResponse(f"/rubric/{rubric.name}#change", 303)

    async def what_if(self, request: Request) -> Response:
        """See what it makes of past calls."""
        return await self._begin(request, apply=False)

    async def apply(self, request: Request) -> Response:
        """Score all past calls by it; the old results are kept."""
        return await self._begin(request, apply=True)

    async def _begin(self, request: Request, *, apply: bool) -> Response:
        need_a_coach(request)
        rubric = await run_in_threadpool(self._rubric, request)
        if self.desk.rescore(rubric.name, apply=apply) is None:
            raise HTTPException(409, _BUSY)
        return RedirectResponse(f"/rubric/{rubric.name}#change", 303)

    async def stop(self, request: Request) -> Response:
        """Stop it; what is done is done."""
        need_a_coach(request)
        rubric = await run_in_threadpool(self._rubric, request)
        await self.desk.stop_rescoring()
        return RedirectResponse(f"/rubric/{rubric.name}#change", 303)

    def _rubric(self, request: Request) -> Rubric:
        name = request.path_params["rubric"]
        if name not in rubrics_of(self.sessions):
            raise HTTPException(404, "There is no such rubric here.")
        return rubric_named(name, self.sessions)


def _figures(work: Work | None, rubric: Rubric) -> dict[str, Any] | None:
    """What the last work found out of this rubric as it is now."""
    if work is None or work.facts.get("rubric") != rubric.fingerprint:
        return None
    found: dict[str, Any] | None = work.facts.get("figures")
    return found


def _coaches(figures: dict[str, Any] | None) -> str | None:
    found = figures and figures["coaches"]
    return coaches_told(WithCoaches.model_validate(found)) if found else None


def _wrong(work: Work | None, rubric: Rubric) -> str | None:
    if work is None or work.asked["rubric"] != rubric.name:
        return None
    wrong: str | None = work.facts.get("wrong")
    return wrong


def _pictured(rows: Sequence[Rescored]) -> list[tuple[str, object, tuple[str, ...]]]:
    """As many sessions as a page shows, each with its picture and its scores, those that change most first."""
    by_name = {one.session: one for one in rows}
    return [(name, before_and_after(by_name[name], "overall"), tuple(told)) for name, *told in rows_told(rows)[:_SHOWN]]
