"""What a second reading of the words changed, and a call's evidence with those words. Needs no recogniser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from callsim.events import Who, Word
from callsim.scoring.evidence import Evidence, Utterance
from callsim.timeline import Span

WHISPER = "whisper"


@dataclass(frozen=True, slots=True)
class Change:
    """Words that another reading put in the place of `before`; either may be empty. `span` covers both."""

    span: Span
    before: str
    after: str


def changes(before: Sequence[Word], after: Sequence[Word]) -> tuple[Change, ...]:
    """Where two readings of one voice differ, in order; neighbouring words that changed are one change.

    Words are compared as written, whatever their times and confidences. Both readings are in order of time.
    """
    matcher = SequenceMatcher(None, _written(before), _written(after), autojunk=False)
    return tuple(
        _change(before[old_from:old_to], after[new_from:new_to])
        for what, old_from, old_to, new_from, new_to in matcher.get_opcodes()
        if what != "equal"
    )


def reread(
    evidence: Evidence, who: Who, readings: Iterable[tuple[Span, tuple[Word, ...]]], recogniser: str = WHISPER
) -> Evidence:
    """The same call with other words for one side: one utterance for each span read; every time measure stays."""
    others = [said for said in evidence.utterances if said.who != who]
    again = [Utterance(who, span, words) for span, words in readings]
    ordered = tuple(sorted(others + again, key=lambda said: (said.span, said.who)))
    return replace(evidence, utterances=ordered, recogniser=recogniser)


def _written(words: Iterable[Word]) -> list[str]:
    return [word.word for word in words]


def _change(old: Sequence[Word], new: Sequence[Word]) -> Change:
    both = (*old, *new)
    span = Span(min(word.start_ms for word in both), max(word.end_ms for word in both))
    return Change(span, " ".join(_written(old)), " ".join(_written(new)))
