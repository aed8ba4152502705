"""From a text to a line the grammar can read: plain words, contractions opened, clauses fenced.

`hear("I'm sorry, but I can't.")` gives the line `| i am sorry | but i can not | `. Each plain word remembers which
word of `text.split()` it came from, so that a match can be quoted in the words that were really said. Known mishearings
of the recogniser are put right on the way ("sore he" is "sorry"); what it dropped cannot be.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import Any

_ENDS = re.compile(r"[.?!;:…]+[\"')\]]*$")
_KEEP = re.compile(r"[^a-z0-9']+")
_DASHES = re.compile(r"[-–—/]+")


@cache
def data(name: str) -> dict[str, Any]:
    """One TOML file of this package, read once."""
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


@cache
def _contractions() -> dict[str, tuple[str, ...]]:
    return {short: tuple(full.split()) for short, full in data("words.toml")["contractions"].items()}


@cache
def _hearings() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {tuple(heard.split()): tuple(said.split()) for heard, said in data("words.toml")["hearings"].items()}


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(data("words.toml")["sets"][name].split())


@cache
def expand(word: str) -> tuple[str, ...]:
    """The plain words of one lower-case word: "can't" is can, not; "we'll" is we, will; a number is #."""
    if word in _contractions():
        return _contractions()[word]
    if any(letter.isdigit() for letter in word):
        return ("#",)
    stem, _, tail = word.partition("'")
    if tail in ("ll", "re", "ve", "d", "m") and stem:
        return (stem, {"ll": "will", "re": "are", "ve": "have", "d": "would", "m": "am"}[tail])
    if word.endswith("n't") and len(word) > 4:
        return (word[:-3], "not")
    if tail == "s" and stem in _set("subjects"):
        return (stem, "is")
    return (word.replace("'", "") if tail not in ("s", "") else word,)


@dataclass(frozen=True, slots=True)
class Plain:
    """One plain word, the half-open range of spoken words it stands for, and whether a clause ends after it."""

    word: str
    first: int
    last: int
    ends: bool = False
    comma: bool = False


def _plain_of(spoken: str, index: int, following: str) -> list[Plain]:
    lowered = spoken.lower().replace("’", "'").replace("‘", "'")
    if lowered.endswith("'s") and following.lower() in _set("after_is"):
        lowered = f"{lowered[:-2]}/is"
    if lowered.startswith(("[", "<")):
        return []
    ends = bool(_ENDS.search(lowered)) and lowered.rstrip(".") not in _set("titles")
    pieces = [_KEEP.sub("", piece).strip("'") for piece in _DASHES.split(lowered)]
    words = [word for piece in pieces if piece for word in expand(piece)]
    plain = [Plain(word, index, index + 1) for word in words]
    if plain:
        plain[-1] = Plain(words[-1], index, index + 1, ends, lowered.endswith(","))
    return plain


def _put_right(plain: list[Plain]) -> list[Plain]:
    result, at = list[Plain](), 0
    while at < len(plain):
        for size in (4, 3, 2, 1):
            said = _hearings().get(tuple(item.word for item in plain[at : at + size]))
            if said:
                last = plain[min(at + size, len(plain)) - 1]
                result += [Plain(word, plain[at].first, last.last) for word in said[:-1]]
                result.append(Plain(said[-1], plain[at].first, last.last, last.ends, last.comma))
                at += size
                break
        else:
            result.append(plain[at])
            at += 1
    return result


def _stutters(plain: list[Plain]) -> list[Plain]:
    result = list[Plain]()
    for item in plain:
        again = result and item.word == result[-1].word and item.word in _set("stutters")
        if not again and item.word not in _set("noises"):
            result.append(item)
        elif result:
            result[-1] = replace(result[-1], ends=result[-1].ends or item.ends, comma=result[-1].comma or item.comma)
    return result


@dataclass(frozen=True, slots=True)
class Heard:
    """A text as one line of plain words in fenced clauses, and where each plain word came from."""

    line: str
    starts: tuple[int, ...]
    plain: tuple[Plain, ...]

    def words(self, start: int, end: int) -> tuple[int, int]:
        """The half-open range of spoken words under the characters `start` to `end` of the line."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        final = max(bisect_right(self.starts, end - 1) - 1, first)
        return self.plain[first].first, self.plain[final].last


def hear(text: str) -> Heard:
    """The line of a text; any text is fine, an empty one gives an empty line."""
    spoken = text.split()
    followed = enumerate(zip_longest(spoken, spoken[1:], fillvalue=""))
    plain = [item for index, (word, following) in followed for item in _plain_of(word, index, following)]
    plain = _stutters(_put_right(plain))
    fences = _fences([item.word for item in plain])
    line, starts = "| ", list[int]()
    for number, item in enumerate(plain):
        comma = number and plain[number - 1].comma and item.word in _set("after_comma")
        if number and (number in fences or plain[number - 1].ends or comma):
            line += "| "
        starts.append(len(line))
        line += f"{item.word} "
    return Heard(line + "| ", tuple(starts), tuple(plain))


def _fences(words: list[str]) -> set[int]:
    """Before which words a new clause starts when nobody heard a comma; see [sets] in words.toml for the words."""
    found, opening = set[int](), True
    for number, word in enumerate(words):
        before = words[number - 1] if number else ""
        after = words[number + 1] if number + 1 < len(words) else ""
        if opening and number and word not in _set("openers"):
            found.add(number)
            opening = False
        if (
            word in _set("breaks")
            or (word in ("and", "so", "or", "then") and after in _set("after_and") and before not in ("if", "even"))
            or (word in _set("starts") and before and before not in _set("glue"))
        ):
            found.add(number)
        opening = opening and word in _set("openers")
    return found
