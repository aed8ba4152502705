"""A call's sound for a browser, in any range of bytes: Ogg/Opus from its file, WAV made while it is read."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import soundfile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

_PIECE_BYTES = 1 << 16
_HEAD_BYTES = 44
_FRAME_BYTES = 4


class Bytes(Protocol):
    """Something of a known size, read from wherever one likes."""

    @property
    def size(self) -> int:
        """How many there are."""

    @property
    def kind(self) -> str:
        """What they are, as a media type."""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`."""


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file as it lies there."""

    path: Path
    kind: str

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.path.stat().st_size

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """See `Bytes`."""
        with self.path.open("rb") as file:
            file.seek(start)
            yield from _until(end - start, file.read)


class WavBytes:
    """Any two-channel sound file as the WAV file that it would make, 16 bit."""

    kind = "audio/wav"

    def __init__(self, path: Path) -> None:
        self._path = path
        about = soundfile.info(path)
        self._rate_hz, self._frames = about.samplerate, about.frames
        self.size = _HEAD_BYTES + self._frames * _FRAME_BYTES

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """See `Bytes`."""
        if start < _HEAD_BYTES:
            yield self._head()[start:end]
        first, last = max(0, start - _HEAD_BYTES), end - _HEAD_BYTES
        if last <= first:
            return
        before = first % _FRAME_BYTES
        with soundfile.SoundFile(self._path) as file:
            file.seek(first // _FRAME_BYTES)
            rest = last - first + before
            for piece in _until(-(-rest // _FRAME_BYTES) * _FRAME_BYTES, lambda size: _frames(file, size)):
                yield piece[before:rest]
                rest, before = rest - len(piece), 0

    def _head(self) -> bytes:
        form = struct.pack("<HHIIHH", 1, 2, self._rate_hz, self._rate_hz * _FRAME_BYTES, _FRAME_BYTES, 16)
        data = self._frames * _FRAME_BYTES
        return struct.pack("<4sI8sI16s4sI", b"RIFF", 36 + data, b"WAVEfmt ", len(form), form, b"data", data)


def _frames(file: soundfile.SoundFile, size: int) -> bytes:
    return bytes(file.read(size // _FRAME_BYTES, dtype="int16").astype("<i2").tobytes())


def _until(size: int, read: Callable[[int], bytes]) -> Iterator[bytes]:
    while size > 0 and (piece := read(min(size, _PIECE_BYTES))):
        size -= len(piece)
        yield piece


def in_ranges(request: Request, content: Bytes) -> Response:
    """What was asked for of it: one range, or all. Several ranges at once get all, which the protocol allows."""
    size = content.size
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if asked is None or not any(asked.groups()):
        return StreamingResponse(
            content.pieces(0, size), media_type=content.kind, headers={**headers, "Content-Length": str(size)}
        )
    start, end = _span(asked[1], asked[2], size)
    if start >= end:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return StreamingResponse(content.pieces(start, end), 206, media_type=content.kind, headers=headers)


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """From "100-199", "100-" (to the end) or "-50" (the last 50)."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)
