"""How agreement is told, in a terminal and on a page: the same words and digits in both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callsim.report.names import check_name
from callsim.scoring.agreement import LEAST_BIAS, LEAST_CALLS, Agreement
from callsim.scoring.remedies import remedy
from callsim.scoring.rubric import Rubric

# When a check is named as one to change; see `Agreement.leaning`.
RULE = (
    f"A check is worth changing where at least {LEAST_CALLS} calls were judged, coaches differ from the machine by "
    f"{100 * LEAST_BIAS:.0f} % of its points or more on average, and the 95 % interval of that lies on one side of 0. "
    "Each check is tested by itself, so about 1 in 20 may stand out by chance alone."
)


def bias_told(one: Agreement) -> str:
    """What the other judge gave more, in per cent of the check's points."""
    return "–" if one.bias is None else _percent(one.bias)


def points_told(one: Agreement) -> str:
    """The same in points."""
    if one.bias_points is None:
        return "–"
    shown = f"{one.bias_points:+.1f}"
    return "0.0" if float(shown) == 0 else _minus(shown)


def range_told(one: Agreement) -> str:
    """The interval of the bias in per cent."""
    return "–" if one.bias_interval is None else " to ".join(map(_percent, one.bias_interval))


def kappa_told(one: Agreement) -> str:
    """Kappa with two decimals."""
    return "–" if one.kappa is None else _minus(f"{one.kappa:.2f}")


def kappa_range_told(one: Agreement) -> str:
    """The interval of kappa."""
    return "–" if one.kappa_interval is None else " to ".join(_minus(f"{end:.2f}") for end in one.kappa_interval)


def to_change(checks: Iterable[Agreement], rubric: Rubric | None, scored_by: Sequence[str]) -> list[tuple[str, str]]:
    """The checks that coaches clearly judge otherwise than the machine: what is the case, and what to change.

    `rubric` is the one whose settings are told, None where they are not known; `scored_by` names those of the calls.
    """
    return [(_fact(one, scored_by), remedy(one.check, one.leaning, rubric)) for one in checks if one.leaning]


def why_unknown(one: Agreement) -> str:
    """Why kappa was not measured; nothing where it was."""
    return "" if one.kappa_unknown is None else f"not measured: {one.kappa_unknown}"


def _fact(one: Agreement, scored_by: Sequence[str]) -> str:
    way = f"{100 * abs(one.bias or 0):.0f} % of its points {'more' if one.leaning == 'higher' else 'less'}"
    rubrics = f"rubric{'' if len(scored_by) == 1 else 's'} {' and '.join(scored_by)}"
    machine = f"the machine by the {rubrics}" if scored_by else "the machine"
    return f"{check_name(one.check)}: coaches give {way} than {machine} ({range_told(one)}, {one.calls} calls)."


def _percent(share: float) -> str:
    return _minus(f"{100 * share:+.0f} %").replace("+0 %", "0 %").replace("−0 %", "0 %")


def _minus(number: str) -> str:
    return number.replace("-", "−")
