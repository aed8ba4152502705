"""Where a caller is called by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from functools import cache

from callsim.acts.words import data, hear

_TITLES = r"miss|ms|miz|mrs|misses|missus|missis|mr|mister|dr|doctor"
# A recogniser may make any word of "mrs" ("was", "mirth", "m f"), but after these, and first of all, a last name is a
# thing's or another's: "under Whitfield", "Whitfield Road". Too little to tell anything before a short name.
_LOST_TITLE = (
    r"(?!(?:a|an|the|this|that|your|our|my|their|her|his|every|any|no|in|at|from|to|of|for|by|with|near|under|another"
    r"|says?|is) )[^ |]+"
)
_NOT_THE_CALLER = re.compile(r"(?:my name is|this is|i am|(?:he|she) is|called|named|colleague|manager) $")
# A recogniser's spelling of a name it does not know ("diana" for "dana"); below this they are other words. A long name
# is its own even when less of it is left ("wakefield" for "whitfield").
_NEAR_FIRST, _NEAR_LAST, _NEAR_LONG = 0.85, 0.7, 0.65
_LONG, _SHORTEST = 7, 4
_TOLD_OF = re.compile(r"(?:said|says|told|tells|from|was|has|had) ")


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
    parts = _parts(name)
    if not parts:
        return
    first, last = parts[0], parts[-1]
    yield from _titled(line, last)
    for match in re.finditer(r"[^ |]+ ", line):
        if _is_first(line, match, first) and not _told_of_another(line, match):
            at_edge = line.startswith("|", match.end()) or line[: match.start()].endswith("| ")
            if first not in _everyday() or at_edge:
                surname = line.startswith(f"{last} ", match.end()) and last != first
                yield match.start(), match.end() + (len(last) + 1 if surname else 0)


def _parts(name: str) -> list[str]:
    """Its words as a recogniser writes them, accents off; no title, and no single letter, which would be anywhere."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parts = hear(plain).line.replace("|", " ").split()
    return [part for part in parts if len(part) > 1 and not re.fullmatch(_TITLES, part)]


def _titled(line: str, last: str) -> Iterator[tuple[int, int]]:
    yield from _after(_TITLES, line, lambda heard: _near_last(heard, last))
    if len(last) >= _LONG:
        yield from _after(_LOST_TITLE, line, lambda heard: heard[-4:] == last[-4:] and _near_last(heard, last))


def _after(titles: str, line: str, is_name: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """A title with the word after it, or the two: "wheat field" for Whitfield."""
    for match in re.finditer(rf"\b(?:{titles}) (?=([^ |]+) (?:([^ |]+) )?)", line):
        if is_name(match[1]):
            yield match.start(), match.end(1) + 1
        elif match[2] and is_name(match[1] + match[2]):
            yield match.start(), match.end(2) + 1


def _told_of_another(line: str, match: re.Match[str]) -> bool:
    introduced = _NOT_THE_CALLER.search(line, 0, match.start())
    return introduced is not None or line.startswith("speaking ", match.end())


def _near(heard: str, name: str, enough: float) -> bool:
    if heard == name:
        return True
    longer = heard.startswith(name) or name.startswith(heard)
    return len(name) > 3 and not longer and heard[0] == name[0] and SequenceMatcher(None, heard, name).ratio() >= enough


def _is_first(line: str, match: re.Match[str], name: str) -> bool:
    """Whether a word is the first name, or what a recogniser makes of it where nobody of that name is told of."""
    heard = match[0].strip()
    if heard == name:
        return True
    if heard in _in_a() or _TOLD_OF.match(line, match.end()):
        return False
    return _near(heard, name, _NEAR_FIRST) or _sister(heard, name)


def _near_last(heard: str, name: str) -> bool:
    return _near(heard, name, _NEAR_LONG if min(len(heard), len(name)) >= _LONG else _NEAR_LAST)


def _sister(heard: str, name: str) -> bool:
    """Whether it is another name in -a of the same consonants: "donna" for "dana"."""
    both_in_a = heard.endswith("a") and name.endswith("a") and min(len(heard), len(name)) >= _SHORTEST
    return both_in_a and _consonants(heard) == _consonants(name)


def _consonants(name: str) -> str:
    """Its consonants as they sound: doubled ones once, ph as f, no h."""
    bare = re.sub(r"[aeiouyh]", "", name.replace("ph", "f"))
    return re.sub(r"(.)\1", r"\1", bare)
