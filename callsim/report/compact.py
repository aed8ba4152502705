"""What the page's program needs of a replay, as small as JSON gets: a half-hour call is to load in a blink. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from callsim.report.names import MARKS
from callsim.report.replay import Line, Replay

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_HUNDREDTH_MS = 10


def page_data(replay: Replay) -> dict[str, Any]:
    """Peaks as one base-32 digit a step; words as the hundredths of a second from one to the next.

    `lines`: [who (0 the caller), start_ms, end_ms, [hundredths …]]. `marks`: [kind's number in `kinds`, start_ms,
    end_ms, text]. `steps`: [at_ms, before, after, text].
    """
    kinds = list(MARKS)
    return {
        "length": replay.length_ms,
        "step": replay.lanes.step_ms,
        "caller": _digits(replay.lanes.caller),
        "trainee": _digits(replay.lanes.trainee),
        "lines": [_line(line) for line in replay.lines],
        "kinds": kinds,
        "marks": [
            [kinds.index(mark.kind), mark.start_ms, mark.end_ms, _told(mark.name, mark.quote)] for mark in replay.marks
        ],
        "steps": [[step.at_ms, step.before, step.after, "; ".join(step.because)] for step in replay.frustration],
    }


def _digits(levels: Sequence[int]) -> str:
    return "".join(_DIGITS[level] for level in levels)


def _line(line: Line) -> list[Any]:
    starts = [line.start_ms, *(word.start_ms for word in line.words)]
    hundredths = _differences(round(at_ms / _HUNDREDTH_MS) for at_ms in starts)
    return [int(line.who == "trainee"), line.start_ms, line.end_ms, hundredths]


def _differences(numbers: Iterable[int]) -> list[int]:
    return [after - before for before, after in pairwise(numbers)]


def _told(name: str, quote: str) -> str:
    return f"{name}: “{quote}”" if quote else name
