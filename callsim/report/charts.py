"""Charts as SVG: pure functions from numbers to markup. Colours come from the page's style, by class.

A chart says what it shows in its title and description; the table behind it is the page's to add.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 12, 14, 46
_LINES = (0, 25, 50, 75, 100)
# So many labels below, however many points.
_LABELS = 7
_NEAREST = 26


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a chart from 0 to 100: where it stands from left (0) to right (1), its mean, what it spreads over.

    `n` is the number of calls behind it; `name` is said in full, `short` stands below it.
    """

    at: float
    mean: float
    low: float | None
    high: float | None
    n: int
    name: str
    short: str


def line_chart(id: str, title: str, marks: Sequence[Mark]) -> Markup:
    """The marks from left to right, joined by a line, each with its spread and with its number of calls below.

    `id` is unique on the page.
    """
    says = "; ".join(map(_said, marks)) or "Nothing was measured"
    parts = Markup("").join([*_grid(), *_line(marks), *map(_mark, marks), *_below(marks)])
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{id}-title {id}-desc">'
        '<title id="{id}-title">{title}</title><desc id="{id}-desc">{says}.</desc>{parts}</svg>'
    ).format(w=WIDTH, h=HEIGHT, id=id, title=title, says=says, parts=parts)


def spark_line(values: Sequence[float]) -> Markup:
    """A line alone, for a row of a table that says the numbers itself."""
    if len(values) < 2:
        return Markup("")
    step = 92 / (len(values) - 1)
    points = " ".join(f"{_short(2 + step * at)},{_short(30 - 0.28 * value)}" for at, value in enumerate(values))
    return Markup(
        '<svg class="spark" viewBox="0 0 96 32" aria-hidden="true" focusable="false"><polyline points="{}"/></svg>'
    ).format(points)


def _said(mark: Mark) -> str:
    calls = "1 call" if mark.n == 1 else f"{mark.n} calls"
    spread = "" if mark.low is None else f", {mark.low:.1f} to {mark.high:.1f}"
    return f"{mark.name}: {mark.mean:.1f} ({calls}{spread})"


def _x(at: float) -> float:
    return _LEFT + _NEAREST / 2 + at * (WIDTH - _LEFT - _RIGHT - _NEAREST)


def _y(value: float) -> float:
    return _TOP + (100 - value) / 100 * (HEIGHT - _TOP - _BOTTOM)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _grid() -> Iterator[Markup]:
    for value in _LINES:
        y = _short(_y(value))
        yield Markup('<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, WIDTH - _RIGHT, y, y)
        yield Markup('<text class="scale" x="{}" y="{}">{}</text>').format(_LEFT - 8, _short(_y(value) + 4), value)


def _line(marks: Sequence[Mark]) -> Iterator[Markup]:
    if len(marks) > 1:
        points = " ".join(f"{_short(_x(mark.at))},{_short(_y(mark.mean))}" for mark in marks)
        yield Markup('<polyline class="way" points="{}"/>').format(points)


def _mark(mark: Mark) -> Markup:
    x, y = _short(_x(mark.at)), _short(_y(mark.mean))
    spread = Markup("")
    if mark.low is not None and mark.high is not None:
        spread = Markup('<line class="spread" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>').format(
            x=x, low=_short(_y(mark.low)), high=_short(_y(mark.high))
        )
    # Few calls make a small point, many a larger one.
    radius = _short(min(7, 4 + math.sqrt(mark.n) / 2))
    dot = Markup('<circle class="dot" cx="{}" cy="{}" r="{}"/>').format(x, y, radius)
    return Markup('<g class="mark"><title>{}</title>{}{}</g>').format(_said(mark), spread, dot)


def _below(marks: Sequence[Mark]) -> Iterator[Markup]:
    """The number of calls under each mark that has room, and a name under some of them."""
    last_n = last_name = -math.inf
    gap = (WIDTH - _LEFT - _RIGHT) / _LABELS
    for mark in marks:
        x = _x(mark.at)
        if x - last_n >= _NEAREST:
            last_n = x
            yield _text("calls", x, HEIGHT - 26, str(mark.n))
        if x - last_name >= gap:
            last_name = x
            yield _text("name", x, HEIGHT - 8, mark.short)
    yield Markup('<text class="calls lead" x="{}" y="{}">n</text>').format(_LEFT - 8, HEIGHT - 26)


def _text(kind: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, _short(x), _short(y), escape(text))
