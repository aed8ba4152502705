"""Where a caller is called by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache

from callsim.acts.words import data, hear

_TITLES = r"miss|ms|miz|mrs|misses|missus|missis|mr|mister|dr|doctor"
# What a recogniser makes of "mrs"; too common to tell anything before a short name.
_MISHEARD_TITLES = "was|mirth|most|mess|muses"
_NOT_THE_CALLER = re.compile(r"(?:my name is|this is|i am|(?:he|she) is|called|named|colleague|manager) $")
# A recogniser's spelling of a name it does not know ("diana" for "dana"); below this they are other words. A long name
# is its own even when less of it is left ("wakefield" for "whitfield").
_NEAR_FIRST, _NEAR_LAST, _NEAR_LONG = 0.85, 0.7, 0.65
_LONG, _SHORTEST = 7, 4
_TOLD_OF = re.compile(r"(?:said|says|told|tells|from|was|has|had|in|at|and|on) ")


@cache
def _everyday() -> frozenset[str]:
    return frozenset(data("words.toml")["sets"]["everyday_names"].split())


@cache
def _in_a() -> frozenset[str]:
    return frozenset(data("words.toml")["sets"]["everyday_in_a"].split())


def name_spans(line: str, name: str) -> Iterator[tuple[int, int]]:
    """Where the caller's first name, or a title with the last name, stands in a line, as character ranges.

    A first name that is also an everyday word (Mark, Grace, Will) counts only alone at an end of its clause.
    """
    parts = hear(name).line.replace("|", " ").split()
    if not parts:
        return
    first, last = parts[0], parts[-1]
    yield from _titled(line, last)
    for match in re.finditer(r"[^ |]+ ", line):
        word = match[0].strip()
        if (_near_first(word, first) or _sister(line, match, first)) and not _told_of_another(line, match):
            at_edge = line.startswith("|", match.end()) or line[: match.start()].endswith("| ")
            if first not in _everyday() or at_edge:
                surname = line.startswith(f"{last} ", match.end()) and last != first
                yield match.start(), match.end() + (len(last) + 1 if surname else 0)


def _titled(line: str, last: str) -> Iterator[tuple[int, int]]:
    titles = f"{_TITLES}|{_MISHEARD_TITLES}" if len(last) >= _LONG else _TITLES
    for match in re.finditer(rf"\b(?:{titles}) ([^ |]+) (?:([^ |]+) )?", line):
        if _near_last(match[1], last):
            yield match.start(), match.end(1) + 1
        elif match[2] and _near_last(match[1] + match[2], last):
            yield match.start(), match.end(2) + 1


def _told_of_another(line: str, match: re.Match[str]) -> bool:
    introduced = _NOT_THE_CALLER.search(line, 0, match.start())
    return introduced is not None or line.startswith("speaking ", match.end())


def _near(heard: str, name: str, enough: float) -> bool:
    if heard == name:
        return True
    longer = heard.startswith(name) or name.startswith(heard)
    return len(name) > 3 and not longer and heard[0] == name[0] and SequenceMatcher(None, heard, name).ratio() >= enough


def _near_first(heard: str, name: str) -> bool:
    return heard == name or (heard not in _in_a() and _near(heard, name, _NEAR_FIRST))


def _near_last(heard: str, name: str) -> bool:
    return _near(heard, name, _NEAR_LONG if min(len(heard), len(name)) >= _LONG else _NEAR_LAST)


def _sister(line: str, match: re.Match[str], name: str) -> bool:
    """Whether it is another name in -a of the same consonants, which a recogniser takes it for: "donna" for "dana".

    Not where it is told of: "donna said".
    """
    heard = match[0].strip()
    if not (heard.endswith("a") and name.endswith("a")) or min(len(heard), len(name)) < _SHORTEST or heard in _in_a():
        return False
    return _consonants(heard) == _consonants(name) and not _TOLD_OF.match(line, match.end())


def _consonants(name: str) -> str:
    """Its consonants as they sound: doubled ones once, ph as f, no h."""
    bare = re.sub(r"[aeiouyh]", "", name.replace("ph", "f"))
    return re.sub(r"(.)\1", r"\1", bare)
