"""Trains the reader of letters from `data/`: `python -m callsim.acts.train_letters callsim/acts/data/letters.npz`.

Needs scikit-learn 1.9 (callsim itself does not use it). Everything is seeded; a minute of one core. Each act is learnt
by itself, by logistic regression, from what the sentence model learns from: the examples' parts and whole turns, what
Vosk heard of some, twice, and all examples once more as Vosk might have misheard them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from callsim.acts.examples import FIRST, FRESH, as_heard, heard_pairs, plain, shipped
from callsim.acts.letters import BUCKETS, buckets
from callsim.acts.misheard import learnt
from callsim.acts.train import Labelled, labelled
from callsim.acts.weighing import MODEL_ACTS

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_PENALTY, _EPOCHS = 3e-6, 8


def material() -> list[Labelled]:
    """The texts with their acts."""
    fresh = shipped(FRESH)
    clean, heard = labelled([*shipped(FIRST), *fresh]), labelled(as_heard(fresh))
    mishearings, chance = learnt(heard_pairs()), np.random.default_rng(0)
    return [*clean, *heard, *heard, *((mishearings.spoilt(text, chance), acts) for text, acts in clean)]


def rows_of(texts: Sequence[str]) -> csr_array:
    """A sparse row for each text: each of its places by one over the root of their number, as `Letters.odds` has it."""
    import scipy.sparse  # noqa: PLC0415 - only whoever trains has it

    places = [buckets(plain(text)) for text in texts]
    values = np.concatenate([np.full(len(row), max(len(row), 1) ** -0.5, np.float32) for row in places])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in places])], dtype=np.int32)
    return scipy.sparse.csr_array((values, np.concatenate(places, dtype=np.int32), starts), shape=(len(texts), BUCKETS))


def trained(texts: Sequence[Labelled]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The weights (BUCKETS by acts) and the biases."""
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415 - only whoever trains has it

    rows, columns, biases = rows_of([text for text, _ in texts]), list[NDArray[Any]](), list[float]()
    for act in MODEL_ACTS:
        one = SGDClassifier(loss="log_loss", alpha=_PENALTY, max_iter=_EPOCHS, tol=None, random_state=0)
        one.fit(rows, [act in acts for _, acts in texts])
        columns.append(one.coef_[0])
        biases.append(float(one.intercept_[0]))
    return np.stack(columns, 1), np.array(biases, np.float32)


def main(target: Path) -> None:
    """Trains and writes; half precision is as good."""
    weights, bias = trained(material())
    np.savez_compressed(target, weights=weights.astype(np.float16), bias=bias, acts=np.array(" ".join(MODEL_ACTS)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
