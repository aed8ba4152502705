"""`callsim calibrate`: is the score right? How far machine and coaches, or two coaches, agree on each check."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from callsim.cli.commands import callsim, rubric_option
from callsim.cli.console import OUT
from callsim.cli.shelving import current_library, need_the_library, plain, times
from callsim.cli.tables import print_table
from callsim.errors import InputError
from callsim.report.agreed import (
    RULE,
    bias_told,
    kappa_range_told,
    kappa_told,
    points_told,
    range_told,
    to_change,
    why_unknown,
)
from callsim.report.names import check_name
from callsim.scoring.agreement import Agreement
from callsim.scoring.rubric import Rubric, read_rubric

if TYPE_CHECKING:
    from pathlib import Path

    from callsim.library.calibration import Calibration


@callsim.command()
@click.option("--coach", help="Only this coach (else all of them).")
@click.option("--with", "other", help="Compare that coach with this one, on the calls that both reviewed.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON and nothing else.")
@rubric_option
def calibrate(coach: str | None, other: str | None, as_json: bool, rubric: Path | None) -> None:
    """Say how far the machine and coaches agree on each check, and which checks to change."""
    if other and not coach:
        raise InputError("Name both coaches: --coach NAME --with NAME")
    if coach and other and coach.casefold() == other.casefold():
        raise InputError(f"{coach!r} always agrees with themselves: name another coach after --with")
    rules = read_rubric(rubric) if rubric else None
    need_the_library()
    from callsim.library.calibration import calibration, judged_calls, scored_by  # noqa: PLC0415 - see `opened_library`

    with current_library() as shelf:
        calls = judged_calls(shelf)
        found, scored = calibration(calls, coach, other), scored_by(shelf.sessions, calls, coach)
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
        return
    for line in _head(found):
        OUT.print(line, soft_wrap=True, markup=False)
    if found.checks:
        print_table([_TABLE, *map(_row, found.checks)], range(1, 10))
    if found.calls and not other:
        _say_what_to_change(found, rules or scored.rubric, scored.names)
    if found.aside:
        many = times(sum(found.aside.values()), "overruled check")
        OUT.print(f"\nLeft out: {many} of calls that were not marked as reviewed", soft_wrap=True)


def _say_what_to_change(found: Calibration, rules: Rubric | None, names: Sequence[str]) -> None:
    leaning = to_change(found.checks, rules, [plain(name) for name in names])
    for fact, change in leaning:
        OUT.print(f"\n{fact} {change}", soft_wrap=True, markup=False)
    if not leaning:
        OUT.print("\nNo check is clearly off.", soft_wrap=True)
    OUT.print(f"\n{RULE}", style="dim", soft_wrap=True)


def _head(found: Calibration) -> Iterator[str]:
    one, other = plain(found.one), plain(found.other)
    if not found.calls:
        yield (
            f"No call has been judged by both {one} and {other} yet: "
            "overrule what is wrong in a call, then mark it as reviewed"
        )
        return
    yield f"{times(found.calls, 'call')} judged by {one} and by {other}."
    yield f"Bias is what {other} gave more, in per cent of a check's points; kappa is Cohen's, linearly weighted."


_TABLE = ("check", "calls", "same", "higher", "lower", "bias", "95 %", "points", "kappa", "95 %", "")


def _row(one: Agreement) -> tuple[str, ...]:
    counts = (one.calls, one.same, one.higher, one.lower)
    bias = (bias_told(one), range_told(one), points_told(one))
    return check_name(one.check), *map(str, counts), *bias, kappa_told(one), kappa_range_told(one), why_unknown(one)
