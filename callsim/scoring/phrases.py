"""A coach's own phrases for acts, from the rubric file, beside those that callsim knows.

The notation is that of `callsim/acts/warm.toml`; only the score hears these phrases, the simulated caller does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from callsim.acts import ACTS, Act, acts_of
from callsim.acts.grammar import Index, Part, Rule, classes_of, rules_of
from callsim.acts.words import data, hear

Phrases: TypeAlias = Mapping[str, tuple[str, ...]]
NO_PHRASES: Phrases = MappingProxyType({})
# Says what a text does, given the caller's full name: `callsim.acts.acts_of`, or what it is known to have said before.
Reader: TypeAlias = Callable[[str, str | None], tuple[Act, ...]]


@cache
def _classes() -> Mapping[str, Part]:
    return classes_of(data("words.toml")["classes"])


def rules_for(act: str, phrases: tuple[str, ...]) -> Iterator[Rule]:
    """The rules of an act's phrases. Raises RubricError that quotes the phrase which means nothing."""
    return rules_of(act, [{"say": phrase} for phrase in phrases], _classes())


def read_acts(text: str, name: str | None) -> tuple[Act, ...]:
    """The acts of a text by callsim's own phrases and model."""
    return acts_of(text, name=name)


class Hearer:
    """Finds the acts of a text, by callsim's phrases and the coach's own."""

    def __init__(self, phrases: Phrases, reader: Reader = read_acts) -> None:
        self._reader = reader
        self._index = Index(rule for act, own in phrases.items() for rule in rules_for(act, own))

    def acts_of(self, text: str, name: str | None) -> tuple[Act, ...]:
        """Like `callsim.acts.acts_of`; a phrase of the coach's where the same act was found anyway adds nothing."""
        found = list(self._reader(text, name))
        heard, spoken = hear(text), text.split()
        for rule, start, end in self._index.matches(heard.line):
            first, last = heard.words(start, end)
            if not any(one.act == rule.act and first <= one.last and one.first <= last for one in found):
                found.append(Act(rule.act, " ".join(spoken[first:last]), first, last))
        return tuple(sorted(found, key=lambda act: (act.first, act.last, ACTS.index(act.act))))
