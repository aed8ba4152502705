"""The checks of phrasing: what the trainee's words did for the caller, and what they spared the caller."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from callsim.scoring.checks import Check, Outcome, Quote, made, not_made
from callsim.scoring.measured import Measured, Said
from callsim.scoring.pacing_checks import NOTHING_SAID
from callsim.scoring.rubric import Phrasing, Rubric
from callsim.timeline import Ms, Span, total_ms

_AVOIDED = {
    "blame": "the caller's own fault",
    "defensiveness": "a defence of yourself",
    "refusal": "a refusal with nothing beside it",
    "minimising": "the problem made small",
    "rushing": "the caller hurried",
    "hedging": "a doubtful promise",
}
_HELP = frozenset({"solution", "escalation", "ownership", "timeframe"})
_FIRST_PERSON = re.compile(r"\b(?:i|i'll|i'm|i've|i'd|me|my|mine)\b")
_MOST_QUOTES = 3
Whys: TypeAlias = tuple[str, str]


def phrasing_checks(call: Measured, rubric: Rubric) -> list[Outcome]:
    """All checks of phrasing, in a fixed order; switched-off ones are left out."""
    rules = rubric.phrasing
    if reason := _unknowable(call, rules):
        names = [name for name in Phrasing.model_fields if name not in ("wordless_ms", "avoided")]
        checks: list[Outcome] = [not_made(f"phrasing.{name}", reason) for name in names]
    else:
        checks = [*_done(call, rules), *(_avoided(call, rules, name) for name in _AVOIDED)]
    return [one for one in checks if getattr(rules, one.id.removeprefix("phrasing.")).points]


def _unknowable(call: Measured, rules: Phrasing) -> str | None:
    voice_ms = total_ms(call.evidence.trainee)
    if call.passages or voice_ms < rules.wordless_ms:
        return None
    return f"no word was recognised in {voice_ms / 1000:.0f} s of the trainee's voice"


def _done(call: Measured, rules: Phrasing) -> list[Outcome]:
    return [
        _greeting(call, rules),
        _empathy(call, rules),
        _simple(call, "apology", rules.apology.points, ("you apologised", "you never apologised")),
        _simple(call, "question", rules.question.points, ("you asked to understand", "you never asked to understand")),
        _ownership(call, rules),
        _solution(call, rules),
        _timeframe(call, rules),
        _needs(call, rules),
        _simple(call, "recap", rules.recap.points, ("you said back what you understood", "you never said it back")),
        _name(call, rules),
        _concrete(call, rules),
        _satisfaction_check(call, rules),
        _closing(call, rules),
    ]


def _of(call: Measured, act: str) -> list[Said]:
    return [one for one in call.acts if one.act == act]


def _after_story(call: Measured, act: str) -> list[Said]:
    """The acts of a kind that answer the caller's story; before it was told nothing does."""
    told_ms = call.story.end_ms if call.story else 0
    return [one for one in _of(call, act) if one.span.end_ms > told_ms]


def _shown(said: Sequence[Said]) -> list[Quote]:
    return [Quote(start_ms=one.span.start_ms, end_ms=one.span.end_ms, quote=one.quote) for one in said[:_MOST_QUOTES]]


def _met(call: Measured, id: str, said: Sequence[Said], points: float, whys: Whys) -> Check:
    """A check that is met by any of `said`, once: the same again earns nothing."""
    yes, no = whys
    lost = no if call.passages else NOTHING_SAID
    return made(id, float(bool(said)), points, yes if said else lost, _shown(said))


def _simple(call: Measured, act: str, points: float, whys: Whys) -> Check:
    return _met(call, f"phrasing.{act}", _after_story(call, act), points, whys)


def _greeting(call: Measured, rules: Phrasing) -> Check:
    said = [one for one in _of(call, "greeting") if one.passage <= 1]
    whys = ("you opened the call", "the call had no opening")
    return _met(call, "phrasing.greeting", said, rules.greeting.points, whys)


def _empathy(call: Measured, rules: Phrasing) -> Check:
    said, settings = _after_story(call, "empathy"), rules.empathy
    told_ms = call.story.end_ms if call.story else 0
    before = sum(passage.span.end_ms <= told_ms for passage in call.passages)
    if said and said[0].passage >= before + settings.early_passages:
        why = "you named the caller's feeling, but late"
        return made("phrasing.empathy", 0.5, settings.points, why, _shown(said))
    whys = ("you showed early that you understand how this feels", "you never named what this is like for the caller")
    return _met(call, "phrasing.empathy", said, settings.points, whys)


def _ownership(call: Measured, rules: Phrasing) -> Check:
    said, settings = _after_story(call, "ownership"), rules.ownership
    if said and not any(_FIRST_PERSON.search(one.quote.lower()) for one in said):
        why = 'you took it on, but never as "I"'
        return made("phrasing.ownership", settings.without_i, settings.points, why, _shown(said))
    whys = ("you took it into your own hands", "nobody took it on")
    return _met(call, "phrasing.ownership", said, settings.points, whys)


def _solution(call: Measured, rules: Phrasing) -> Check:
    said = _after_story(call, "solution")
    early = bool(_of(call, "solution")) and not said
    no = "you offered something before the story was told, and nothing after" if early else "no solution was offered"
    return _met(call, "phrasing.solution", said, rules.solution.points, ("you said what will be done", no))


def _timeframe(call: Measured, rules: Phrasing) -> Check:
    """By when: only close to something that will be done; "a whole week" of the caller's trouble is none."""
    promised = [one.span for act in ("solution", "ownership", "escalation") for one in _after_story(call, act)]
    times, near_ms = _after_story(call, "timeframe"), rules.timeframe.near_ms
    said = [one for one in times if any(_apart_ms(one.span, span) <= near_ms for span in promised)]
    whys = ("you said by when", "nothing was promised with a time")
    return _met(call, "phrasing.timeframe", said, rules.timeframe.points, whys)


def _apart_ms(one: Span, other: Span) -> Ms:
    return max(one.start_ms - other.end_ms, other.start_ms - one.end_ms, 0)


def _needs(call: Measured, rules: Phrasing) -> Outcome:
    facts = call.evidence.facts
    if not facts or not facts.needs:
        return not_made("phrasing.needs", "the call has no script that names the caller's needs")
    met = {one.need for one in call.evidence.needs_met} & set(facts.needs)
    why = f"{len(met)} of the caller's {len(set(facts.needs))} needs were met"
    return made("phrasing.needs", len(met) / len(set(facts.needs)), rules.needs.points, why)


def _name(call: Measured, rules: Phrasing) -> Outcome:
    if not call.evidence.facts:
        return not_made("phrasing.name", "the caller's name is not known")
    said, points = _of(call, "name_use"), rules.name.points
    return _met(call, "phrasing.name", said, points, ("you used the caller's name", "you never used the caller's name"))


def _concrete(call: Measured, rules: Phrasing) -> Outcome:
    id, facts = "phrasing.concrete", call.evidence.facts
    if not facts or not facts.nouns:
        return not_made(id, "the call has no script that names what it is about")
    text = " ".join(passage.text for passage in call.passages).lower()
    named = [noun for noun in dict.fromkeys(facts.nouns) if re.search(rf"\b{re.escape(noun.lower())}", text)]
    enough = min(rules.concrete.enough, len(set(facts.nouns)))
    why = f"you named {', '.join(named)}" if named else "you never named the thing itself"
    return made(id, min(1.0, len(named) / enough), rules.concrete.points, why)


def _satisfaction_check(call: Measured, rules: Phrasing) -> Outcome:
    whys = ("you asked whether that helps", "you never asked whether that helps")
    return _simple(call, "satisfaction_check", rules.satisfaction_check.points, whys)


def _closing(call: Measured, rules: Phrasing) -> Outcome:
    id, evidence = "phrasing.closing", call.evidence
    if evidence.lines is not None and evidence.ending is None:
        return not_made(id, "the call broke off")
    said = [one for one in _of(call, "closing") + _of(call, "thanks") if one.passage >= len(call.passages) - 2]
    said = [one for one in said if one in _after_story(call, one.act)]
    return _met(call, id, said, rules.closing.points, ("you closed warmly", "the call had no warm close"))


def _avoided(call: Measured, rules: Phrasing, act: str) -> Check:
    """Staying clear of a fault: in full where help was offered, in part where it was only taken on, else not at all."""
    id, points, said = f"phrasing.{act}", getattr(rules, act).points, _faults(call, act)
    clear = max(0.0, 1 - rules.avoided.each_costs * len(said))
    helped = _helpfulness(call, rules)
    why = f"{_AVOIDED[act]}: {_times(len(said))}" if said else f"{_AVOIDED[act]}: never"
    if not call.passages:
        why = NOTHING_SAID
    elif helped < 1:
        why += ", but little help was offered" if helped else ", but no help was offered"
    return made(id, clear * helped, points, why, _shown(said))


def _faults(call: Measured, act: str) -> list[Said]:
    """The first of each passage: one sentence may match an act twice."""
    said = list({one.passage: one for one in reversed(_of(call, act))}.values())[::-1]
    if act != "refusal":
        return said
    helped = {one.passage for one in call.acts if one.act in _HELP}
    return [one for one in said if one.passage not in helped]


def _helpfulness(call: Measured, rules: Phrasing) -> float:
    if _after_story(call, "solution") or _after_story(call, "escalation") or call.evidence.needs_met:
        return 1.0
    return rules.avoided.owned_share if _after_story(call, "ownership") or _after_story(call, "question") else 0.0


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
