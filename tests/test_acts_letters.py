"""The reader of letters: where the cuts between words are means nothing to it, and what was misheard a little."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.acts import weighing
from callsim.acts.examples import plain
from callsim.acts.letters import BUCKETS, Letters, buckets, letters
from callsim.acts.model import Opinion
from callsim.acts.train_letters import rows_of, trained

CHANCE = np.random.default_rng(0)
READER = Letters(
    ("apology", "blame"), CHANCE.normal(size=(BUCKETS, 2)).astype(np.float16), np.array([-1, -2], np.float32)
)


@given(st.text("abcdefgh", max_size=40), st.lists(st.integers(0, 40), max_size=8))
def test_other_cuts_between_words_change_nothing(text: str, cuts: list[int]) -> None:
    """The same letters give the same odds, whatever words they were taken for."""
    edges = [0, *sorted(cuts), len(text)]
    words = [text[first:last] for first, last in pairwise(edges)]
    assert READER.odds(words) == READER.odds([text])


def test_runs_of_three_to_six_letters_are_counted_once() -> None:
    """Four letters hold two runs of three and one of four; a run that comes back is one place."""
    assert len(buckets(["late"])) == 3
    assert np.array_equal(buckets(["aaa"] * 2), buckets(["aaaaaa"]))
    assert len(buckets(["aaaaaa"])) == 4


def test_what_is_too_short_to_read_leaves_the_odds_of_saying_nothing() -> None:
    """Two letters hold no run."""
    assert READER.odds(["ok"]) == READER.odds([]) == {"apology": -1.0, "blame": -2.0}


def test_the_odds_are_the_weights_by_the_root_of_their_number() -> None:
    """Four places of weight one in each give two over the bias."""
    reader = Letters(("apology",), np.ones((BUCKETS, 1), np.float16), np.array([-3.0], np.float32))
    assert reader.odds(["aaaaaa"]) == {"apology": pytest.approx(-1.0)}


@pytest.mark.parametrize(
    ("said", "understood", "act"),
    [
        ("i'm sorry about that", "i'm sore he a bat that", "apology"),
        ("there is nothing i can do for you", "there's nothing a can due for ewe", "refusal"),
        ("thank you so much for your patience", "thank ewe so much for your patients", "thanks"),
        ("i'll put you on hold for a moment", "i'll put you on old for a mo meant", "hold"),
    ],
)
def test_misheard_words_still_speak_for_what_was_said(said: str, understood: str, act: str) -> None:
    """The shipped reader finds the act likelier than not in both, and in other words it does not."""
    other = "could you read me the number on the back of it"
    odds = [letters().odds(plain(text))[act] for text in (said, understood, other)]
    assert min(odds[:2]) > 0 > odds[2]


def test_letters_and_model_are_added() -> None:
    """What one is unsure of the other decides; the letters count for less."""

    def is_apology(model: float, spelled: float) -> bool:
        none = dict.fromkeys(weighing.MODEL_ACTS, -9.0)
        stretch = weighing.Stretch(0, Opinion(none | {"apology": model}, {}), none | {"apology": spelled})
        return "apology" in weighing.Evidence((stretch,), {}).acts()

    assert is_apology(-1.0, 1.0)
    assert not is_apology(-1.0, 0.0)
    assert not is_apology(-2.0, 1.0)


def test_the_training_learns_what_tells_acts_apart() -> None:
    """Taught each act's name as its only words, the reader knows them again, however they are cut."""
    reader = Letters(weighing.MODEL_ACTS, *trained([(act, frozenset({act})) for act in weighing.MODEL_ACTS] * 20))
    for act in weighing.MODEL_ACTS:
        odds = reader.odds([act[:3], act[3:]])
        assert max(odds, key=odds.__getitem__) == act


def test_a_row_of_the_training_is_what_the_reader_reads() -> None:
    """The training multiplies the weights as the reader does."""
    text = "i am so sorry about that"
    row = rows_of([text]) @ READER.weights.astype(np.float32) + READER.bias
    assert row[0] == pytest.approx(list(READER.odds(text.split()).values()), abs=1e-4)
