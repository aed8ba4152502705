"""Which checks moved, where the points go lately, and which call script to practise that on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callsim.scoring.progress import LATEST, Call, Change, since_start
from callsim.scoring.shifts import CONFIDENCE
from callsim.script import Script

# What a script has much of, which makes it good to practise something on.
Demand: TypeAlias = Literal["story", "impatience", "frustration", "needs", "nouns", "any"]

# A check that lost this share of its points in the latest take of a script is worth a second one. Our choice.
WEAK = 1 / 3
# After so many takes that were weak another script is better. Our choice.
_TAKES_ENOUGH = 2

_DEMANDS: Mapping[Demand, str] = {
    "story": "interruptions.cut_ins interruptions.heard_out interruptions.talking_over interruptions.listening",
    "impatience": "pacing.response_gap pacing.dead_air",
    "frustration": "pacing.steadiness phrasing.empathy phrasing.apology phrasing.alliance phrasing.blame "
    "phrasing.defensiveness phrasing.minimising phrasing.refusal phrasing.rushing phrasing.handover phrasing.order",
    "needs": "phrasing.needs phrasing.solution phrasing.timeframe phrasing.ownership phrasing.question phrasing.middle "
    "phrasing.recap phrasing.satisfaction_check phrasing.hedging",
    "nouns": "phrasing.concrete",
}
_DEMAND_OF = {check: demand for demand, checks in _DEMANDS.items() for check in checks.split()}


@dataclass(frozen=True, slots=True)
class Loss:
    """What a check costs: points of the overall score a call, over the latest calls.

    `share` of its own points was lost in the `made` of those `calls` in which it could be made.
    """

    check: str
    per_call: float
    share: float
    made: int
    calls: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A check then and now, in percent of its points."""

    check: str
    change: Change


@dataclass(frozen=True, slots=True)
class Moves:
    """The checks that moved, the furthest first; of the `tested`, `by_chance` would look moved by chance alone.

    That is how many on average, or fewer: the share of intervals that may miss, times as many as there are.
    """

    better: tuple[Moved, ...]
    worse: tuple[Moved, ...]
    tested: int
    by_chance: float


@dataclass(frozen=True, slots=True)
class Suggested:
    """A script for a check. Either the check was weak on it: `share` of its points lost in the latest of its `takes`.

    Or, where `share` is None, it has much of a `demand`: so `much` (see `much_of`).
    """

    script: str
    title: str
    takes: int
    share: float | None
    demand: Demand
    much: int


@dataclass(frozen=True, slots=True)
class Next:
    """What to practise, and on which script; None where there is no script at all."""

    loss: Loss
    on: Suggested | None


def losses(calls: Sequence[Call]) -> tuple[Loss, ...]:
    """Where the points went in the latest calls, the largest first; together what their overall score lacks of 100."""
    latest = [call for call in calls if call.scores.get("overall") is not None][-LATEST:]
    lost: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for call in latest:
        for check in call.checks:
            if check.of and check.worth:
                missing = check.of - check.points
                lost[check.id].append((missing * check.worth, missing, check.of))
    found = [_loss(id, rows, len(latest)) for id, rows in lost.items()]
    return tuple(sorted((one for one in found if one.per_call), key=lambda one: (-one.per_call, one.check)))


def moves(calls: Sequence[Call]) -> Moves:
    """Which checks earn a clearly larger or smaller part of their points in the latest calls than in the first."""
    shares: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        for check in call.checks:
            if check.of:
                shares[check.id].append(100 * check.points / check.of)
    changes = [Moved(id, change) for id, values in shares.items() if (change := since_start(values)) is not None]
    far = sorted(changes, key=lambda one: (-abs(one.change.difference), one.check))
    return Moves(
        better=tuple(one for one in far if one.change.verdict == "better"),
        worse=tuple(one for one in far if one.change.verdict == "worse"),
        tested=len(changes),
        by_chance=round(len(changes) * (1 - CONFIDENCE), 1),
    )


def to_practise(calls: Sequence[Call], scripts: Mapping[str, Script], most: int = 3) -> tuple[Next, ...]:
    """The checks that cost most lately, each with a script; `scripts` are those there are, by name."""
    return tuple(Next(loss, script_for(loss.check, calls, scripts)) for loss in losses(calls)[:most])


def script_for(check: str, calls: Sequence[Call], scripts: Mapping[str, Script]) -> Suggested | None:
    """A script to practise a check on: one where it was weak and that was not taken often, else a demanding one.

    Of the demanding ones those that are not among the latest calls come first, and new ones before all.
    """
    demand = _DEMAND_OF.get(check, "any")
    takes: dict[str, list[Call]] = defaultdict(list)
    scripted = [call for call in calls if not call.imported]
    for call in scripted:
        takes[call.script].append(call)
    weak = [
        Suggested(name, scripts[name].title, len(ours), share, demand, much_of(demand, scripts[name]))
        for name, ours in takes.items()
        if name in scripts and len(ours) <= _TAKES_ENOUGH
        for share in _lost_last(check, ours)
        if share >= WEAK
    ]
    if weak:
        return max(weak, key=lambda one: (one.share or 0, one.script))
    latest = {call.script for call in scripted[-LATEST:]}
    demanding = sorted(scripts.items(), key=lambda item: (-_demanded(demand, item[1]), item[0]))
    ordered = sorted(demanding, key=lambda item: (item[0] in takes) + (item[0] in latest))
    return next(
        (Suggested(name, one.title, len(takes[name]), None, demand, much_of(demand, one)) for name, one in ordered),
        None,
    )


def much_of(demand: Demand, script: Script) -> int:
    """How much of it a script has: words of story, ms of patience, frustration (0 to 100), needs, nouns; 0 of any."""
    measures: Mapping[Demand, Callable[[], int]] = {
        "story": lambda: sum(len(part.say.variants(script.caller.frustration)[0].split()) for part in script.story),
        "impatience": lambda: script.caller.patience_ms,
        "frustration": lambda: script.caller.frustration,
        "needs": lambda: len(script.needs),
        "nouns": lambda: len(script.briefing.nouns),
        "any": lambda: 0,
    }
    return measures[demand]()


def _demanded(demand: Demand, script: Script) -> int:
    """The more, the better to practise on; the less patience a caller has, the more impatience."""
    much = much_of(demand, script)
    return -much if demand == "impatience" else much


def _lost_last(check: str, takes: Sequence[Call]) -> Iterator[float]:
    """The share of a check's points that the latest take lost, if it could be made there."""
    for made in takes[-1].checks:
        if made.id == check and made.of:
            yield round(1 - made.points / made.of, 3)


def _loss(check: str, rows: Sequence[tuple[float, float, float]], calls: int) -> Loss:
    lost, missing, of = (math.fsum(column) for column in zip(*rows, strict=True))
    return Loss(check, round(lost / calls, 1), round(missing / of, 3), len(rows), calls)
