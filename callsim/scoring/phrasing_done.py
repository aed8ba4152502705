"""The checks of phrasing for what was done: warmth early and late, competence between, in the caller's own nouns."""

from __future__ import annotations

import re

from callsim.scoring.checks import Check, Outcome, made, not_made
from callsim.scoring.measured import Measured, Said
from callsim.scoring.pacing_checks import NOTHING_SAID
from callsim.scoring.phrasing_help import (
    COMPETENT,
    PROMISING,
    after_story,
    answers,
    echoes,
    meeting,
    met,
    needs_met,
    of,
    passage_shown,
    shown,
    told_ms,
)
from callsim.scoring.rubric import Phrasing
from callsim.timeline import Ms, Span

_I = re.compile(r"\b(?:i|i'll|i'm|i've|i'd|me|my|mine|myself)\b")
_WE = re.compile(r"\b(?:we|we'll|we're|we've|we'd|us|our|ours)\b")
_STAYING = re.compile(r"\b(?:tell|told|explain\w*|brief\w*|fill\w*|stay\w*|introduce\w*|again|with you|by name)\b")
_WARM_BESIDE = frozenset({"thanks", "name_use", "empathy", "alliance"})
_BARE_WORDS = 2


def done_checks(call: Measured, rules: Phrasing) -> list[Outcome]:
    """All of them, in the order of a call."""
    return [
        _greeting(call, rules),
        _empathy(call, rules),
        _simple(call, "apology", rules, ("you apologised", "you never apologised")),
        _simple(
            call, "alliance", rules, ("you took the caller's side", "you never said that you are on the caller's side")
        ),
        _simple(call, "question", rules, ("you asked to understand", "you never asked to understand")),
        _ownership(call, rules),
        _solution(call, rules),
        _timeframe(call, rules),
        _needs(call, rules),
        _middle(call, rules),
        _handover(call, rules),
        _simple(call, "recap", rules, ("you said back what you understood", "you never said it back")),
        _name(call, rules),
        _concrete(call, rules),
        _simple(call, "thanks", rules, ("you thanked the caller", "you never thanked the caller")),
        _simple(
            call,
            "satisfaction_check",
            rules,
            ("you asked whether that helps", "you never asked whether that helps"),
        ),
        _closing(call, rules),
    ]


def _simple(call: Measured, act: str, rules: Phrasing, whys: tuple[str, str]) -> Check:
    return met(call, f"phrasing.{act}", after_story(call, act), getattr(rules, act).points, whys)


def _greeting(call: Measured, rules: Phrasing) -> Check:
    said = [one for one in of(call, "greeting") if one.passage <= 1]
    whys = ("you opened the call", "the call had no opening")
    return met(call, "phrasing.greeting", said, rules.greeting.points, whys)


def _empathy(call: Measured, rules: Phrasing) -> Check:
    id, said, settings = "phrasing.empathy", after_story(call, "empathy"), rules.empathy
    before = sum(passage.span.end_ms <= told_ms(call) for passage in call.passages)
    early = [one for one in said if one.passage < before + settings.early_passages]
    if said and not early:
        return made(id, settings.late, settings.points, "you named the caller's feeling, but late", shown(said))
    if said and not any(echoes(call, call.passages[one.passage]) for one in early):
        why = "you said that you understand, but nothing of what the caller had told"
        return made(id, settings.general, settings.points, why, shown(early))
    whys = ("you showed early that you understand how this feels", "you never named what this is like for the caller")
    return met(call, id, early, settings.points, whys)


def _ownership(call: Measured, rules: Phrasing) -> Check:
    """Taken on in so many words, or by saying "I" of what will be done."""
    settings, taken = rules.ownership, after_story(call, "ownership")
    offers = after_story(call, "solution")
    said = taken + [one for one in offers if _I.search(one.quote.lower())]
    ours = taken + [one for one in offers if _WE.search(one.quote.lower())]
    if ours and not any(_I.search(one.quote.lower()) for one in said):
        why = 'you took it on, but never as "I"'
        return made("phrasing.ownership", settings.without_i, settings.points, why, shown(ours))
    whys = ("you took it into your own hands", "nobody took it on")
    return met(call, "phrasing.ownership", said, settings.points, whys)


def _solution(call: Measured, rules: Phrasing) -> Check:
    id, points, said = "phrasing.solution", rules.solution.points, after_story(call, "solution")
    where = meeting(call)
    if where:
        evidence = shown([one for one in said if one.passage in where])
        evidence = evidence or [passage_shown(call.passages[at]) for at in where]
        return made(id, 1.0, points, "you said what will be done, and it was what the caller needed", evidence)
    facts = call.evidence.facts
    if said and facts and facts.needs:
        why = "you offered something, but not what the caller needed"
        return made(id, rules.solution.unneeded, points, why, shown(said))
    early = bool(of(call, "solution")) and not said
    no = "you offered something before the story was told, and nothing after" if early else "no solution was offered"
    return met(call, id, said, points, ("you said what will be done", no))


def _timeframe(call: Measured, rules: Phrasing) -> Check:
    """By when: only close to something that will be done; "a whole week" of the caller's trouble is none."""
    promised = [one.span for one in after_story(call, "solution", "ownership", "escalation")]
    promised += [call.passages[at].span for at in meeting(call)]
    times, near_ms = after_story(call, "timeframe"), rules.timeframe.near_ms
    said = [one for one in times if any(_apart_ms(one.span, span) <= near_ms for span in promised)]
    whys = ("you said by when", "nothing was promised with a time")
    return met(call, "phrasing.timeframe", said, rules.timeframe.points, whys)


def _apart_ms(one: Span, other: Span) -> Ms:
    return max(one.start_ms - other.end_ms, other.start_ms - one.end_ms, 0)


def _needs(call: Measured, rules: Phrasing) -> Outcome:
    facts = call.evidence.facts
    if not facts or not facts.needs:
        return not_made("phrasing.needs", "the call has no script that names the caller's needs")
    count, all_of_them = len(needs_met(call)), len(set(facts.needs))
    why = f"{count} of the caller's {all_of_them} needs were met"
    return made("phrasing.needs", count / all_of_them, rules.needs.points, why)


def _middle(call: Measured, rules: Phrasing) -> Outcome:
    """After the first answer, goodbyes aside: the share of passages that ask, understand or solve.

    Of those in which anything was recognised, each once: not heard is not the same as not said, and saying it again is
    no more work.
    """
    id, at_work = "phrasing.middle", {one.passage for one in call.acts if one.act in COMPETENT} | set(meeting(call))
    known = at_work | {one.passage for one in call.acts if one.act != "name_use"}
    once = {one.text: at for at, one in reversed([*enumerate(call.passages)])}.values()
    aside = {one.passage for one in of(call, "closing")}
    between = [at for at in answers(call, rules)[1:] if at in known and at in once and at not in aside]
    if not between:
        return not_made(id, "the call was too short to have a middle")
    idle = [at for at in between if at not in at_work]
    why = f"{len(between) - len(idle)} of {len(between)} turns in the middle of the call asked, understood or solved"
    evidence = [passage_shown(call.passages[at]) for at in idle[:1]]
    return made(id, 1 - len(idle) / len(between), rules.middle.points, why, evidence)


def _handover(call: Measured, rules: Phrasing) -> Outcome:
    """Only where somebody senior came into it: a caller handed over should not have to tell it all again."""
    id, said = "phrasing.handover", after_story(call, "escalation")
    if not said and call.evidence.ending != "supervisor":
        return not_made(id, "nobody senior was needed")
    with_care = any(_STAYING.search(call.passages[one.passage].text.lower()) for one in said)
    if said and not with_care:
        why = "you handed the caller over, but did not say what the other would be told"
        return made(id, rules.handover.cold, rules.handover.points, why, shown(said))
    whys = ("you handed the caller over with care", "the caller had to ask for somebody senior")
    return met(call, id, said, rules.handover.points, whys)


def _name(call: Measured, rules: Phrasing) -> Outcome:
    id, settings = "phrasing.name", rules.name
    if not call.evidence.facts:
        return not_made(id, "the caller's name is not known")
    said, words = of(call, "name_use"), sum(len(one.words) for one in call.passages)
    if len(said) > max(settings.always_fine, words / settings.one_in_words):
        return made(id, 0.0, settings.points, f"the name {len(said)} times in {words} words is too often", shown(said))
    return met(call, id, said, settings.points, ("you used the caller's name", "you never used the caller's name"))


def _concrete(call: Measured, rules: Phrasing) -> Outcome:
    """The script's nouns, where the trainee feels, understands or promises something."""
    id, facts = "phrasing.concrete", call.evidence.facts
    if not facts or not facts.nouns:
        return not_made(id, "the call has no script that names what it is about")
    spoken = [call.passages[at] for at in answers(call, rules)]
    text = " ".join(passage.text for passage in spoken).lower()
    named = [noun for noun in dict.fromkeys(facts.nouns) if re.search(rf"\b{re.escape(noun.lower())}", text)]
    enough = min(rules.concrete.enough, len(set(facts.nouns)))
    why = f"you named {', '.join(named)}" if named else "you never named the thing itself"
    vague = [one for one in after_story(call, *PROMISING)[:1] if not named]
    return made(id, min(1.0, len(named) / enough), rules.concrete.points, why if spoken else NOTHING_SAID, shown(vague))


def _closing(call: Measured, rules: Phrasing) -> Outcome:
    id, evidence, settings = "phrasing.closing", call.evidence, rules.closing
    if evidence.lines is not None and evidence.ending is None:
        return not_made(id, "the call broke off")
    last = len(call.passages) - 2
    said = [one for one in after_story(call, "closing", "thanks") if one.passage >= last]
    if said and not any(_is_warm(call, one) for one in said):
        return made(id, settings.bare, settings.points, "you said goodbye, and no more", shown(said))
    return met(call, id, said, settings.points, ("you closed warmly", "the call had no warm close"))


def _is_warm(call: Measured, said: Said) -> bool:
    beside = {one.act for one in call.acts if one.passage == said.passage}
    return len(said.quote.split()) > _BARE_WORDS or bool(beside & _WARM_BESIDE)
