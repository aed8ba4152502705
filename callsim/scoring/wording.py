"""What to try instead, for each check: neutral words, and words of this call where its script is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from callsim.scoring.checks import Check
from callsim.scoring.evidence import ScriptFacts
from callsim.scoring.measured import Measured, Said
from callsim.scoring.phrasing_help import PROMISING, after_story, needs_met

# For a recording, of which nothing but the sound is known.
_TRY: Mapping[str, str] = {
    "pacing.words_per_minute": "Aim for the rate of calm talk: finish a sentence, breathe, go on.",
    "pacing.response_gap": "Leave the caller a breath, then answer; if you need time to think, say so.",
    "pacing.dead_air": "Say what you are doing and how long it takes before you go quiet: bear with me, I am checking.",
    "pacing.longest_turn": "Stop after two or three sentences and ask whether that makes sense.",
    "pacing.talk_share": "Give and take: let the caller tell it, then answer in full.",
    "pacing.fillers": "Let a pause be a pause.",
    "pacing.steadiness": "When it gets heated, breathe out first, and speak as you did at the start.",
    "interruptions.cut_ins": "Wait until the caller has finished, then count one before you speak.",
    "interruptions.heard_out": "Let the caller tell the whole story first, even if you know the answer already.",
    "interruptions.talking_over": "If you both speak, stop at once and say: sorry, go on.",
    "phrasing.greeting": "Open with your company, your name and an offer of help.",
    "phrasing.empathy": "Name early what this is like for the caller: no wonder you are upset.",
    "phrasing.apology": "Say sorry once, for what happened, and go on.",
    "phrasing.alliance": "Take the caller's side: you are right, in your place I would call too.",
    "phrasing.question": "Ask one question that helps you understand what happened or what is wanted.",
    "phrasing.ownership": 'Take it on yourself, and say "I": I will see to this.',
    "phrasing.solution": "Say what you will do, as a thing that will happen.",
    "phrasing.timeframe": "Say by when, right beside what you will do.",
    "phrasing.needs": "Ask what would put this right, and answer each part of it.",
    "phrasing.middle": "Once you have said that you understand, ask or act in every turn.",
    "phrasing.handover": "Say who it is, what you will tell them, and that nothing has to be told again.",
    "phrasing.recap": "Say back in one sentence what you understood, and ask whether that is right.",
    "phrasing.name": "Use the caller's name once or twice.",
    "phrasing.concrete": "Name the thing itself, as the caller did, in place of it or that.",
    "phrasing.thanks": "Thank the caller once: for telling you, or for the patience.",
    "phrasing.satisfaction_check": "Ask at the end: is that all right for you, is there anything else?",
    "phrasing.closing": "Close warmly: thank you for telling us, goodbye.",
    "phrasing.blame": "Leave out whose doing it was, and say what happens next.",
    "phrasing.defensiveness": "Do not defend yourself: say that you see the trouble, and what you will do.",
    "phrasing.refusal": "After a no, say at once what you can do.",
    "phrasing.minimising": "Take the trouble as big as the caller feels it.",
    "phrasing.rushing": "Never mention the time or other calls: ask one clear question instead.",
    "phrasing.hedging": "Promise only what you know, and say it plainly.",
    "phrasing.rote": "Say it once; the next time, say what you are doing.",
    "phrasing.order": "Let the caller tell it all before you offer anything.",
}

# For a call whose script is known. What a call has no word for is left to the neutral ones.
_HERE: Mapping[str, str] = {
    "pacing.dead_air": "Before you go quiet, say for how long: bear with me, {name}, I am looking at the {thing}.",
    "phrasing.greeting": 'Open with the company, your name and an offer of help: "{company}, how can I help you?"',
    "phrasing.empathy": 'Name early what this is like: "{name}, no wonder you are upset about the {thing}."',
    "phrasing.apology": 'Say sorry once, for the thing itself: "I am sorry about the {thing}, {name}."',
    "phrasing.alliance": 'Take the caller\'s side: "You are right, {name}. I would be calling about the {thing} too."',
    "phrasing.question": 'Ask to understand: "{name}, can you tell me more about the {thing}?"',
    "phrasing.ownership": 'Take it on yourself, and say "I": "I will see to the {thing} myself, {name}."',
    "phrasing.solution": "Say what you will do as a thing that will happen; {name} still needs this: {wish}.",
    "phrasing.timeframe": 'Say by when, right beside what you promised: "{promise}", and then the day or the hour.',
    "phrasing.needs": "{name} still needs this: {wish}. Ask what would put it right, and answer each part.",
    "phrasing.middle": 'Once you have said that you understand, ask or act: "Let me look at the {thing} now."',
    "phrasing.handover": 'Say what the other will know: "My manager will know all about the {thing}, {name}."',
    "phrasing.recap": 'Say it back: "So it is about the {thing} and the {other}, {name}: have I got that right?"',
    "phrasing.name": 'Say the name once or twice: "I understand, {name}."',
    "phrasing.concrete": 'Say "the {unnamed}" in place of it or that.',
    "phrasing.thanks": 'Thank the caller once: "Thank you for telling me about the {thing}, {name}."',
    "phrasing.satisfaction_check": 'Ask at the end: "Is that all right for you, {name}? Is there anything else?"',
    "phrasing.closing": 'Close warmly: "Thank you for calling about the {thing}, {name}. Goodbye."',
    "phrasing.blame": 'Leave out whose doing it was, and say what happens next: "I will look into the {thing} now."',
    "phrasing.defensiveness": 'Do not defend yourself: "I see the trouble with the {thing}. Here is what I will do."',
    "phrasing.refusal": "After a no, say at once what you can do for {name}, such as: {offer}.",
    "phrasing.minimising": 'Take it as big as {name} feels it: "I can see what the {thing} means to you."',
    "phrasing.rushing": 'Give the caller room: "Take your time, {name}, and tell me about the {thing}."',
    "phrasing.hedging": 'Promise what you know: "I will find out about the {thing} and call you back, {name}."',
    "phrasing.rote": "Say it once; the next time, say what you are doing about the {thing}.",
    "phrasing.order": "Let {name} tell it all about the {thing} before you offer anything.",
}
_PROMISE_WORDS = 8
_TOO_OFTEN = "Say the name once or twice in a call, not in every sentence."


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one call: those it has, by their place in a sentence."""

    words: Mapping[str, str]

    def instead(self, check: Check) -> str:
        """What to try where a check was lost."""
        if check.id == "phrasing.name" and check.evidence:
            return _TOO_OFTEN
        try:
            return _HERE[check.id].format_map(self.words)
        except KeyError:
            return _TRY[check.id]


def wording(call: Measured) -> Wording:
    """The words of a call; a recording has none but what was promised in it."""
    words = dict(_of_script(call.evidence.facts, call)) if call.evidence.facts else {}
    promised = [_first_words(call, one) for one in after_story(call, *PROMISING)[:1]]
    return Wording(words | dict(zip(("promise",), promised, strict=False)))


def _first_words(call: Measured, said: Said) -> str:
    """What was promised, from where it was recognised on: its quote may stop short of the thing."""
    words = [word.word for word in call.passages[said.passage].words if word.start_ms >= said.span.start_ms]
    return " ".join(words[:_PROMISE_WORDS])


def _of_script(facts: ScriptFacts, call: Measured) -> Iterator[tuple[str, str]]:
    yield "name", facts.caller_name.split()[0]
    yield "company", facts.company
    told = " ".join(line.text for line in call.evidence.lines or () if line.text).lower()
    things = sorted(facts.nouns, key=lambda noun: noun.lower() not in told)
    yield from zip(("thing", "other"), things, strict=False)
    said = " ".join(passage.text for passage in call.passages).lower()
    unnamed = [noun for noun in things if noun.lower() not in said] or things
    wishes = facts.wishes or [need.replace("_", " ") for need in facts.needs]
    missed = [wish for need, wish in zip(facts.needs, wishes, strict=True) if need not in needs_met(call)]
    firsts = {"unnamed": unnamed, "wish": missed, "offer": facts.may_offer}
    yield from ((place, words[0]) for place, words in firsts.items() if words)
