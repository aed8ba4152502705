"""What an utterance does: the acts of a trainee's words.

`acts_of` reads one utterance, recognised or written, and says what it does and in which words. Three readers are
asked: patterns, kept as data that a coach can read (what helps in `warm.toml`, what hurts in `cold.toml`, what only
looks like it in `against.toml`, single words in `words.toml`; the notation stands at the head of `warm.toml`); a small
sentence model (`model.py`, `encoder.py`); and runs of letters (`letters.py`), which mishearings disturb least. The last
two are trained from the labelled utterances in `data/`. How much each counts was found on examples none had seen
(`weighing.py`). The same text always gives the same acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from callsim.acts import patterns
from callsim.acts.names import name_spans
from callsim.acts.patterns import ACTS, acknowledgement, merged
from callsim.acts.weighing import act_spans
from callsim.acts.words import hear

_BACKCHANNEL_WORDS = 3

__all__ = ["ACTS", "Act", "acts_of", "is_backchannel", "ready"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing an utterance does: `quote` is the words `first` up to but not with `last` of `text.split()`."""

    act: str
    quote: str
    first: int
    last: int


@lru_cache(maxsize=4_096)
def acts_of(text: str, *, name: str | None = None) -> tuple[Act, ...]:
    """The acts of one utterance in the order they are said; `name` is the caller's full name, for `name_use`.

    Case and punctuation are welcome but not needed. Places of one act that overlap or touch are one and give one act;
    different acts may share words. The first call loads the model (under a second).
    """
    heard, spoken = hear(text), text.split()
    spans = act_spans(heard)
    if name:
        spans["name_use"] = [heard.words(start, end) for start, end in name_spans(heard.line, name)]
    acts = [
        Act(act, " ".join(spoken[first:last]), first, last)
        for act, places in spans.items()
        for first, last in merged(places)
    ]
    return tuple(sorted(acts, key=lambda act: (act.first, act.last, ACTS.index(act.act))))


def ready() -> None:
    """Loads and compiles all that `acts_of` uses (some 3 s), so that no utterance takes longer for being the first.

    Without it a live caller would answer a third of a second late whenever words are said for the first time.
    """
    patterns.ready()
    acts_of("hello")


def is_backchannel(text: str) -> bool:
    """Whether a text is nothing but an acknowledgement of at most three words, the kind that leaves the floor alone."""
    if not text.split() or len(text.split()) > _BACKCHANNEL_WORDS:
        return False
    words = hear(text).line.replace("|", " ").split()
    return bool(words) and acknowledgement().fullmatch(" ".join(words) + " ") is not None
