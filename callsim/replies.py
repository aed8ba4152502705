"""What the caller says next: a line chosen from the script by what the trainee's turn did. Pure; seeded by the state.

A reply is a reaction ("So now it's my fault?") and a content ("So where is my parcel?"), each a variant not said before
in this call. The choice among variants comes from the seed and the number of draws so far: same seed, same caller.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from callsim.script import Answer, Need, Reactions, Said, Script


@dataclass(frozen=True, slots=True)
class Memory:
    """What the caller has said and learnt; a value, so that a step can be taken back.

    `raised` are the second problems that came up, `promises` the times that the trainee named.
    """

    seed: int = 0
    draws: int = 0
    said: frozenset[str] = frozenset()
    told: int = 0
    answered: tuple[str, ...] = ()
    needs_met: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    tangents: tuple[str, ...] = ()
    misheard: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A line to say: `id` names what of the script it came from, `parts` are said one after another."""

    id: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(self.parts)


def reply(line_id: str, *parts: str) -> Reply:
    """A line of the parts that are not empty."""
    return Reply(line_id, tuple(part for part in parts if part))


def pick(memory: Memory, variants: Sequence[str]) -> tuple[Memory, str]:
    """One of the variants, one not said yet where there is one; the memory knows it afterwards."""
    fresh = [text for text in variants if text not in memory.said] or list(variants)
    text = random.Random(f"{memory.seed}/{memory.draws}").choice(fresh)
    return replace(memory, draws=memory.draws + 1, said=memory.said | {text}), text


def asked_about(script: Script, text: str) -> Answer | None:
    """The answer whose words stand in the text, the script's own before those that anybody could give."""
    return _longest_match(script.answers, text) or _longest_match(script.common_answers, text)


def _longest_match(answers: Sequence[Answer], text: str) -> Answer | None:
    found = [(max(map(len, hits)), -i, answer) for i, answer in enumerate(answers)
             if (hits := [words for words in answer.words if mentions(text, (words,))])]  # fmt: skip
    return max(found)[2] if found else None


def newly_met(script: Script, memory: Memory, acts: Iterable[str], text: str) -> tuple[Need, ...]:
    """The needs that this turn meets: one of its acts and, where the need names words, one of those."""
    present = set(acts)
    if "refusal" in present and not present & {"solution", "escalation"}:
        return ()
    return tuple(
        need
        for need in script.needs
        if need.id not in memory.needs_met
        and _is_known(need, memory)
        and present & set(need.met_by)
        and (not need.words or mentions(text, need.words))
    )


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words or phrases stands in the text; "refund*" stands for whatever begins so."""
    return any(_pattern(phrase).search(text.lower()) for phrase in words)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    body = r"\s+".join(re.escape(word).replace(r"\*", r"[\w']*") for word in phrase.lower().split())
    return re.compile(rf"(?<![\w']){body}(?![\w'])")


def unmet(script: Script, memory: Memory) -> Need | None:
    """The first of the needs that are still open; a second problem is one only once it came up."""
    return next((need for need in script.needs if need.id not in memory.needs_met and _is_known(need, memory)), None)


def _is_known(need: Need, memory: Memory) -> bool:
    return not need.second or need.id in memory.raised


def reaction(script: Script, memory: Memory, felt: Iterable[str], frustration: int) -> tuple[Memory, str]:
    """What the caller says to the most telling of the acts it felt; an empty text where the script has nothing."""
    felt = set(felt)
    told = next((act for act in Reactions.model_fields if act in felt), None)
    return spoken(memory, getattr(script.reactions, told), frustration, again=False) if told else (memory, "")


def spoken(memory: Memory, said: Said, frustration: int, *, again: bool = True) -> tuple[Memory, str]:
    """A variant for this mood, one for any mood once those have been said, and then one again or, as told, nothing."""
    variants = said.variants(frustration)
    if memory.said.issuperset(variants):
        unsaid = tuple(text for text in said.any if text not in memory.said)
        variants = unsaid or (variants if again else ())
    return pick(memory, variants) if variants else (memory, "")


def rest_of(text: str, heard_ms: int, full_ms: int) -> str:
    """What is left of a line that was cut off, from the clause in which it was cut; the whole line if it just began.

    Where in the text the cut fell is estimated from the share of the time; a clause is said again rather than lost.
    """
    cut_at = len(text) * heard_ms // max(full_ms, 1)
    starts = [0, *(found.end() for found in re.finditer(r"[.!?;:,]\s+", text))]
    rest = text[max(start for start in starts if start <= cut_at) :]
    return rest[:1].upper() + rest[1:]
