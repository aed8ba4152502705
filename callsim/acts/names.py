"""Where a caller is called by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache

from callsim.acts.words import data, hear

_TITLES = r"\b(?:miss|ms|miz|mrs|misses|missus|missis|mr|mister|dr|doctor) "
_NOT_THE_CALLER = re.compile(r"(?:my name is|this is|i am|(?:he|she) is|called|named|colleague|manager) $")
# A recogniser's spelling of a name it does not know ("diana" for "dana"); below this they are other words.
_NEAR_FIRST, _NEAR_LAST = 0.85, 0.7


@cache
def _everyday() -> frozenset[str]:
    return frozenset(data("words.toml")["sets"]["everyday_names"].split())


def name_spans(line: str, name: str) -> Iterator[tuple[int, int]]:
    """Where the caller's first name, or a title with the last name, stands in a line, as character ranges.

    A first name that is also an everyday word (Mark, Grace, Will) counts only alone at an end of its clause.
    """
    parts = hear(name).line.replace("|", " ").split()
    if not parts:
        return
    first, last = parts[0], parts[-1]
    for match in re.finditer(rf"{_TITLES}([^ |]+) (?:([^ |]+) )?", line):
        if _near(match[1], last, _NEAR_LAST):
            yield match.start(), match.end(1) + 1
        elif match[2] and _near(match[1] + match[2], last, _NEAR_LAST):
            yield match.start(), match.end(2) + 1
    for match in re.finditer(r"[^ |]+ ", line):
        word = match[0].strip()
        introduced = _NOT_THE_CALLER.search(line, 0, match.start())
        if _near(word, first, _NEAR_FIRST) and not introduced and not line.startswith("speaking ", match.end()):
            at_edge = line.startswith("|", match.end()) or line[: match.start()].endswith("| ")
            if first not in _everyday() or at_edge:
                surname = line.startswith(f"{last} ", match.end()) and last != first
                yield match.start(), match.end() + (len(last) + 1 if surname else 0)


def _near(heard: str, name: str, enough: float) -> bool:
    if heard == name:
        return True
    longer = heard.startswith(name) or name.startswith(heard)
    return len(name) > 3 and not longer and heard[0] == name[0] and SequenceMatcher(None, heard, name).ratio() >= enough
