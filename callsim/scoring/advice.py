"""What to try next: one sentence for each check, the dearest lost points first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callsim.scoring.checks import Check, Part, Quote
from callsim.scoring.rubric import Overall

_MOST = 3
# Half of a check's points may be lost without a word about it.
_LOST_SHARE = 0.5

_TRY: Mapping[str, str] = {
    "pacing.words_per_minute": "Aim for the rate of calm talk: finish a sentence, breathe, go on.",
    "pacing.response_gap": "Leave the caller a breath, then answer; if you need time to think, say so.",
    "pacing.dead_air": "Say what you are doing and how long it takes before you go quiet: bear with me, I am checking.",
    "pacing.longest_turn": "Stop after two or three sentences and ask whether that makes sense.",
    "pacing.talk_share": "Give and take: let the caller tell it, then answer in full.",
    "pacing.fillers": "Let a pause be a pause.",
    "interruptions.cut_ins": "Wait until the caller has finished, then count one before you speak.",
    "interruptions.heard_out": "Let the caller tell the whole story first, even if you know the answer already.",
    "interruptions.talking_over": "If you both speak, stop at once and say: sorry, go on.",
    "phrasing.greeting": "Open with your company, your name and an offer of help.",
    "phrasing.empathy": "Name early what this is like for the caller: that must have cost you your morning.",
    "phrasing.apology": "Say sorry once, for the thing itself.",
    "phrasing.question": "Ask one question that helps you understand what happened or what is wanted.",
    "phrasing.ownership": "Take it on yourself: I will see to this, leave it with me.",
    "phrasing.solution": "Say what you can do, as a thing that will happen: I am sending a new one today.",
    "phrasing.timeframe": "Say by when: you will have it by Thursday noon.",
    "phrasing.needs": "Ask what would put this right, and answer each part of it.",
    "phrasing.recap": "Say back what you understood before you solve it: it broke on day one, and you need it Monday.",
    "phrasing.name": "Use the caller's name once or twice.",
    "phrasing.concrete": "Name the thing itself, as the caller did, in place of it or that.",
    "phrasing.satisfaction_check": "Ask at the end: does that work for you, is there anything else?",
    "phrasing.closing": "Close warmly: thank you for telling us, have a good day.",
    "phrasing.blame": "Leave out whose doing it was, and say what happens next.",
    "phrasing.defensiveness": "Do not defend yourself: say that you see the trouble, and what you will do.",
    "phrasing.refusal": "After a no, say what you can do: what I can do is this",
    "phrasing.minimising": "Leave out calm down and only: take the trouble as big as the caller feels it.",
    "phrasing.rushing": "Never mention the time or other calls: ask one clear question instead.",
    "phrasing.hedging": "Promise only what you know, and say it plainly.",
}


class Advice(Part):
    """What was lost and what to try instead; `evidence` is a moment that shows it."""

    check: str
    said: str
    instead: str
    evidence: Quote | None


def advice(checks: Sequence[Check], weights: Overall) -> tuple[Advice, ...]:
    """The three checks whose mending would help the overall score most, the dearest first; one a moment of the call.

    Among equals those that can be heard come first.
    """
    lost = [one for one in checks if one.points < _LOST_SHARE * one.of]
    lost.sort(key=lambda one: (-_worth(one, checks, weights), not one.evidence))
    found = list[Advice]()
    for one in lost:
        moment = one.evidence[0] if one.evidence else None
        if moment is None or all(other.evidence is None or moment != other.evidence for other in found):
            found.append(Advice(check=one.id, said=one.why, instead=_TRY[one.id], evidence=moment))
    return tuple(found[:_MOST])


def _worth(check: Check, checks: Sequence[Check], weights: Overall) -> float:
    """What the lost points cost the overall score, in its own weights."""
    of = sum(one.of for one in checks if one.dimension == check.dimension)
    weight: float = getattr(weights, check.dimension)
    return weight * (check.of - check.points) / of
