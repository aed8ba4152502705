"""The labelled utterances in `data/`, as the training reads them; data/README.md says how acts are told apart."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from callsim.acts.words import hear

# Those the patterns were tuned on: there a pattern is right more often than it will be on new words.
FIRST = ("first_examples.toml", "first_heldout.toml")
FRESH = (
    "british.toml",
    "american.toml",
    "indian.toml",
    "second.toml",
    "formal.toml",
    "turns.toml",
    "look_alikes.toml",
    "names.toml",
    "more.toml",
    "harm_one.toml",
    "harm_two.toml",
    "warm_more.toml",
    "set_aside_once.toml",
    "set_aside_twice.toml",
    "set_aside_thrice.toml",
    "set_aside_four.toml",
    "helping.toml",
    "harm_three.toml",
    "calls.toml",
    "warmth.toml",
    "unkind.toml",
    "borderlines.toml",
    "voices_of_agents.toml",
    "long_turns.toml",
    "indirect.toml",
)


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance cut into parts, each with the acts it carries."""

    parts: tuple[str, ...]
    acts: tuple[frozenset[str], ...]

    @property
    def text(self) -> str:
        """The whole utterance, uncut."""
        return " ".join(" ".join(self.parts).split())

    @property
    def all_acts(self) -> frozenset[str]:
        """The acts of all its parts."""
        return frozenset[str]().union(*self.acts)


def examples_of(tables: Mapping[str, Mapping[str, str]]) -> list[Example]:
    """The examples of one file's tables: "part | part" = "acts of the first | acts of the second"."""
    return [example(text, acts) for lines in tables.values() for text, acts in lines.items()]


def example(text: str, acts: str) -> Example:
    """One line of an examples file; ValueError where its cuts and those of its acts differ in number."""
    parts = tuple(part.strip() for part in text.split("|"))
    carried = tuple(frozenset(part.split()) for part in acts.split("|"))
    if len(parts) != len(carried):
        raise ValueError(f"The example {text!r} has {len(parts)} parts, its acts {len(carried)}; cut both alike")
    return Example(parts, carried)


def shipped(names: Iterable[str]) -> list[Example]:
    """The examples of the package's files of these names, in order."""
    folder = files(__package__) / "data"
    return [item for name in names for item in examples_of(tomllib.loads((folder / name).read_text(encoding="utf-8")))]


def heard_pairs() -> list[tuple[str, str]]:
    """What was said, cut as its example is, and what Vosk heard of it."""
    tables = tomllib.loads((files(__package__) / "data" / "heard.toml").read_text(encoding="utf-8"))
    return [pair for lines in tables.values() for pair in lines.items()]


def as_heard(examples: Iterable[Example]) -> list[Example]:
    """The examples of these that heard.toml has in the recogniser's words: uncut, with all their acts."""
    spoken = {" | ".join(item.parts): item.all_acts for item in examples}
    return [Example((understood,), (spoken[said],)) for said, understood in heard_pairs() if said in spoken]


def plain(text: str) -> list[str]:
    """The words of a text as the model reads them."""
    return [item.word for item in hear(text).plain]
