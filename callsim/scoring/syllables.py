"""How many syllables an English word has: the CMU Pronouncing Dictionary, and a spelling rule for all other words.

`syllables.txt` holds only the words of the dictionary for which the rule is wrong, so rule and file together give the
dictionary's count (its first pronunciation) for every word in it, in 82 KB instead of 3.6 MB. The dictionary is
BSD-licensed and its notice heads the file; the packages that carry it on the Python index come with a wrapper under
the GPL, which is why none of them is a dependency.

Make the file anew from a `cmudict.dict`: `python -m callsim.scoring.syllables cmudict.dict > syllables.txt`, and put
the notice back on top.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

_VOWELS = re.compile(r"[aeiouy]+")
# Vowels written together and said apart (idea, going, fluid), and endings with a vowel nobody writes (prism, didn't).
_APART = re.compile(
    r"i[ao](?!us)|(?<=[^tscgxl])iou|[aeiouy]ing|i(?:er|um|us|et|est)|ee?o(?!us)|ea$|u(?:a|e[lrt]|ou)|a(?:ue|ya|ye|yo)"
    r"|ey[aeo]|o(?:ya|ye)|ewo|sms?$|thms?$|^mc(?=[^aeiouy])|[ao]u?est$|dn't$|sn't$|s's$|ii"
)
# What the line above takes apart and the tongue does not (nation, quarter, onion), and swallowed vowels (basically).
_TOGETHER = re.compile(
    r"[tscgx]i[ao](?!t)|[gq]u[ae]|eop|^y[ao]|lli(?:on|ar)|nion|geo(?=[nr])|ques?t?$|uys?$|[^aeiouy]ically|uer(?=[^sd$])"
)
# A final e that is not said: make, makes, asked; but table, needed, catches.
_SILENT = re.compile(
    r"[aeiouy].*[^aeiouylr]e$|[aeiouy][lr]e$|(?:ll|rr)e$"
    r"|[^aeiouytd](?<![^aeiouyl]l)(?<![^aeiouyr]r)ed$"
    r"|[^aeiouysxzcg](?<![cs]h)(?<![^aeiouylr][lr])e'?s$"
)
# The same e inside a compound: moveable it is not, but movement, something, homework.
_SILENT_INSIDE = re.compile(
    r"[aeiouy][^aeiouy]+e(?:ly|ness|ments?|ful|less|some|time|where|body|things?|one|m[ae]n|ville|fore|home)$"
    r"|(?:ville|fore|home)."
)


def syllables(word: str) -> int:
    """The syllables of one word; 0 only for a word without a letter."""
    word = word.lower().strip("'")
    return _exceptions().get(word) or by_rule(word)


def by_rule(word: str) -> int:
    """The count from the spelling alone: right for 92.8 % of the 124,101 words of the dictionary."""
    if not any(letter.isalpha() for letter in word):
        return 0
    count = len(_VOWELS.findall(word)) + len(_APART.findall(word)) - len(_TOGETHER.findall(word))
    return max(1, count - bool(_SILENT.search(word)) - bool(_SILENT_INSIDE.search(word)))


@cache
def _exceptions() -> Mapping[str, int]:
    text = (files(__package__) / "syllables.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {word: int(count) for count, *words in rows for word in words}


def read_cmudict(lines: Iterable[str]) -> dict[str, int]:
    """Each plain word of a `cmudict.dict` with the vowels (marked by a stress digit) of its first pronunciation.

    A hum ("hm") has no vowel there and counts as one.
    """
    entries = (line.split("#")[0].split() for line in lines)
    return {
        word: max(1, sum(sound[-1].isdigit() for sound in sounds))
        for word, *sounds in entries
        if re.fullmatch(r"[a-z']+", word) and word == word.strip("'")
    }


def exception_lines(dictionary: Mapping[str, int]) -> Iterator[str]:
    """The lines of `syllables.txt` below its notice: a count, then words that have it and that the rule gets wrong."""
    wrong: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word, count in dictionary.items():
        if by_rule(word) != count:
            wrong[count, word[0]].append(word)
    for (count, _), words in sorted(wrong.items()):
        yield f"{count} {' '.join(sorted(words))}"


if __name__ == "__main__":
    print(*exception_lines(read_cmudict(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())), sep="\n")
