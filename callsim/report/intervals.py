"""Small pictures of values and their intervals, for rows of tables that say the numbers too. Colours by class."""

from __future__ import annotations

from markupsafe import Markup

from callsim.scoring.agreement import Agreement
from callsim.scoring.rescored import Rescored, Score

_WIDE, _HIGH = 120, 20
_EDGE = 4


def bias_picture(one: Agreement) -> Markup:
    """Where the bias lies between -100 and +100 per cent, with its interval."""
    return _picture(one.bias, one.bias_interval, low=-1, leaning=one.leaning is not None)


def kappa_picture(one: Agreement) -> Markup:
    """Where kappa lies between 0 and 1, with its interval; what lies below 0 is no better than chance."""
    return _picture(one.kappa, one.kappa_interval, low=0, leaning=False)


def before_and_after(one: Rescored, score: Score) -> Markup:
    """An old and a new score between 0 and 100, joined by a line."""
    old, new = getattr(one.old, score), getattr(one.new, score)
    parts = [_rule(_EDGE), _rule(_WIDE - _EDGE)]
    if old is not None and new is not None:
        way = "rise" if new > old else "fall" if new < old else "same"
        parts.append(_line(f"change {way}", _x(old / 100, 0), _x(new / 100, 0)))
    for kind, value in (("old", old), ("new", new)):
        if value is not None:
            parts.append(_dot(kind, _x(value / 100, 0)))
    return _svg(parts)


def _picture(value: float | None, interval: tuple[float, float] | None, low: float, *, leaning: bool) -> Markup:
    parts = [_rule(_x(0, low))]
    if interval is not None:
        parts.append(_line("interval leaning" if leaning else "interval", *(_x(end, low) for end in interval)))
    if value is not None:
        parts.append(_dot("leaning" if leaning else "value", _x(value, low)))
    return _svg(parts)


def _x(value: float, low: float) -> float:
    share = (min(1, max(low, value)) - low) / (1 - low)
    return round(_EDGE + share * (_WIDE - 2 * _EDGE), 1)


def _svg(parts: list[Markup]) -> Markup:
    return Markup('<svg class="tiny" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>').format(
        _WIDE, _HIGH, Markup("").join(parts)
    )


def _rule(x: float) -> Markup:
    return Markup('<line class="rule" x1="{x}" x2="{x}" y1="2" y2="{high}"/>').format(x=x, high=_HIGH - 2)


def _line(kind: str, start: float, end: float) -> Markup:
    return Markup('<line class="{}" x1="{}" x2="{}" y1="10" y2="10"/>').format(kind, start, end)


def _dot(kind: str, x: float) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="10" r="3.5"/>').format(kind, x)
