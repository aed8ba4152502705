"""Reads the numbers out of an ONNX file: as much of protocol buffers as that takes, and no more.

Of `ModelProto` only `graph` (field 7) is opened, of that only `initializer` (5) and `node` (1); field numbers are those
of onnx.proto. The file's own graph is not run: it ends in one vector for a whole text, where this needs one for each
piece, and it has no room for what was learnt here (`graph.py` builds another).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_DTYPES: dict[int, type[np.generic]] = {1: np.float32, 3: np.int8, 7: np.int64}
_GRAPH, _NODE, _INITIALIZER = 7, 1, 5
_DIMS, _DATA_TYPE, _NAME, _RAW = 1, 2, 8, 9
_NODE_INPUT, _NODE_KIND = 1, 4


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of one message: number and value, which is a number or the bytes of a nested one."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        else:
            size, at = _varint(data, at) if tag & 7 == 2 else ({1: 8, 5: 4}[tag & 7], at)
            yield tag >> 3, data[at : at + size]
            at += size


def _tensor(message: memoryview) -> dict[str, NDArray[np.generic]]:
    """One tensor by its name, or nothing where its type holds no weights."""
    dims, name, kind, raw = list[int](), "", 1, memoryview(b"")
    for number, value in _fields(message):
        if isinstance(value, int):
            if number == _DIMS:
                dims.append(value)
            elif number == _DATA_TYPE:
                kind = value
        elif number == _NAME:
            name = bytes(value).decode()
        elif number == _RAW:
            raw = value
        elif number == _DIMS:
            at = 0
            while at < len(value):
                size, at = _varint(value, at)
                dims.append(size)
    return {name: np.frombuffer(raw, _DTYPES[kind]).reshape(dims)} if raw and kind in _DTYPES else {}


def read(data: bytes) -> tuple[dict[str, NDArray[np.generic]], list[str]]:
    """The tensors in an ONNX file's bytes by name, and the second inputs of its matrix products in order."""
    graph = next(value for number, value in _fields(memoryview(data)) if number == _GRAPH)
    assert isinstance(graph, memoryview)
    tensors, products = dict[str, NDArray[np.generic]](), list[str]()
    for number, value in _fields(graph):
        if number == _INITIALIZER and isinstance(value, memoryview):
            tensors.update(_tensor(value))
        elif number == _NODE and isinstance(value, memoryview):
            fields = [(inner, bytes(text)) for inner, text in _fields(value) if not isinstance(text, int)]
            if (_NODE_KIND, b"MatMul") in fields:
                products.append([text.decode() for inner, text in fields if inner == _NODE_INPUT][1])
    return tensors, products
