"""What an author should know about a script that loads: lines never said, needs never met, words nobody can hear. Pure.

A script is rehearsed (see rehearsal.py) rather than analysed: what never came up in some hundred calls of trainees of
all kinds is called unreachable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from callsim.events import Ending
from callsim.rehearsal import Rehearsed, rehearsals
from callsim.script import Answer, Misheard, Need, Script, all_said

# At 150 words a minute a breath lasts about nine seconds; a line of more words than the second is a speech.
MOST_WORDS_IN_A_BREATH = 24
MOST_WORDS_IN_A_LINE = 48
_ENDINGS = tuple(ending for ending in get_args(Ending) if ending != "abandoned")

Knows: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: an `error` has to be mended, a `hint` may be meant. `near` is a text of the file that it is about."""

    kind: Literal["error", "hint"]
    near: str
    said: str


def findings(script: Script, own: Iterable[str], knows: Knows | None = None) -> Iterator[Finding]:
    """All remarks on a script.

    `own` are the texts that stand in the author's file: what comes from everyday.toml is not the author's to mend.
    `knows` tells whether the recogniser has a word in its vocabulary; without it words are not checked.
    """
    calls, mine = tuple(rehearsals(script)), frozenset(own)
    yield from _endings(calls)
    yield from _needs(script, calls)
    lines = [(place, text) for place, text in lines_of(script) if text in mine]
    yield from _unsaid(lines, calls)
    yield from _twice(lines)
    for place, text in lines:
        yield from _breath(place, text)
    if knows:
        yield from _names(script, knows)
        yield from _words(script, mine, knows)


def lines_of(script: Script) -> Iterator[tuple[str, str]]:
    """Every text that the caller may say, with its place: ("needs.present.ask", "And when?")."""
    for place, said in all_said(script):
        yield from ((place, text) for text in (*said.any, *said.calm, *said.upset, *said.furious))


def _endings(calls: tuple[Rehearsed, ...]) -> Iterator[Finding]:
    reached = {call.ending for call in calls}
    for ending in _ENDINGS:
        if ending not in reached:
            yield Finding("error", ending, f"no trainee reaches the ending {ending!r}: {_how(ending)}")


def _how(ending: str) -> str:
    return {
        "thankful": "kind words and all needs met must bring the caller under 40; start lower, or ask for less",
        "cool": "meeting all needs without a kind word must be possible; see that each need can be met",
        "supervisor": "the caller must get past 60 and still be there when somebody senior is offered",
        "hang_up": "rudeness or silence must lead to 88 and past a demand within limit_lines",
    }[ending]


def _needs(script: Script, calls: tuple[Rehearsed, ...]) -> Iterator[Finding]:
    met = frozenset[str]().union(*(call.met for call in calls))
    for need in script.needs:
        if need.id not in met:
            said = f"nothing meets the need {need.id!r}: its met_by and words must be something that a trainee can do"
            yield Finding("error", need.id, said)


def _unsaid(lines: list[tuple[str, str]], calls: tuple[Rehearsed, ...]) -> Iterator[Finding]:
    said = frozenset[str]().union(*(call.said for call in calls))
    for place, text in lines:
        # These need a cut-in, a pause or noise, which a rehearsal has not.
        spoken = re.search(r"prompts\.(resume|go_on|pardon|not_finished)", place)
        if not spoken and text not in said:
            told = f"{place}: the line {_short(text)} never came up in {len(calls)} rehearsed calls"
            yield Finding("hint", text, told)


def _twice(lines: list[tuple[str, str]]) -> Iterator[Finding]:
    seen = dict[str, str]()
    for place, text in lines:
        if text in seen:
            told = f"{place}: the line {_short(text)} stands in {seen[text]} too; say it in two ways"
            yield Finding("hint", text, told)
        seen.setdefault(text, place)


def _breath(place: str, text: str) -> Iterator[Finding]:
    longest = max((len(part.split()) for part in re.split(r"[.!?;:,]", text)), default=0)
    if longest > MOST_WORDS_IN_A_BREATH:
        said = f"{place}: {longest} words without a stop are too many for one breath ({MOST_WORDS_IN_A_BREATH} at most)"
        yield Finding("error", text, f"{said}: {_short(text)}")
    if (words := len(text.split())) > MOST_WORDS_IN_A_LINE:
        said = f"{place}: {words} words are a speech ({MOST_WORDS_IN_A_LINE} at most): {_short(text)}"
        yield Finding("error", text, said)


def _names(script: Script, knows: Knows) -> Iterator[Finding]:
    first, *others = script.caller.name.split()
    if not knows(first.lower()):
        said = f"the recogniser does not know the name {first!r}, so saying it will not be heard: take a commoner one"
        yield Finding("error", script.caller.name, said)
    for name in others:
        if not knows(name.lower()):
            said = f"the recogniser does not know the name {name!r}; it will be guessed from what sounds like it"
            yield Finding("hint", script.caller.name, said)


def _words(script: Script, mine: frozenset[str], knows: Knows) -> Iterator[Finding]:
    """Words that are looked for in what was heard, and can never be heard."""
    parts: tuple[Need | Answer | Misheard, ...] = (*script.needs, *script.answers, *script.misheard)
    for words in (part.words for part in parts):
        for phrase in words:
            unknown = [word for word in phrase.lower().split() if not word.endswith("*") and not knows(word)]
            if unknown and phrase in mine:
                told = f"the recogniser does not know {unknown[0]!r}, so {phrase!r} can never be heard"
                yield Finding("hint", phrase, f"{told}: write it as it is said")


def _short(text: str) -> str:
    return repr(text if len(text) <= 50 else f"{text[:47]}...")
