"""Clean examples spoilt as the recogniser would: what it never got wrong stays, what it did comes back at times."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from callsim.acts.examples import example, heard_pairs
from callsim.acts.misheard import learnt
from callsim.acts.train import JOINED, SPOILT_SHARE, Material, items_of, labelled

WRONG, RIGHT = ("i am | sorry about that", "i am so he about that"), ("the parcel is late", "the parcel is late")
PAIRS = [WRONG, RIGHT] * 20


def spoilt(text: str, seed: int = 0) -> str:
    """A text as it might have been heard."""
    return learnt(PAIRS).spoilt(text, np.random.default_rng(seed))


def test_what_was_always_heard_wrong_is_spoilt() -> None:
    """Twenty times of twenty it was another thing, so it is one now; the words about it stay."""
    assert spoilt("i am sorry") == "i am so he"


@given(st.lists(st.sampled_from("the parcel is late".split()), max_size=20), st.integers(0, 1000))
def test_what_was_always_heard_rightly_stays(words: list[str], seed: int) -> None:
    """No word is changed that was never taken for another."""
    assert spoilt(" ".join(words), seed) == " ".join(words)


def test_a_word_never_spoken_becomes_at_most_one_spelled_like_it() -> None:
    """There is nothing to tell what it would be taken for, but for how it is written."""
    heard = {spoilt("sohe", seed) for seed in range(200)}
    assert heard == {"sohe", "so"}


def test_the_same_seed_spoils_alike() -> None:
    """The training comes out the same on the same machine."""
    mishearings = learnt(heard_pairs())
    text = "i'm so sorry your parcel never arrived let me send you another by friday"
    assert {mishearings.spoilt(text, np.random.default_rng(7)) for _ in range(3)} == {
        mishearings.spoilt(text, np.random.default_rng(7))
    }


def test_examples_are_spoilt_about_as_often_as_they_were_heard_wrong() -> None:
    """About 29 words in 100 come out otherwise; 25 in 100 were really heard so."""
    mishearings, chance = learnt(heard_pairs()), np.random.default_rng(0)
    said = [spoken.replace("|", " ").split() for spoken, _ in heard_pairs()][::10]
    kept = [set(mishearings.spoilt(" ".join(words), chance).split()) for words in said]
    lost = sum(word not in heard for words, heard in zip(said, kept, strict=True) for word in words)
    assert 0.22 < lost / sum(map(len, said)) < 0.34


def test_an_epoch_of_the_training_reads_everything_and_some_of_it_spoilt() -> None:
    """The acts stay those of the clean example: what was said is what the model is to find."""
    clean = labelled([example("i am sorry", "apology")] * 10)
    parts = items_of(clean)
    epoch = Material(parts, clean, learnt(PAIRS)).epoch(np.random.default_rng(0))
    spoilt_items = epoch[len(parts) + JOINED :]
    assert len(spoilt_items) == len(clean) * SPOILT_SHARE
    assert [words for words, _ in epoch[: len(parts)]] == [["i", "am", "sorry"]] * 10
    assert [words for words, _ in spoilt_items] == [["i", "am", "so", "he"]] * 5
    assert all((acts == parts[0][1]).all() for _, acts in epoch)
