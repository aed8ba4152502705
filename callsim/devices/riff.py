"""WAV and AIFF files whose header does not tell the truth about their length, which libsndfile would believe.

A program that is killed while it writes a WAV leaves a header that tells of too little (or of 4 GiB); a file that was
copied in part has one that tells of too much.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from callsim.errors import RecordingError

# A writer that cannot know the length announces about 2 or 4 GiB (sox 0x7FFFF000, arecord 0x80000000, ffmpeg all ones).
UNKNOWN_BYTES = 0x7FFF_0000
# A file that lacks no more than this was written sloppily, not cut off.
SLOPPY_BYTES = 8


class MendedWav:
    """An unclosed WAV as a readable, seekable file whose header announces all the sound that is there."""

    def __init__(self, path: Path, head: bytes, sound_bytes: int) -> None:
        self._file = path.open("rb")
        known = min(sound_bytes, 0xFFFF_FFFF - len(head))
        self._head = head[:4] + struct.pack("<I", len(head) - 8 + known) + head[8:-4] + struct.pack("<I", known)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, the mended header in place of the one on disk."""
        at = self._file.tell()
        got = self._file.read(size)
        return self._head[at : at + len(got)] + got[max(0, len(self._head) - at) :]

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As a file's."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As a file's."""
        return self._file.tell()

    def close(self) -> None:
        """As a file's."""
        self._file.close()


def source(path: Path) -> Path | MendedWav:
    """What to read the sound of `path` from. Raises RecordingError where the file ends before its sound does."""
    size = path.stat().st_size
    with path.open("rb") as file:
        kind, announced, form = file.read(4), file.read(4), file.read(4)
        if kind == b"FORM" and len(form) == 4:
            _check_whole(path, struct.unpack(">I", announced)[0], size - 8)
        if kind == b"RIFF" and form == b"WAVE" and (at := _find_sound(file)):
            return _wav_source(path, file, at, size - at)
    return path


def _find_sound(file: BinaryIO) -> int | None:
    """Where a WAV's first sample lies; the file stands behind its first chunk head."""
    while len(chunk := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", chunk)
        if name == b"data":
            return file.tell()
        file.seek(size + size % 2, os.SEEK_CUR)
    return None


def _wav_source(path: Path, file: BinaryIO, at: int, present: int) -> Path | MendedWav:
    file.seek(0)
    head = file.read(at)
    (announced,) = struct.unpack("<I", head[-4:])
    if announced < UNKNOWN_BYTES:
        _check_whole(path, announced, present)
    if announced > present + SLOPPY_BYTES or _sound_goes_on(file, at + announced, present - announced):
        return MendedWav(path, head, present)
    return path


def _sound_goes_on(file: BinaryIO, end: int, left: int) -> bool:
    """Whether what follows the announced sound is no chunk, but more sound."""
    file.seek(end + end % 2)
    chunk = file.read(8)
    if left <= 0 or len(chunk) < 8:
        return False
    name, size = struct.unpack("<4sI", chunk)
    is_chunk = all(32 <= letter < 127 for letter in name) and size <= left
    return not is_chunk


def _check_whole(path: Path, announced: int, present: int) -> None:
    if announced - present > SLOPPY_BYTES:
        raise RecordingError(
            f"{path} is cut short: it announces {announced} bytes of sound and holds {present}; copy or export it again"
        )
