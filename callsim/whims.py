"""What makes a caller unpredictable: background life, a misheard word, a second problem. Pure, settled by the seed."""

from __future__ import annotations

import random
from dataclasses import replace

from callsim.replies import Memory, mentions, pick, spoken
from callsim.script import Misheard, Need, Script

# So often does a line begin with a tangent, a word that sounds like another get misheard, a second problem come up.
TANGENT_CHANCE = 0.2
MISHEARD_CHANCE = 0.35
SECOND_PROBLEM_CHANCE = 0.5
MOST_TANGENTS = 2


def happens(script: Script, memory: Memory, what: str, chance: float) -> bool:
    """Whether something happens: by the script, the seed and its name alone, whatever else was drawn."""
    return random.Random(f"{script.title}/{memory.seed}/{what}").random() < chance


def tangent(script: Script, memory: Memory, frustration: int) -> tuple[Memory, str, str]:
    """Background life before the next line, with its id; two empty texts where nothing comes up now."""
    left = tuple(one for one in script.tangents if one.id not in memory.tangents and one.say.variants(frustration))
    if not left or len(memory.tangents) >= MOST_TANGENTS:
        return memory, "", ""
    if not happens(script, memory, f"tangent/{memory.draws}", TANGENT_CHANCE):
        return memory, "", ""
    chosen = random.Random(f"{memory.seed}/which/{memory.draws}").choice(left)
    memory, text = pick(memory, chosen.say.variants(frustration))
    return replace(memory, tangents=(*memory.tangents, chosen.id)), chosen.id, text


def misheard(script: Script, memory: Memory, text: str, frustration: int) -> tuple[Memory, str]:
    """What the caller asks back about a word that it heard wrongly, once in a call at most; else an empty text."""
    if memory.misheard or not happens(script, memory, f"misheard/{memory.draws}", MISHEARD_CHANCE):
        return memory, ""
    wrong: Misheard | None = next((one for one in script.misheard if mentions(text, one.words)), None)
    if wrong is None:
        return memory, ""
    memory, asks = spoken(memory, wrong.say, frustration)
    return replace(memory, misheard=True), asks


def second_problem(script: Script, memory: Memory) -> Need | None:
    """The need that comes up once the others are settled; None where there is none, or not in this call."""
    left = (need for need in script.needs if need.second and need.id not in memory.raised)
    need = next(left, None)
    return need if need and happens(script, memory, f"second/{need.id}", SECOND_PROBLEM_CHANCE) else None
