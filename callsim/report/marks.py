"""What happened where in a call: cut-ins, signs of listening, silences, holds, acts, and how the caller felt. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from callsim.events import Decided, Event, Pressed
from callsim.report.names import ACTS, HURTING, MarkKind
from callsim.scoring.checks import Part
from callsim.scoring.scorecard import ActRow, OverlapRow, Scorecard
from callsim.timeline import Ms


class Mark(Part):
    """A moment or a stretch worth going to. `name` says what it is, `quote` what was said in it."""

    kind: MarkKind
    start_ms: Ms
    end_ms: Ms
    name: str
    quote: str = ""


class Step(Part):
    """A moment at which the caller's frustration (0 to 100) moved, with every cause of that moment."""

    at_ms: Ms
    before: int
    after: int
    because: tuple[str, ...]


_OVERLAPS = {
    "cut_in": "You cut in",
    "caller_cut_in": "The caller cut in",
    "early_start": "You started a little early",
    "backchannel": "You showed that you were listening",
}


def marks_of(card: Scorecard, events: Iterable[Event]) -> tuple[Mark, ...]:
    """All marks of a call, in order of time."""
    silences = (_lasting("dead_air", start_ms, end_ms) for start_ms, end_ms in card.measures.dead_air)
    marks = [*map(_overlap, card.overlaps), *silences, *_holds(events, card.length_ms), *map(_act, card.acts)]
    return tuple(sorted(marks, key=lambda mark: (mark.start_ms, mark.end_ms, mark.kind, mark.name)))


def steps_of(card: Scorecard, events: Iterable[Event]) -> tuple[Step, ...]:
    """How the frustration moved, each moment once; a moment at which it came out as it was is left out."""
    first = next((event.frustration_before for event in events if isinstance(event, Decided)), None)
    level, steps = first, list[Step]()
    for at_ms, moves in groupby(card.frustration, key=lambda move: move[0]):
        same = list(moves)
        before = same[0][1] if level is None else level
        level = same[-1][1]
        because = tuple(dict.fromkeys(_felt(before, same)))
        if level != before:
            steps.append(Step(at_ms=at_ms, before=before, after=level, because=because))
    return tuple(steps)


def _felt(before: int, moves: Sequence[tuple[Ms, int, str]]) -> Iterator[str]:
    """The causes that moved it, not those that had no effect any more."""
    for _, after, because in moves:
        if after != before:
            yield because
        before = after


def _overlap(row: OverlapRow) -> Mark:
    return Mark(kind=row.kind, start_ms=row.start_ms, end_ms=row.end_ms, name=_OVERLAPS[row.kind])


def _act(row: ActRow) -> Mark:
    kind: MarkKind = "hurts" if row.act in HURTING else "helps"
    name = ACTS.get(row.act, row.act).capitalize()
    return Mark(kind=kind, start_ms=row.start_ms, end_ms=row.end_ms, name=name, quote=row.quote)


def _holds(events: Iterable[Event], length_ms: Ms) -> Iterator[Mark]:
    """Where the caller was on hold; one that was never ended lasts to the end of the call."""
    began_ms: Ms | None = None
    for event in events:
        if isinstance(event, Pressed) and event.key == "hold":
            began_ms = event.at_ms if began_ms is None else began_ms
        elif isinstance(event, Pressed) and event.key == "unhold" and began_ms is not None:
            yield _lasting("hold", began_ms, event.at_ms)
            began_ms = None
    if began_ms is not None:
        yield _lasting("hold", began_ms, max(began_ms, length_ms))


def _lasting(kind: MarkKind, start_ms: Ms, end_ms: Ms) -> Mark:
    what = "On hold" if kind == "hold" else "Silence"
    return Mark(kind=kind, start_ms=start_ms, end_ms=end_ms, name=f"{what} for {(end_ms - start_ms) / 1000:.1f} s")
