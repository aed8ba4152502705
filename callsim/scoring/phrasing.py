"""The checks of phrasing: what the trainee's words did for the caller, and what they spared the caller.

Three things keep a list of nice phrases from scoring: every check is earned once; kind words and clean manners earn in
full only as far as there was help in the call (`phrasing_help.reach`); and help is measured by the caller's needs where
a script names them.
"""

from __future__ import annotations

from callsim.scoring.checks import Check, NotMeasured, Outcome, not_made
from callsim.scoring.measured import Measured
from callsim.scoring.phrasing_avoided import avoided_checks
from callsim.scoring.phrasing_done import done_checks
from callsim.scoring.phrasing_help import answers, helped, reach
from callsim.scoring.rubric import Phrasing, Plain, Rubric
from callsim.timeline import total_ms


def phrasing_checks(call: Measured, rubric: Rubric) -> list[Outcome]:
    """All checks of phrasing, in a fixed order; switched-off ones are left out."""
    rules = rubric.phrasing
    if reason := _unknowable(call, rules):
        names = [name for name, value in rules if isinstance(value, Plain)]
        checks: list[Outcome] = [not_made(f"phrasing.{name}", reason) for name in names]
    else:
        help_share = helped(call, rules.avoided, bool(answers(call, rules)))
        checks = [_within(one, help_share, rules) for one in [*done_checks(call, rules), *avoided_checks(call, rules)]]
    return [one for one in checks if getattr(rules, one.id.removeprefix("phrasing.")).points]


def _unknowable(call: Measured, rules: Phrasing) -> str | None:
    voice_ms = total_ms(call.evidence.trainee)
    if call.passages or voice_ms < rules.wordless_ms:
        return None
    return f"no word was recognised in {voice_ms / 1000:.0f} s of the trainee's voice"


def _within(check: Outcome, help_share: float, rules: Phrasing) -> Outcome:
    """The check with what it can earn in a call with this much help."""
    if isinstance(check, NotMeasured):
        return check
    share = reach(check.id.removeprefix("phrasing."), help_share, rules)
    if share == 1 or not check.points:
        return check
    why = f"{check.why}, but {'little' if help_share else 'no'} help came with it"
    return Check(**dict(check) | {"points": round(check.points * share, 2), "why": why})
