"""A script played through by made-up trainees, without words or sound: which endings, needs and lines come up. Pure.

A trainee here is a policy: what to do next, given what the caller feels and still needs. What a turn does is given, not
recognised, so that a script is judged by itself. Each policy is one that a person may follow, from listening to rude.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from callsim.caller import respond, said_whole, speak_up
from callsim.events import Ending
from callsim.mind import Mind, new_mind
from callsim.replies import unmet
from callsim.script import Script

SEEDS, WANDERERS = range(20), range(1_200)
_MOST_TURNS = 120


@dataclass(frozen=True, slots=True)
class Turn:
    """What a trainee does: acts, and the words that a need or an answer looks for; no acts and no words is silence."""

    acts: tuple[str, ...] = ()
    text: str = ""


Policy: TypeAlias = Callable[[Mind, random.Random], Turn]
SILENCE, NOTHING = Turn(), Turn(text="okay")
_KIND = (("empathy",), ("apology", "empathy"), ("recap", "ownership"), ("thanks", "name_use"), ("alliance",),
         ("question",))  # fmt: skip
_UNKIND = (("blame",), ("defensiveness",), ("minimising",), ("rushing",), ("refusal",), ("hedging",))
_OTHERS = (("apology",), ("solution",), ("ownership",), ("timeframe",), ("thanks",), ("hold",), ("closing",),
           ("escalation",), ("satisfaction_check",), ("refusal", "solution"), ("name_use",), ("recap",))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One call: how it ended, which needs were met, and every text that the caller said."""

    ending: Ending | None
    met: frozenset[str]
    said: frozenset[str]
    ids: tuple[str, ...]


def rehearse(script: Script, policy: Policy, seed: int) -> Rehearsed:
    """The call of one trainee, turn by turn; nobody cuts in, and every line is said to its end."""
    chance = random.Random(f"{seed}/trainee")
    mind = new_mind(script, seed)
    met, ids, ending = set[str](), list[str](), None
    turn = Turn(("greeting",), "hello") if chance.random() < 0.8 else SILENCE
    for _ in range(_MOST_TURNS):
        last = respond(mind, turn.text, turn.acts) if turn != SILENCE else speak_up(mind)
        met |= set(last.met)
        ids.append(last.reply.id)
        mind = said_whole(replace(last.mind, lines=last.mind.lines + 1), last.reply)
        if last.ending:
            ending = last.ending
            break
        turn = policy(mind, chance)
    return Rehearsed(ending, frozenset(met), mind.memory.said, tuple(ids))


def helps(mind: Mind, chance: random.Random) -> Turn:
    """Listens, is kind, asks, and gives the caller what it needs, each with a time."""
    if mind.story != "told" or chance.random() < 0.3:
        return _asks(mind, chance) if chance.random() < 0.3 else Turn(chance.choice(_KIND), "i see")
    return _solves(mind, ("name_use",)) or Turn(("satisfaction_check",), "is that all right")


def is_curt(mind: Mind, _: random.Random) -> Turn:
    """Solves it without a kind word."""
    if mind.story != "told":
        return NOTHING
    return _solves(mind) or NOTHING


def is_rude(_: Mind, chance: random.Random) -> Turn:
    """Makes it worse."""
    return Turn(chance.choice(_UNKIND), "well")


def is_silent(_: Mind, __: random.Random) -> Turn:
    """Says nothing."""
    return SILENCE


def hands_over(mind: Mind, chance: random.Random) -> Turn:
    """Rude until somebody senior is demanded, then hands over warmly."""
    return Turn(("escalation", "ownership"), "my manager") if mind.demanded else is_rude(mind, chance)


def comes_round(mind: Mind, chance: random.Random) -> Turn:
    """Rude at first, then listens and helps."""
    return is_rude(mind, chance) if mind.peak < 80 else helps(mind, chance)


def wanders(mind: Mind, chance: random.Random) -> Turn:
    """A bit of everything, each trainee more of one thing: the way into every corner of a script."""
    options: tuple[Callable[[], Turn], ...] = (
        lambda: _solves(mind) or NOTHING,
        lambda: _asks(mind, chance),
        lambda: Turn(chance.choice(_KIND), "i see"),
        lambda: Turn(chance.choice(_UNKIND), "well"),
        lambda: Turn(chance.choice(_OTHERS), "well"),
        lambda: Turn(("thanks",), _bare(chance.choice(chance.choice(mind.script.misheard).words))),
        lambda: NOTHING,
        lambda: SILENCE,
    )
    # The same for each turn of a call: the mind's own seed settles what this trainee leans to.
    leaning = random.Random(f"{mind.memory.seed}/leaning")
    weights = [leaning.random() ** 3 for _ in options]
    return chance.choices(options, weights)[0]()


POLICIES: tuple[Policy, ...] = (helps, is_curt, is_rude, is_silent, hands_over, comes_round)


def _asks(mind: Mind, chance: random.Random) -> Turn:
    known = [*mind.script.answers, *mind.script.common_answers]
    return Turn(("question",), _bare(chance.choice(chance.choice(known).words)))


def _solves(mind: Mind, kindly: tuple[str, ...] = ()) -> Turn | None:
    need = unmet(mind.script, mind.memory)
    if need is None:
        return None
    # Every other trainee names a time, which some callers hold them to.
    when = ("timeframe",) if mind.memory.seed % 2 else ()
    acts = dict.fromkeys((need.met_by[0], "ownership", *when, *kindly))
    return Turn(tuple(acts), f"{_bare(need.words[0]) if need.words else 'yes'} {'by friday' if when else ''}")


def _bare(words: str) -> str:
    """One wording that the words stand for."""
    return words.replace("*", "")


def rehearsals(script: Script) -> Iterator[Rehearsed]:
    """Every policy with every seed, and many that wander: about 1,300 calls, a second or two."""
    yield from (rehearse(script, policy, seed) for policy in POLICIES for seed in SEEDS)
    yield from (rehearse(script, wanders, seed) for seed in WANDERERS)
