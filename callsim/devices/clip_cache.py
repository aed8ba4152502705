"""Spoken lines kept on disk, so that no line is synthesised twice."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import soundfile

from callsim.phone import Clip, Delivery, Synthesiser
from callsim.timeline import RATE_HZ

# About five hours of speech. All that a script's caller may say in every mood is about an hour and a half of it.
CACHE_BYTES = 400_000_000
# Looking through thousands of files takes a while, and a clip has 50 kB.
_LOOK_EVERY = 64


class IdentifiedSynthesiser(Synthesiser, Protocol):
    """A synthesiser that can tell what, besides text and delivery, shapes its sound."""

    @property
    def identity(self) -> str:
        """Engine, versions and processing, as one string."""


class CachedSynthesiser:
    """Another synthesiser, asked just once for each line; a kept clip has the samples of the fresh one.

    Each clip is a lossless FLAC file in `folder`. Processes may share it: files appear whole or not at all. A file that
    cannot be read is thrown away and made again. Above `limit_bytes` the clips not used for longest go, looked at
    with the first line written and now and then.
    """

    def __init__(self, inner: IdentifiedSynthesiser, folder: Path, limit_bytes: int = CACHE_BYTES) -> None:
        self._inner = inner
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._written = 0

    def has(self, text: str, delivery: Delivery) -> bool:
        """Whether the line is kept, which then counts as just used."""
        try:
            os.utime(self._path(text, delivery))
        except OSError:
            return False
        return True

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """The spoken line; raises what `inner` raises. Where the folder cannot be written the line is not kept."""
        path = self._path(text, delivery)
        if kept := _read(path):
            return kept
        clip = self._inner.clip(text, delivery)
        with contextlib.suppress(OSError):
            _write(path, clip)
            if self._written % _LOOK_EVERY == 0:
                _make_room(self._folder, self._limit_bytes)
            self._written += 1
        return clip

    def _path(self, text: str, delivery: Delivery) -> Path:
        return self._folder / f"{_key(self._inner.identity, text, delivery)}.flac"


def _key(identity: str, text: str, delivery: Delivery) -> str:
    whole = json.dumps([identity, text, asdict(delivery)], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _read(path: Path) -> Clip | None:
    """The clip of a file, which then counts as just used; None where there is no such file, or a broken one."""
    try:
        with soundfile.SoundFile(path) as file:
            samples = file.read(dtype="int16")
            whole = len(samples) == file.frames > 0 and (file.samplerate, file.channels) == (RATE_HZ, 1)
    except (soundfile.LibsndfileError, OSError):
        return None
    if not whole:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return Clip(samples)


def _write(path: Path, clip: Clip) -> None:
    # Packed in memory first: a full disk inside libsndfile's own writing cannot be told cleanly.
    packed = io.BytesIO()
    soundfile.write(packed, clip.samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed.getvalue())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _make_room(folder: Path, limit_bytes: int) -> None:
    """Remove the files that were used longest ago until the rest fits; another process may be doing the same."""
    files = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            files.append((stat.st_mtime_ns, path, stat.st_size))
    room = limit_bytes
    for _, path, size in sorted(files, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)
