"""The patterns of the data files over one text: where each act is found, and what is a mere acknowledgement."""

from __future__ import annotations

import re
from functools import cache

from callsim.acts.grammar import Index, classes_of, compiled, expression, lines, rules_of
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

# By act, where it is: half-open ranges of spoken words.
Places = dict[str, list[tuple[int, int]]]


@cache
def _index(*files: str) -> Index:
    classes = classes_of(data("words.toml")["classes"])
    tables = ((act, groups) for file in files for act, groups in data(file).items())
    return Index(rule for act, groups in tables for rule in rules_of(act, groups, classes))


def _found() -> Index:
    return _index("warm.toml", "cold.toml")


def _against() -> Index:
    return _index("against.toml")


@cache
def acknowledgement() -> re.Pattern[str]:
    """What a text of plain words has to match whole to be nothing but an acknowledgement."""
    classes = classes_of(data("words.toml")["classes"])
    block = data("words.toml")["acknowledgements"]["say"]
    return expression("|".join(compiled(line, classes).regex for line in lines(block)))


def ready() -> None:
    """Compiles every pattern (some 2 s), which otherwise is done when a word of it is first met."""
    _found().ready()
    _against().ready()


def pattern_spans(text: str | Heard) -> Places:
    """Where patterns hold in a text; overlapping ones are one."""
    heard = hear(text) if isinstance(text, str) else text
    spans: Places = {}
    for rule, start, end in _found().matches(heard.line):
        spans.setdefault(rule.act, []).append(heard.words(start, end))
    return {act: merged(places) for act, places in spans.items()}


def spoken_against(heard: Heard) -> Places:
    """Where an act's words may be there and are told of others or of another time, to the end of that clause."""
    spans: Places = {}
    for rule, start, end in _against().matches(heard.line):
        spans.setdefault(rule.act, []).append(heard.words(start, heard.line.find("|", end - 1)))
    return spans


def merged(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, those that overlap or touch made one."""
    result = list[tuple[int, int]]()
    for first, last in sorted(places):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result
