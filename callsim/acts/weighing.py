"""The sentence model and the patterns weighed against each other: which acts there are, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callsim.acts.model import Model, Opinion, model
from callsim.acts.patterns import ACTS, pattern_spans
from callsim.acts.words import Heard

# Whether the caller's name was said needs the name, which the model is not told.
MODEL_ACTS = tuple(act for act in ACTS if act != "name_use")
# As many words as the model was mostly trained on; in longer stretches one act drowns in the others.
STRETCH_WORDS = 24


@dataclass(frozen=True, slots=True)
class Weights:
    """What a pattern adds to the model's log odds, and what the sum has to exceed."""

    pattern: float
    least: float


# Chosen on utterances that the model was not trained on; on 712 of them (tests/acts_tuning.toml, `bench_acts.py
# --tuning`) mean F1 is 0.930 clean, 0.889 in natural voices. What a wrong finding costs most has to be surer: from here
# on, more than nineteen findings in twenty were right.
USUAL = Weights(pattern=3.0, least=0.0)
STRICT = {
    "blame": Weights(pattern=2.0, least=2.0),
    "defensiveness": Weights(pattern=3.0, least=1.5),
    "refusal": Weights(pattern=2.0, least=3.0),
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
class Evidence:
    """What both readers found, and which stretch of plain words each opinion is on."""

    opinions: tuple[tuple[int, Opinion], ...]
    patterns: dict[str, list[tuple[int, int]]]

    def odds(self, act: str) -> float:
        """The model's log odds in the stretch where they are highest."""
        return max(opinion.odds[act] for _, opinion in self.opinions)

    def acts(self) -> Iterator[str]:
        """What both together are sure enough of."""
        for act in MODEL_ACTS:
            weights = STRICT.get(act, USUAL)
            if self.odds(act) + weights.pattern * (act in self.patterns) > weights.least:
                yield act


def evidence(reader: Model, heard: Heard) -> Evidence:
    """Both readers on one utterance of at least one word."""
    words = [item.word for item in heard.plain]
    opinions = ((first, reader.opinion(words[first:last])) for first, last in stretches(heard))
    return Evidence(tuple(opinions), pattern_spans(heard))


def act_spans(heard: Heard) -> dict[str, list[tuple[int, int]]]:
    """The acts of an utterance but name_use, and where, in ranges of spoken words: a pattern's place, or a clause."""
    if not heard.plain:
        return {}
    found = evidence(model(), heard)
    return {act: found.patterns.get(act) or [_clause_of(act, found, heard)] for act in found.acts()}


def _clause_of(act: str, found: Evidence, heard: Heard) -> tuple[int, int]:
    first_word, opinion = max(found.opinions, key=lambda pair: pair[1].odds[act])
    weight = opinion.words[act]

    def spoke_for_it(clause: tuple[int, int]) -> float:
        return float(weight[max(clause[0] - first_word, 0) : max(clause[1] - first_word, 0)].sum())

    inside = [clause for clause in clauses(heard) if first_word <= clause[0] < first_word + len(weight)]
    first, last = max(inside, key=spoke_for_it)
    return heard.plain[first].first, heard.plain[last - 1].last
