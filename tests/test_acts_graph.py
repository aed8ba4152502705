"""The layers that onnxruntime runs, held against the same layers computed step by step as the papers have them."""

from __future__ import annotations

from functools import cache
from math import erf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.acts.encoder import HEADS, WIDTH, Encoder, Layer, encoder, normed, softmax
from callsim.acts.graph import compiled


@cache
def base() -> Encoder:
    """The published model, uncorrected."""
    return encoder()


@cache
def layers():
    """Its first two layers, compiled."""
    return compiled(base().layers[:2])


def gelu(x: np.ndarray) -> np.ndarray:
    """x Phi(x) (arXiv 1606.08415)."""
    return x * (1 + np.vectorize(erf)(x / 2**0.5)) / 2


def by_hand(layer: Layer, state: np.ndarray) -> np.ndarray:
    """One layer of BERT (arXiv 1810.04805) in double precision."""
    step = {name: layer.matrices[name].astype(float) for name in layer.matrices}
    q, k, v = (np.split(state @ step[name] + layer.biases[name], HEADS, axis=1) for name in "qkv")
    mixed = [softmax(q[n] @ k[n].T / (WIDTH / HEADS) ** 0.5, 1) @ v[n] for n in range(HEADS)]
    attended = np.concatenate(mixed, 1) @ step["o"] + layer.biases["o"]
    state = normed(state + attended, *layer.after_attention)
    return normed(state + gelu(state @ step["f"] + layer.biases["f"]) @ step["g"] + layer.biases["g"], *layer.after_all)


@given(st.lists(st.integers(1000, 29_000), min_size=1, max_size=12))
def test_the_layers_are_those_of_the_paper(numbers: list[int]) -> None:
    """For any pieces, two layers give what two layers by hand give, to single precision."""
    begun = base().pieces.begin(numbers)
    one, two = base().layers[:2]
    assert layers()(begun) == pytest.approx(by_hand(two, by_hand(one, begun.astype(float))), abs=2e-5)


def test_the_same_pieces_give_the_same_bytes() -> None:
    """Twice the same, and again after other pieces."""
    begun, other = (base().pieces.begin(list(numbers)) for numbers in ((2003, 2024, 2045), range(1000, 1100)))
    first = layers()(begun).tobytes()
    layers()(other)
    assert layers()(begun).tobytes() == first
    assert compiled(base().layers[:2])(begun).tobytes() == first


def test_layers_follow_each_other() -> None:
    """Two at once are one after the other."""
    begun = base().pieces.begin([2003, 2024])
    one, two = base().layers[:2]
    assert compiled([two])(compiled([one])(begun)) == pytest.approx(layers()(begun), abs=1e-5)
