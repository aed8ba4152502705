"""Many calls scored side by side: what is scored already is left, what fails is told at the end."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from callsim.cli.console import ERR, complain
from callsim.cli.many import How, OneCall, Result, keep, kept, score_one
from callsim.cli.pool import Done, Failed
from callsim.cli.shelving import counting, plain, score_told
from callsim.cli.tables import print_table
from callsim.errors import CallsimError
from callsim.scoring.checks import DIMENSIONS, Dimension
from callsim.scoring.scorecard import Scorecard

_HEAD = ("call", "overall", *DIMENSIONS, "")
_NUMBERS = range(1, 5)
_REMARKS = {"scored": "", "kept": "scored already", "failed": "not scored"}

# Does jobs somewhere, in whatever order: `pool.run_all` here, `cluster.run_on_cluster` elsewhere.
Runner: TypeAlias = Callable[[Sequence[OneCall], Callable[[OneCall], Result]], Generator[Done[Result] | Failed]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: scored now, kept as it was scored before, or failed; `told` is why, or a remark."""

    call: OneCall
    state: Literal["scored", "kept", "failed"]
    overall: float | None = None
    scores: Mapping[Dimension, float | None] | None = None
    told: str = ""


def score_many(calls: Sequence[OneCall], how: How, run: Runner, *, again: bool) -> list[Outcome]:
    """Score what is not scored yet (`again`: all), keep each scorecard as it comes, tell what became of every call.

    What is kept does not depend on how many work on it, nor on who is ready first. On Ctrl-C what is kept stays.
    """
    outcomes: dict[int, Outcome] = {}
    with counting() as progress:
        for number, call in enumerate(calls):
            progress.step("Looking", number, len(calls))
            if found := _found(call, how, again=again):
                outcomes[number] = found
    todo = [number for number in range(len(calls)) if number not in outcomes]
    # Before the bar: it may have to fetch a model, with a bar of its own.
    running = run([calls[number] for number in todo], partial(score_one, how))
    with closing(running) as ends, counting() as progress:
        progress.step("Scoring", 0, len(todo))
        for done, end in enumerate(ends, 1):
            number = todo[end.number]
            outcomes[number] = _ended(calls[number], end)
            progress.step("Scoring", done, len(todo))
    return [outcomes[number] for number in range(len(calls))]


def _found(call: OneCall, how: How, *, again: bool) -> Outcome | None:
    """What is known before any work: it is scored already, or cannot be."""
    try:
        card = kept(call, how, again=again)
    except CallsimError as wrong:
        return Outcome(call, "failed", told=str(wrong))
    return _outcome(call, "kept", card) if card else None


def _ended(call: OneCall, end: Done[Result] | Failed) -> Outcome:
    if isinstance(end, Failed):
        return Outcome(call, "failed", told=end.wrong)
    try:
        keep(call, end.result, datetime.now().astimezone())
    except CallsimError as wrong:
        return Outcome(call, "failed", told=str(wrong))
    return _outcome(call, "scored", Scorecard.model_validate_json(end.result.card), end.result.told)


def _outcome(call: OneCall, state: Literal["scored", "kept"], card: Scorecard, told: str = "") -> Outcome:
    return Outcome(call, state, card.overall, card.scores, told)


def print_outcomes(outcomes: Sequence[Outcome], folder: Path) -> None:
    """A table, one row a call, and how many were scored."""
    print_table([_HEAD, *(_row(one, folder) for one in outcomes)], _NUMBERS)
    states = Counter(one.state for one in outcomes)
    counts = {"scored": states["scored"], "scored already": states["kept"], "not scored": states["failed"]}
    sys.stdout.write(f"\n{', '.join(f'{count:,} {what}' for what, count in counts.items() if count)}\n")


def _row(one: Outcome, folder: Path) -> tuple[str, ...]:
    scores = [one.scores[name] if one.scores else None for name in DIMENSIONS]
    name = plain(str(one.call.path.relative_to(folder)))
    return name, *map(score_told, (one.overall, *scores)), _REMARKS[one.state]


def print_outcomes_as_json(outcomes: Sequence[Outcome]) -> None:
    """One JSON object a line, in the order of the calls."""
    sys.stdout.write("".join(f"{json.dumps(_as_json(one), ensure_ascii=False)}\n" for one in outcomes))


def _as_json(one: Outcome) -> dict[str, object]:
    failed = one.state == "failed"
    return {
        "call": str(one.call.path),
        "state": one.state,
        "overall": one.overall,
        "scores": one.scores,
        "scorecard": None if failed else str(one.call.card),
        "wrong": one.told if failed else None,
    }


def tell_failures(outcomes: Sequence[Outcome]) -> bool:
    """One sentence on each call that failed, or that there is something to say of; whether none failed."""
    for one in outcomes:
        if one.state == "failed":
            complain(one.told if str(one.call.path) in one.told else f"{one.call.path}: {one.told}")
        elif one.told:
            ERR.print(one.told, soft_wrap=True, markup=False)
    return all(one.state != "failed" for one in outcomes)
