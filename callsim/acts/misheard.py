"""Spoils clean examples as Vosk would, for the training: what it made of our words before, learnt from `heard.toml`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property

import numpy as np

MOST_WORDS = 3
# Counted as said two times more than it was: what went wrong once need not do so each time.
_DOUBT = 2
# How often a word that was never spoken is taken for one spelled like it, or missed where there is none.
_UNKNOWN_RATE = 0.25
# Long stretches are not learnt and rare words weighed down, so that most of what went wrong would be lost.
_WORSE = 3

Words = tuple[str, ...]


@dataclass(frozen=True)
class Mishearings:
    """How often stretches of up to MOST_WORDS words were said, and what they were taken for."""

    said: Counter[Words]
    taken_for: dict[Words, Counter[Words]]

    def spoilt(self, text: str, chance: np.random.Generator) -> str:
        """The text as it might have been heard; the longest stretch that goes wrong wins."""
        words, heard, at = text.split(), list[str](), 0
        while at < len(words):
            length, became = self._one(words[at : at + MOST_WORDS], chance)
            heard += became
            at += length
        return " ".join(heard)

    def _one(self, words: Sequence[str], chance: np.random.Generator) -> tuple[int, Words]:
        for length in range(len(words), 0, -1):
            stretch = tuple(words[:length])
            wrong = self.taken_for.get(stretch)
            if wrong and chance.random() < _WORSE * wrong.total() / (self.said[stretch] + _DOUBT):
                return length, list(wrong.elements())[chance.integers(wrong.total())]
        unknown = (words[0],) not in self.said and chance.random() < _UNKNOWN_RATE
        return 1, tuple(get_close_matches(words[0], self._vocabulary, 1, 0.5)) if unknown else (words[0],)

    @cached_property
    def _vocabulary(self) -> list[str]:
        return sorted({word for outcomes in self.taken_for.values() for heard in outcomes for word in heard})


def learnt(pairs: Iterable[tuple[str, str]]) -> Mishearings:
    """From what was said, cut or not, and what was heard of it; what was only added, or longer, is not learnt."""
    said, taken_for = Counter[Words](), defaultdict[Words, Counter[Words]](Counter)
    for spoken, understood in pairs:
        one, other = spoken.replace("|", " ").split(), understood.split()
        said.update(tuple(one[at : at + n]) for n in range(1, MOST_WORDS + 1) for at in range(len(one) - n + 1))
        for kind, first, last, heard_first, heard_last in SequenceMatcher(None, one, other, False).get_opcodes():
            if kind != "equal" and 0 < last - first <= MOST_WORDS:
                taken_for[tuple(one[first:last])][tuple(other[heard_first:heard_last])] += 1
    return Mishearings(said, dict(taken_for))
