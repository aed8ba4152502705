"""A call as one reads it: its lines in order, with what happened in and between them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from callsim.events import Who
from callsim.report.marks import Mark, Step
from callsim.report.names import MARKS, MarkKind
from callsim.report.replay import Line, Replay
from callsim.report.takes import Take
from callsim.timeline import Ms

# Whose line a mark belongs to; silences and holds stand between the lines.
_WHOSE: dict[MarkKind, Who] = {
    "cut_in": "trainee",
    "early_start": "trainee",
    "backchannel": "trainee",
    "helps": "trainee",
    "hurts": "trainee",
    "caller_cut_in": "caller",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the transcript: a line (its number from 0, and the marks in it), a mark between lines, or a step."""

    at_ms: Ms
    line: Line | None = None
    number: int = -1
    tags: tuple[Mark, ...] = ()
    mark: Mark | None = None
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of mark in the legend."""

    kind: str
    text: str
    meaning: str


def flow_of(replay: Replay) -> tuple[Row, ...]:
    """The rows in order of time; at one moment what ended comes before the line that begins."""
    tags = _tags(replay)
    rows = [Row(step.at_ms, step=step) for step in replay.frustration]
    rows += [Row(mark.start_ms, mark=mark) for mark in replay.marks if mark.kind not in _WHOSE]
    rows += [Row(line.start_ms, line, number, tuple(tags[number])) for number, line in enumerate(replay.lines)]
    return tuple(sorted(rows, key=lambda row: (row.at_ms, row.line is not None)))


def legend_of(replay: Replay) -> tuple[Sort, ...]:
    """Each kind of mark that the call has, with how many there are."""
    many = Counter[str](mark.kind for mark in replay.marks)
    found = [
        Sort(kind, f"{many[kind]} {one if many[kind] == 1 else more}", meaning)
        for kind, (one, more, meaning) in MARKS.items()
        if many[kind]
    ]
    if steps := len(replay.frustration):
        moved = "The caller's frustration went up or down"
        found.append(Sort("mood", f"{steps} {'mood change' if steps == 1 else 'mood changes'}", moved))
    return tuple(found)


def takes_shown(replay: Replay) -> tuple[Take, ...]:
    """This take among the others of the same script, in order; none where it is the only one."""
    scores = {group.dimension: group.score for group in replay.groups}
    ours = Take(folder=replay.session, started=replay.started, overall=replay.overall, scores=scores)
    others = [take for take in replay.takes if take.folder != replay.session]
    return tuple(sorted([*others, ours], key=lambda take: take.started)) if others else ()


def _tags(replay: Replay) -> list[list[Mark]]:
    """The marks of each line, each name once."""
    tags: list[list[Mark]] = [[] for _ in replay.lines]
    for mark in replay.marks:
        number = _nearest(mark, replay.lines) if mark.kind in _WHOSE else None
        if number is not None and all(mark.name != other.name for other in tags[number]):
            tags[number].append(mark)
    return tags


def _nearest(mark: Mark, lines: Sequence[Line]) -> int | None:
    """The line of the right side in which, or next to which, the mark begins."""
    ours = [number for number, line in enumerate(lines) if line.who == _WHOSE[mark.kind]]
    return min(ours, key=lambda number: _away_ms(mark.start_ms, lines[number]), default=None)


def _away_ms(at_ms: Ms, line: Line) -> Ms:
    return max(line.start_ms - at_ms, at_ms - line.end_ms, 0)
