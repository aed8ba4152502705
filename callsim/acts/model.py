"""What the sentence model thinks of an utterance: for each act how sure, and in which words it saw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from callsim.acts.encoder import MATRICES, Layer, Numbers, Pieces, encoder, numbered, softmax
from callsim.acts.graph import compiled


@dataclass(frozen=True, slots=True)
class Head:
    """For each act: where to look (`look`), what to find there (`find`), what the whole should be like (`mean`)."""

    acts: tuple[str, ...]
    look: Numbers
    find: Numbers
    mean: Numbers
    bias: Numbers


@dataclass(frozen=True, slots=True)
class Opinion:
    """Log odds by act, and for each word and act how much the word spoke for it."""

    odds: dict[str, float]
    words: dict[str, Numbers]


@dataclass(frozen=True, slots=True)
class Model:
    """The three parts of it: the pieces, the layers with their corrections added, and the head."""

    pieces: Pieces
    layers: Callable[[Numbers], Numbers]
    head: Head

    def opinion(self, words: list[str]) -> Opinion:
        """The opinion on one utterance's plain words; words past encoder.MOST_PIECES are not read."""
        numbers, owners = numbered(words)
        state, head = self.layers(self.pieces.begin(numbers)), self.head
        found = softmax(state @ head.look, 0) * (state @ head.find)
        odds = found.sum(0) + state.mean(0) @ head.mean + head.bias
        share = found + state @ head.mean / len(numbers)
        by_word = np.zeros((len(words), len(head.acts)), np.float32)
        inner = [at for at, owner in enumerate(owners) if owner >= 0]
        np.add.at(by_word, [owners[at] for at in inner], share[inner])
        return Opinion(
            {act: float(odds[n]) for n, act in enumerate(head.acts)},
            {act: by_word[:, n] for n, act in enumerate(head.acts)},
        )


def corrected(layer: Layer, number: int, stored: dict[str, Numbers]) -> Layer:
    """The layer with its low-rank corrections, "number.matrix.a" times "number.matrix.b", added to its matrices."""
    matrices = dict(layer.matrices)
    for name in MATRICES:
        if f"{number}.{name}.a" in stored:
            down, up = (stored[f"{number}.{name}.{side}"].astype(np.float32) for side in "ab")
            matrices[name] = matrices[name] + down @ up
    return replace(layer, matrices=matrices)


@cache
def model() -> Model:
    """The shipped model, loaded once (under a second, about 150 MB)."""
    with as_file(files(__package__) / "data" / "trained.npz") as path:
        return model_of(path)


def model_of(path: Path) -> Model:
    """The model with what `train.py` has stored in a file."""
    with np.load(path) as file:
        stored = {name: file[name] for name in file.files}
    head = Head(
        tuple(str(stored["acts"]).split()),
        *(stored[f"head.{part}"].astype(np.float32) for part in ("look", "find", "mean", "bias")),
    )
    base = encoder()
    layers = compiled(corrected(layer, number, stored) for number, layer in enumerate(base.layers))
    return Model(base.pieces, layers, head)
