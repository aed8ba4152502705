"""Trains the sentence model from `data/`: `python -m callsim.acts.train callsim/acts/data/trained.npz`.

Needs jax 0.10.2 (for the gradients alone; callsim itself does not use it). Everything is seeded, so the same machine
gives the same file. About an hour of one core. Where a file trained before is named after it, the training goes on from
there, shorter and in smaller steps: for examples that have come since, which are read with all the others.

The corrections (LoRA, arXiv 2106.09685: rank 12, in all six layers) and the head are trained together by Adam on the
cross-entropy of each act, over the parts of the examples, whole turns, turns joined from random parts, what Vosk heard
of some, and some spoilt as Vosk might hear them, other ones in each epoch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from callsim.acts.encoder import HEADS, LAYERS, MATRICES, WIDTH, Encoder, Numbers, encoder, numbered
from callsim.acts.examples import FIRST, FRESH, Example, as_heard, heard_pairs, plain, shipped
from callsim.acts.misheard import Mishearings, learnt
from callsim.acts.weighing import MODEL_ACTS

RANK = 12
EPOCHS, BATCH, RATE, WARM_STEPS = 5, 32, 1.2e-3, 50
MORE_EPOCHS, MORE_RATE = 2, 5e-4
JOINED, DROPPED, SMOOTHING, DECAY = 1_500, 0.1, 0.02, 0.01
SPOILT_SHARE = 0.5
SEED = 0

Item = tuple[list[str], Numbers]
Labelled = tuple[str, frozenset[str]]
Tree = Any


def vector(acts: frozenset[str]) -> Numbers:
    """One or nought for each act of the model."""
    return np.array([act in acts for act in MODEL_ACTS], np.float32)


def labelled(examples: Sequence[Example]) -> list[Labelled]:
    """The parts of the examples, and the whole of those that have several."""
    pairs = [pair for item in examples for pair in zip(item.parts, item.acts, strict=True)]
    return pairs + [(item.text, item.all_acts) for item in examples if len(item.parts) > 1]


def items_of(pairs: Sequence[Labelled]) -> list[Item]:
    """What the model reads of texts, and what it is to say; empty texts are left out."""
    return [(words, vector(acts)) for text, acts in pairs if (words := plain(text))]


def _turn(parts: list[Item]) -> Item:
    return [word for words, _ in parts for word in words], np.max([acts for _, acts in parts], 0)


@dataclass(frozen=True, slots=True)
class Material:
    """What is read in every epoch, the texts of which some are spoilt for it, and how."""

    parts: list[Item]
    clean: list[Labelled]
    mishearings: Mishearings

    def epoch(self, chance: np.random.Generator) -> list[Item]:
        """One epoch's items: all parts, turns joined from two or three, and some spoilt."""
        return [*self.parts, *self._joined(chance), *self._spoilt(chance)]

    def _joined(self, chance: np.random.Generator) -> list[Item]:
        sizes = chance.choice([2, 2, 3], JOINED)
        return [_turn([self.parts[n] for n in chance.integers(0, len(self.parts), size)]) for size in sizes]

    def _spoilt(self, chance: np.random.Generator) -> list[Item]:
        rows = chance.permutation(len(self.clean))[: int(len(self.clean) * SPOILT_SHARE)]
        return items_of([(self.mishearings.spoilt(text, chance), acts) for text, acts in (self.clean[n] for n in rows)])


def batches(items: list[Item], chance: np.random.Generator) -> list[tuple[Numbers, Numbers, Numbers, Numbers]]:
    """Items of like length together: piece numbers, which of them are real, acts, and which rows are real."""
    numbers = [numbered(words)[0] for words, _ in items]
    order = sorted(chance.permutation(len(items)), key=lambda n: (len(numbers[n]) + 7) // 8)
    cut = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
    chance.shuffle(cut)
    return [_batch([numbers[n] for n in rows], [items[n][1] for n in rows]) for rows in cut]


def _batch(numbers: list[list[int]], acts: list[Numbers]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    width = (max(map(len, numbers)) + 7) // 8 * 8
    ids, mask = np.zeros((BATCH, width), np.int32), np.zeros((BATCH, width), np.float32)
    wanted, real = np.zeros((BATCH, len(MODEL_ACTS)), np.float32), np.zeros(BATCH, np.float32)
    mask[:, 0] = 1
    for row, (line, carried) in enumerate(zip(numbers, acts, strict=True)):
        ids[row, : len(line)], mask[row, : len(line)], wanted[row], real[row] = line, 1, carried, 1
    return ids, mask, wanted, real


def start(seed: int) -> dict[str, Numbers]:
    """Corrections that change nothing yet, and a head that is nearly blank."""
    chance = np.random.default_rng(seed)
    sizes = dict.fromkeys("qkvo", (WIDTH, WIDTH)) | {"f": (WIDTH, 4 * WIDTH), "g": (4 * WIDTH, WIDTH)}
    state = dict[str, Numbers]()
    for layer in range(LAYERS):
        for name in MATRICES:
            into, out = sizes[name]
            state[f"{layer}.{name}.a"] = chance.standard_normal((into, RANK)).astype(np.float32) / np.float32(into**0.5)
            state[f"{layer}.{name}.b"] = np.zeros((RANK, out), np.float32)
    for part in ("look", "find", "mean"):
        state[f"head.{part}"] = chance.standard_normal((WIDTH, len(MODEL_ACTS))).astype(np.float32) * np.float32(0.02)
    state["head.bias"] = np.full(len(MODEL_ACTS), -2, np.float32)
    return state


class Trainer:
    """The same computation as `graph.py` and `model.py`, over batches and with gradients."""

    def __init__(self, base: Encoder) -> None:
        import jax  # noqa: PLC0415 - only whoever trains has it

        self.jax: Any = jax
        self.encoder = base
        self.begun = self.jax.jit(self._begun)
        self.step = self.jax.jit(self._step)

    def _normed(self, x: Tree, pair: tuple[Numbers, Numbers]) -> Tree:
        centred = x - x.mean(-1, keepdims=True)
        return centred / self.jax.numpy.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * pair[0] + pair[1]

    def _layer(self, state: Tree, number: int, x: Tree, mask: Tree) -> Tree:
        layer, jax = self.encoder.layers[number], self.jax

        def into(name: str, y: Tree) -> Tree:
            published = y @ layer.matrices[name] + layer.biases[name]
            return published + y @ state[f"{number}.{name}.a"] @ state[f"{number}.{name}.b"]

        def heads(name: str) -> Tree:
            return into(name, x).reshape(*x.shape[:2], HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

        odds = heads("q") @ heads("k").transpose(0, 1, 3, 2) / (WIDTH // HEADS) ** 0.5
        weights = jax.nn.softmax(odds + (mask[:, None, None, :] - 1) * 1e9)
        mixed = (weights @ heads("v")).transpose(0, 2, 1, 3).reshape(x.shape)
        x = self._normed(x + into("o", mixed), layer.after_attention)
        return self._normed(x + into("g", jax.nn.gelu(into("f", x), approximate=False)), layer.after_all)

    def _begun(self, rows: Tree) -> Tree:
        return self._normed(rows + self.encoder.pieces.places[: rows.shape[1]], self.encoder.pieces.first_norm)

    def odds(self, state: Tree, x: Tree, mask: Tree) -> Tree:
        """Log odds for each row and act, from the states before the first layer."""
        for number in range(LAYERS):
            x = self._layer(state, number, x, mask)
        looked = self.jax.nn.softmax(x @ state["head.look"] + (mask[:, :, None] - 1) * 1e9, axis=1)
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return (looked * (x @ state["head.find"])).sum(1) + mean @ state["head.mean"] + state["head.bias"]

    def _loss(self, state: Tree, batch: Tree, key: Tree) -> Tree:
        x, mask, wanted, real = batch
        x = x * self.jax.random.bernoulli(key, 1 - DROPPED, x.shape) / (1 - DROPPED)
        odds, soft = self.odds(state, x, mask), wanted * (1 - SMOOTHING) + SMOOTHING / 2
        return ((self.jax.numpy.logaddexp(0, odds) - soft * odds).sum(1) * real).sum() / real.sum()

    def _step(self, kept: Tree, batch: Tree, key: Tree, count: Tree, rate: Tree) -> Tree:
        state, first, second = kept
        loss, slope = self.jax.value_and_grad(self._loss)(state, batch, key)
        tree_map, sqrt = self.jax.tree.map, self.jax.numpy.sqrt
        first = tree_map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = tree_map(lambda v, g: 0.98 * v + 0.02 * g * g, second, slope)

        def moved(a: Tree, m: Tree, v: Tree) -> Tree:
            return a * (1 - rate * DECAY) - rate * (m / (1 - 0.9**count)) / (sqrt(v / (1 - 0.98**count)) + 1e-8)

        return (tree_map(moved, state, first, second), first, second), loss

    def train(
        self, material: Material, begun: dict[str, Numbers], epochs: int, highest_rate: float
    ) -> dict[str, Numbers]:
        """The trained corrections and head, from those begun with."""
        chance, key, count = np.random.default_rng(SEED), self.jax.random.PRNGKey(SEED), 0
        blank = partial(self.jax.tree.map, self.jax.numpy.zeros_like)
        kept: Tree = (begun, blank(begun), blank(begun))
        for epoch in range(epochs):
            todo, total = batches(material.epoch(chance), chance), 0.0
            for ids, mask, wanted, real in todo:
                count += 1
                key, now = self.jax.random.split(key)
                rate = highest_rate * min(1.0, count / WARM_STEPS) * max(0.02, 1 - count / (len(todo) * epochs))
                rows = self.encoder.pieces.words[ids] * self.encoder.pieces.word_scales[ids]
                kept, loss = self.step(kept, (self.begun(rows), mask, wanted, real), now, float(count), rate)
                total += float(loss)
            print(f"epoch {epoch + 1} of {epochs}: loss {total / len(todo):.3f}", flush=True)
        return {name: np.asarray(value) for name, value in kept[0].items()}


def stored(state: dict[str, Numbers]) -> dict[str, Numbers]:
    """What goes into the file: half precision for the corrections, and the acts' names."""
    halved = {name: value if name.startswith("head") else value.astype(np.float16) for name, value in state.items()}
    return halved | {"acts": np.array(" ".join(MODEL_ACTS))}


def read_stored(path: Path) -> dict[str, Numbers]:
    """What a file trained before has, to go on from."""
    with np.load(path) as file:
        return {name: file[name].astype(np.float32) for name in file.files if name != "acts"}


def main(target: Path, before: Path | None = None) -> None:
    """Trains and writes; `before` is a file to go on from."""
    fresh = shipped(FRESH)
    clean = labelled([*shipped(FIRST), *fresh])
    parts = items_of([*clean, *labelled(as_heard(fresh))])
    material = Material(parts, clean, learnt(heard_pairs()))
    begun, epochs, rate = (read_stored(before), MORE_EPOCHS, MORE_RATE) if before else (start(SEED), EPOCHS, RATE)
    trained = Trainer(encoder()).train(material, begun, epochs, rate)
    np.savez_compressed(target, **stored(trained))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
