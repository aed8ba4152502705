"""What an utterance does: the acts of a trainee's words.

`acts_of` reads one utterance, recognised or written, and says what it does and in which words. It is all patterns, kept
as data: what helps in `warm.toml`, what hurts in `cold.toml`, single words in `words.toml`; the notation stands at the
head of `warm.toml`, `grammar.py` compiles it. The same text always gives the same acts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from callsim.acts.grammar import Index, classes_of, compiled, expression, lines, rules_of
from callsim.acts.names import name_spans
from callsim.acts.words import Heard, data, hear

ACTS: tuple[str, ...] = (
    "greeting",
    "closing",
    "empathy",
    "apology",
    "ownership",
    "solution",
    "timeframe",
    "alliance",
    "question",
    "recap",
    "name_use",
    "thanks",
    "escalation",
    "satisfaction_check",
    "hold",
    "blame",
    "defensiveness",
    "refusal",
    "minimising",
    "rushing",
    "hedging",
)
_BACKCHANNEL_WORDS = 3
# Two minutes of talk without a breath; the guards look through a whole clause, so the work grows with its square.
_MOST_WORDS = 300

__all__ = ["ACTS", "Act", "acts_of", "is_backchannel"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing an utterance does: `quote` is the words `first` up to but not with `last` of `text.split()`."""

    act: str
    quote: str
    first: int
    last: int


@cache
def _index() -> Index:
    classes = classes_of(data("words.toml")["classes"])
    tables = data("warm.toml") | data("cold.toml")
    return Index(rule for act, groups in tables.items() for rule in rules_of(act, groups, classes))


@cache
def _acknowledgement() -> re.Pattern[str]:
    classes = classes_of(data("words.toml")["classes"])
    block = data("words.toml")["acknowledgements"]["say"]
    return expression("|".join(compiled(line, classes).regex for line in lines(block)))


def acts_of(text: str, *, name: str | None = None) -> tuple[Act, ...]:
    """The acts of one utterance in the order they are said; `name` is the caller's full name, for `name_use`.

    Case and punctuation are welcome but not needed. Matches of one act that overlap or touch are one place and give one
    act; different acts may share words. More words than anybody says in one go are read in pieces.
    """
    words = text.split()
    pieces = range(0, len(words), _MOST_WORDS)
    found = ((first, _acts_in(" ".join(words[first : first + _MOST_WORDS]), name)) for first in pieces)
    return tuple(replace(act, first=act.first + at, last=act.last + at) for at, acts in found for act in acts)


def _acts_in(text: str, name: str | None) -> tuple[Act, ...]:
    heard, spoken = hear(text), text.split()
    spans: dict[str, list[tuple[int, int]]] = {}
    for act, first, last in _found(heard, name):
        spans.setdefault(act, []).append((first, last))
    acts = [
        Act(act, " ".join(spoken[first:last]), first, last)
        for act, places in spans.items()
        for first, last in _merged(places)
    ]
    return tuple(sorted(acts, key=lambda act: (act.first, act.last, ACTS.index(act.act))))


def _found(heard: Heard, name: str | None) -> Iterator[tuple[str, int, int]]:
    for rule, start, end in _index().matches(heard.line):
        yield rule.act, *heard.words(start, end)
    for start, end in name_spans(heard.line, name) if name else ():
        yield "name_use", *heard.words(start, end)


def _merged(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged = list[tuple[int, int]]()
    for first, last in sorted(places):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def is_backchannel(text: str) -> bool:
    """Whether a text is nothing but an acknowledgement of at most three words, the kind that leaves the floor alone."""
    if not text.split() or len(text.split()) > _BACKCHANNEL_WORDS:
        return False
    words = hear(text).line.replace("|", " ").split()
    return bool(words) and _acknowledgement().fullmatch(" ".join(words) + " ") is not None
