"""The checks of phrasing for what was avoided: faults, the same phrase by rote, an offer before the story."""

from __future__ import annotations

from callsim.scoring.checks import Check, made
from callsim.scoring.measured import Measured, Said
from callsim.scoring.pacing_checks import NOTHING_SAID
from callsim.scoring.phrasing_help import PROMISING, of, shown, told_ms
from callsim.scoring.rubric import Phrasing

_FAULTS = {
    "blame": "the caller's own fault",
    "defensiveness": "a defence of yourself",
    "refusal": "a refusal with nothing beside it",
    "minimising": "the problem made small",
    "rushing": "the caller hurried",
    "hedging": "a doubtful promise",
}
_KIND_PHRASES = ("empathy", "apology", "thanks", "alliance")
# Two short phrases share most of their words by chance.
_PHRASE_WORDS = 3


def avoided_checks(call: Measured, rules: Phrasing) -> list[Check]:
    """One check for each fault, in a fixed order."""
    faults = [_avoided(call, rules, act, why, _faults(call, act)) for act, why in _FAULTS.items()]
    rote = _avoided(call, rules, "rote", "the same kind phrase again", _again(call, rules))
    return [*faults, rote, _order(call, rules)]


def _avoided(call: Measured, rules: Phrasing, name: str, what: str, said: list[Said]) -> Check:
    clear = max(0.0, 1 - rules.avoided.each_costs * len(said))
    why = f"{what}: {_times(len(said))}" if call.passages else NOTHING_SAID
    return made(f"phrasing.{name}", clear, getattr(rules, name).points, why, shown(said))


def _faults(call: Measured, act: str) -> list[Said]:
    """The first of each passage: one sentence may match an act twice."""
    said = list({one.passage: one for one in reversed(of(call, act))}.values())[::-1]
    if act != "refusal":
        return said
    softened = {one.passage for one in call.acts if one.act in PROMISING}
    return [one for one in said if one.passage not in softened]


def _again(call: Measured, rules: Phrasing) -> list[Said]:
    """Kind phrases that had been said before in nearly the same words."""
    found = list[Said]()
    for act in _KIND_PHRASES:
        said = [one for one in of(call, act) if len(one.quote.split()) >= _PHRASE_WORDS]
        found += [one for at, one in enumerate(said) if any(_alike(one, other, rules) for other in said[:at])]
    return sorted({one.passage: one for one in found}.values(), key=lambda one: one.span)


def _alike(one: Said, other: Said, rules: Phrasing) -> bool:
    words, others = set(one.quote.lower().split()), set(other.quote.lower().split())
    return one.passage != other.passage and len(words & others) >= rules.rote.alike * len(words | others)


def _order(call: Measured, rules: Phrasing) -> Check:
    """An offer before the story answers nothing: people are heard first (HEARD)."""
    early = [one for one in of(call, "solution") if call.story and one.span.end_ms <= told_ms(call)]
    why = "you offered something before the story was told" if early else "nothing was offered before the story"
    why = why if call.passages else NOTHING_SAID
    return made("phrasing.order", float(not early), rules.order.points, why, shown(early))


def _times(count: int) -> str:
    return ("never", "once")[count] if count < 2 else f"{count} times"
