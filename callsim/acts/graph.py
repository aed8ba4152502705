"""The sentence model's layers as an ONNX graph, for onnxruntime: about half the time that numpy takes for them.

An ONNX file is a protocol buffer; as much of that is written here as the graph takes. Field numbers are those of
onnx.proto (opset 17, the first with layer normalisation).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from callsim.acts.encoder import HEADS, WIDTH, Layer, Numbers

_IR_VERSION, _OPSET = 8, 17
_FLOAT, _INT64 = 1, 7
_FLOAT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 7
_HEAD_WIDTH = WIDTH // HEADS
_IN = "states"
_BY_HEAD, _BY_HEAD_TURNED = (1, 0, 2), (1, 2, 0)


def compiled(layers: Iterable[Layer]) -> Callable[[Numbers], Numbers]:
    """What takes the states of one utterance's pieces (pieces by WIDTH) through all layers; one thread."""
    import onnxruntime  # noqa: PLC0415 - a good part of a second, which a list of sessions need not wait for

    graph, state = _Graph(), _IN
    for layer in layers:
        state = graph.layer(layer, state)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.file(state), options, providers=["CPUExecutionProvider"])

    def run(states: Numbers) -> Numbers:
        result: Numbers = session.run(None, {_IN: states})[0]
        return result

    return run


class _Graph:
    """An ONNX graph that grows by a node at a time; a tensor is known by its name."""

    def __init__(self) -> None:
        self._nodes, self._tensors = list[bytes](), list[bytes]()

    def layer(self, layer: Layer, state: str) -> str:
        """One transformer layer: attention, then two dense steps with a GELU between, each added and normalised."""
        weights = self.node(
            "Softmax", self.node("MatMul", self._heads(layer, "q", state), self._heads(layer, "k", state))
        )
        mixed = self.node("Transpose", self.node("MatMul", weights, self._heads(layer, "v", state)), perm=_BY_HEAD)
        mixed = self.node("Reshape", mixed, self.tensor(np.array([-1, WIDTH])))
        state = self._added(state, self._dense(layer, "o", mixed), layer.after_attention)
        return self._added(state, self._dense(layer, "g", self._gelu(self._dense(layer, "f", state))), layer.after_all)

    def _dense(self, layer: Layer, name: str, given: str) -> str:
        product = self.node("MatMul", given, self.tensor(layer.matrices[name]))
        return self.node("Add", product, self.tensor(layer.biases[name]))

    def _heads(self, layer: Layer, name: str, state: str) -> str:
        apart = self.node("Reshape", self._dense(layer, name, state), self.tensor(np.array([-1, HEADS, _HEAD_WIDTH])))
        if name == "q":
            apart = self.node("Mul", apart, self.tensor(np.float32(_HEAD_WIDTH**-0.5)))
        return self.node("Transpose", apart, perm=_BY_HEAD_TURNED if name == "k" else _BY_HEAD)

    def _gelu(self, x: str) -> str:
        error = self.node("Erf", self.node("Mul", x, self.tensor(np.float32(0.5**0.5))))
        doubled = self.node("Mul", x, self.node("Add", error, self.tensor(np.float32(1))))
        return self.node("Mul", doubled, self.tensor(np.float32(0.5)))

    def _added(self, state: str, change: str, norm: tuple[Numbers, Numbers]) -> str:
        total = self.node("Add", state, change)
        return self.node("LayerNormalization", total, *map(self.tensor, norm), epsilon=1e-12)

    def tensor(self, value: NDArray[Any] | np.float32) -> str:
        """Adds a constant."""
        array, name = np.ascontiguousarray(value), f"tensor{len(self._tensors)}"
        kind = _INT64 if array.dtype == np.int64 else _FLOAT
        shape = b"".join(_field(1, size) for size in np.shape(value))
        self._tensors.append(shape + _field(2, kind) + _field(8, name) + _field(9, array.tobytes()))
        return name

    def node(self, kind: str, *given: str, perm: Sequence[int] = (), epsilon: float = 0.0) -> str:
        """Adds an operation; its result has its name."""
        name = f"{kind}{len(self._nodes)}"
        message = b"".join(_field(1, tensor) for tensor in given) + _field(2, name) + _field(4, kind)
        if perm:
            ints = b"".join(_field(8, axis) for axis in perm)
            message += _field(5, _field(1, "perm") + ints + _field(20, _INTS_ATTRIBUTE))
        if epsilon:
            message += _field(5, _field(1, "epsilon") + _field(2, epsilon) + _field(20, _FLOAT_ATTRIBUTE))
        self._nodes.append(message)
        return name

    def file(self, result: str) -> bytes:
        """The whole model: from _IN to a result, both pieces by WIDTH."""
        size = _field(1, _field(2, "pieces")) + _field(1, _field(1, WIDTH))
        kind = _field(2, _field(1, _field(1, _FLOAT) + _field(2, size)))
        graph = b"".join(
            (
                *(_field(1, node) for node in self._nodes),
                _field(2, "layers"),
                *(_field(5, tensor) for tensor in self._tensors),
                _field(11, _field(1, _IN) + kind),
                _field(12, _field(1, result) + kind),
            )
        )
        return _field(1, _IR_VERSION) + _field(7, graph) + _field(8, _field(2, _OPSET))


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """A field of a message: its number with the kind of value, and the value."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    more, last = divmod(value, 128)
    return bytes([last]) if not more else bytes([last | 128]) + _varint(more)
