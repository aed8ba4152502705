"""What the checks of phrasing share: the trainee's acts after the story, and how much help there was in the call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from callsim.scoring.checks import Check, Quote, made, quote_of
from callsim.scoring.measured import Measured, Said
from callsim.scoring.pacing_checks import NOTHING_SAID
from callsim.scoring.rubric import Avoided, Phrasing
from callsim.scoring.stretches import Passage, Stretch
from callsim.timeline import Ms

# These show the help itself; what else is said is worth less without it, and staying clear of faults nothing.
HELPING = ("solution", "needs", "handover")
AVOIDED = ("blame", "defensiveness", "refusal", "minimising", "rushing", "hedging", "rote", "order")
COMPETENT = frozenset(
    {"question", "recap", "ownership", "solution", "timeframe", "escalation", "hold", "satisfaction_check"}
)
PROMISING = frozenset({"solution", "ownership", "timeframe", "escalation"})
_MOST_QUOTES = 3
_WORD = re.compile(r"[a-z']+")
_SHORT_LETTERS, _STEM_LETTERS = 3, 5
# Said in nearly every call, by either side.
_COMMON = frozenset(
    """about after again already also always anybody anything because been before being both call called calling cannot
    care come could didn't does doesn't doing don't done down each even ever every feel felt from gave give
    given goes going gone good have haven't hear heard hello help here i'll into it's just keep know last like
    made make many more most much must need never next nobody nothing only other over please really right said
    same says sent she's should since some somebody something still such sure take tell than thank thanks that
    that's their them then there there's these they they're thing things think this those time times told took
    understand until upset very want wanted well were what what's when where which while will with without won't
    would yeah you're you've your yours""".split()
)
Whys: TypeAlias = tuple[str, str]


def told_ms(call: Measured) -> Ms:
    """When the caller's story was told; the start of the call where there was none."""
    return call.story.end_ms if call.story else 0


def of(call: Measured, act: str) -> list[Said]:
    """All acts of a kind, in order."""
    return [one for one in call.acts if one.act == act]


def after_story(call: Measured, *acts: str) -> list[Said]:
    """The acts of these kinds that answer the caller's story; before it was told nothing does."""
    return [one for one in call.acts if one.act in acts and one.span.end_ms > told_ms(call)]


def answers(call: Measured, rules: Phrasing) -> list[int]:
    """The passages (counted from 0) after the story that are more than a word or two."""
    said = enumerate(call.passages)
    return [at for at, one in said if one.span.end_ms > told_ms(call) and len(one.words) >= rules.answer_words]


def needs_met(call: Measured) -> tuple[str, ...]:
    """The script's needs that were met, each once: a caller that was put off may take the same for met again."""
    known = call.evidence.facts.needs if call.evidence.facts else ()
    met = {one.need for one in call.evidence.needs_met}
    return tuple(need for need in dict.fromkeys(known) if need in met)


def meeting(call: Measured) -> list[int]:
    """The passages that met a need with something promised in them, whatever else was recognised there."""
    facts = call.evidence.facts
    times = [one.at_ms for one in call.evidence.needs_met if facts and one.need in facts.needs]
    before = ([at for at, one in enumerate(call.passages) if one.span.start_ms <= at_ms] for at_ms in times)
    found = dict.fromkeys(at[-1] for at in before if at)
    return [at for at in found if any(one.passage == at and one.act in PROMISING for one in call.acts)]


def helped(call: Measured, rules: Avoided, answered: bool) -> float:
    """How much help there was, 0 to 1: the share of the caller's needs met, above a floor for having tried.

    Where no script names needs: all of it for a solution or a handover, whatever it was.
    """
    handed = after_story(call, "escalation")
    floor = rules.answered_share if answered else 0.0
    if after_story(call, "ownership", "question", "solution") or handed:
        floor = max(floor, rules.owned_share)
    facts, met = call.evidence.facts, needs_met(call)
    if handed and call.evidence.ending == "supervisor":
        return 1.0
    if facts and facts.needs:
        return floor + (1 - floor) * len(met) / len(set(facts.needs))
    return 1.0 if handed or after_story(call, "solution") else floor


def reach(name: str, help_share: float, rules: Phrasing) -> float:
    """The share of a check's points that can be earned in a call with this much help."""
    if name in HELPING:
        return 1.0
    return help_share if name in AVOIDED else rules.words_alone + (1 - rules.words_alone) * help_share


def echoes(call: Measured, passage: Passage) -> bool:
    """Whether a passage holds a word of the caller's own, said before it; so too where no caller's word is known."""
    before = _caller_words(call, passage.span.end_ms)
    return not before or bool(before & _content(passage.text))


def _caller_words(call: Measured, until_ms: Ms) -> frozenset[str]:
    lines = [line.text for line in call.evidence.lines or () if line.span.start_ms < until_ms]
    heard = [one.text for one in call.evidence.utterances if one.who == "caller" and one.span.start_ms < until_ms]
    return _content(" ".join(lines + heard))


def _content(text: str) -> frozenset[str]:
    """The words that carry a meaning, cut to their stems, roughly: "charged" and "charges" are one."""
    words = (word for word in _WORD.findall(text.lower()) if len(word) > _SHORT_LETTERS and word not in _COMMON)
    return frozenset(word[:_STEM_LETTERS] for word in words)


def shown(said: Sequence[Said]) -> list[Quote]:
    """The first few acts as evidence."""
    return [Quote(start_ms=one.span.start_ms, end_ms=one.span.end_ms, quote=one.quote) for one in said[:_MOST_QUOTES]]


def passage_shown(passage: Passage) -> Quote:
    """A passage as evidence, with its first words."""
    return quote_of(passage.span, Stretch(passage.span, passage.words, passage.span.end_ms))


def met(call: Measured, id: str, said: Sequence[Said], points: float, whys: Whys) -> Check:
    """A check that is met by any of `said`, once: the same again earns nothing."""
    yes, no = whys
    lost = no if call.passages else NOTHING_SAID
    return made(id, float(bool(said)), points, yes if said else lost, shown(said))
