"""The sentence model, the letters and the patterns weighed against each other: which acts there are, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callsim.acts.letters import Letters, letters
from callsim.acts.model import Model, Opinion, model
from callsim.acts.patterns import ACTS, Places, pattern_spans, spoken_against
from callsim.acts.words import Heard

# Whether the caller's name was said needs the name, which no reader is told.
MODEL_ACTS = tuple(act for act in ACTS if act != "name_use")
# As many words as the model was mostly trained on; in longer stretches one act drowns in the others.
STRETCH_WORDS = 24


@dataclass(frozen=True, slots=True)
class Weights:
    """What a pattern adds to the log odds of model and letters, and what the sum has to exceed."""

    pattern: float
    least: float


# Chosen on utterances that no reader was trained on (tests/acts_tuning.toml, `bench_acts.py --tuning`). Anything
# between half the model's weight and all of it does about as well for the letters. What a wrong finding costs most has
# to be surer: from here on, more than nineteen findings in twenty were right.
LETTERS = 0.7
USUAL = Weights(pattern=3.0, least=-0.5)
STRICT = {
    "blame": Weights(pattern=2.0, least=2.5),
    "defensiveness": Weights(pattern=3.0, least=1.5),
    "refusal": Weights(pattern=2.0, least=3.5),
}


def clauses(heard: Heard) -> Iterator[tuple[int, int]]:
    """The fenced clauses of a line, as half-open ranges of its plain words."""
    first = 0
    for clause in heard.line.split("|"):
        last = first + len(clause.split())
        if last > first:
            yield first, last
        first = last


def stretches(heard: Heard) -> Iterator[tuple[int, int]]:
    """Neighbouring clauses taken together until STRETCH_WORDS are full: what the model reads at once."""
    first = end = 0
    for start, last in clauses(heard):
        if end > first and last - first > STRETCH_WORDS:
            yield first, end
            first = start
        end = last
    if end > first:
        yield first, end


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the model and the letters think of the plain words from `first` on."""

    first: int
    opinion: Opinion
    letters: dict[str, float]

    def odds(self, act: str) -> float:
        """The log odds of both."""
        return self.opinion.odds[act] + LETTERS * self.letters[act]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the three readers found in an utterance; what is spoken against counts only by a pattern somewhere else."""

    stretches: tuple[Stretch, ...]
    patterns: Places
    against: frozenset[str] = frozenset()

    def surest(self, act: str) -> Stretch:
        """Where the act is likeliest but for the patterns."""
        return max(self.stretches, key=lambda stretch: stretch.odds(act))

    def acts(self) -> Iterator[str]:
        """What all together are sure enough of."""
        for act in MODEL_ACTS:
            weights = STRICT.get(act, USUAL)
            if act in self.against and act not in self.patterns:
                continue
            if self.surest(act).odds(act) + weights.pattern * (act in self.patterns) > weights.least:
                yield act


def evidence(reader: Model, speller: Letters, heard: Heard) -> Evidence:
    """All readers on one utterance of at least one word."""
    words = [item.word for item in heard.plain]
    read = (
        Stretch(first, reader.opinion(words[first:last]), speller.odds(words[first:last]))
        for first, last in stretches(heard)
    )
    against = spoken_against(heard)
    return Evidence(tuple(read), _outside(against, pattern_spans(heard)), frozenset(against))


def _outside(against: Places, found: Places) -> Places:
    def apart(act: str, place: tuple[int, int]) -> bool:
        return all(place[1] <= first or last <= place[0] for first, last in against.get(act, ()))

    kept = {act: [place for place in places if apart(act, place)] for act, places in found.items()}
    return {act: places for act, places in kept.items() if places}


def act_spans(heard: Heard) -> Places:
    """The acts of an utterance but name_use, and where, in ranges of spoken words: a pattern's place, or a clause."""
    if not heard.plain:
        return {}
    found = evidence(model(), letters(), heard)
    return {act: found.patterns.get(act) or [_clause_of(act, found, heard)] for act in found.acts()}


def _clause_of(act: str, found: Evidence, heard: Heard) -> tuple[int, int]:
    stretch = found.surest(act)
    weight = stretch.opinion.words[act]

    def spoke_for_it(clause: tuple[int, int]) -> float:
        return float(weight[max(clause[0] - stretch.first, 0) : max(clause[1] - stretch.first, 0)].sum())

    inside = [clause for clause in clauses(heard) if stretch.first <= clause[0] < stretch.first + len(weight)]
    first, last = max(inside, key=spoke_for_it)
    return heard.plain[first].first, heard.plain[last - 1].last
