"""The whole library in one zip, for another machine or for the shelf: every session as it lies, and what people know.

    sessions/<name>/<file>     each file of each session, byte for byte
    people.json                tags, notes, overrules, reviews, follow-ups, clips, by session and fingerprint
    library.json               the manifest: SHA-256 and size of all of these

The same library makes the same bytes. On the way in nothing is put in its place until every file has been checked.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callsim.errors import CallsimError, InputError, MachineError, SessionError
from callsim.library.folders import there_are
from callsim.library.fresh import Told
from callsim.library.people import People
from callsim.library.reading import fingerprint
from callsim.library.shelf import Library, tag_of
from callsim.sessions.disk import disk_error, replacing
from callsim.sessions.folder import ABOUT, EVENTS, read_about

MANIFEST, PEOPLE, SESSIONS = "library.json", "people.json", "sessions"
_PIECE_BYTES = 1 << 20
_LARGEST_MANIFEST_BYTES = 1 << 28
_PACKED = (".flac", ".opus", ".ogg", ".mp3")
# Neither a way out of the folder nor a name that Windows keeps for itself or cannot write.
_SAFE = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[^\x00-\x1f\x7f<>:\"/\\|?*]{1,200}(?<![. ])", re.IGNORECASE
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSum(_Part):
    """What a file must come out as."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(_Part):
    """library.json."""

    format: Literal["callsim.library/1"] = "callsim.library/1"
    files: dict[str, FileSum]


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import came to: sessions that were put in place, that were here already, and old and new names."""

    new: tuple[str, ...]
    here: tuple[str, ...]
    renamed: dict[str, str]


def export_library(library: Library, file: Path, told: Told) -> int:
    """Write all sessions and what people know into a zip; returns how many sessions. Raises DiskError."""
    names = sorted(there_are(library.sessions))
    sums: dict[str, FileSum] = {}
    with replacing(file) as part, zipfile.ZipFile(part, "w") as zip:
        for done, name in enumerate(names):
            told(done, len(names))
            for path in _files(library.sessions / name):
                inside = f"{SESSIONS}/{path.relative_to(library.sessions).as_posix()}"
                with path.open("rb") as source:
                    sums[inside] = _add(zip, inside, source)
        with tempfile.SpooledTemporaryFile() as people:
            people.write(library.people().model_dump_json(indent=1).encode())
            people.seek(0)
            sums[PEOPLE] = _add(zip, PEOPLE, people)
        zip.writestr(_entry(MANIFEST), Manifest(files=sums).model_dump_json(indent=1))
    told(len(names), len(names))
    return len(names)


def import_library(library: Library, file: Path, told: Told) -> Brought:
    """Bring in what a zip of `export_library` holds; what is here already stays as it is here.

    A session is here already where one of its name is the same call. Another one of its name does not yield: the new
    one gets a number behind its name. Raises InputError where the zip is not whole or not one of ours, MachineError
    where it has no room; nothing has been put in its place then.
    """
    with _opened(file) as zip:
        manifest = _manifest(zip, file)
        people = _people(zip, manifest, file)
        with _beside(library.sessions) as scratch:
            names = _unpack(zip, manifest, file, scratch, told)
            places = {name: _place(scratch / name, library.sessions) for name in names}
            for name, (place, new) in places.items():
                if new:
                    _move(scratch / name, library.sessions / place)
    given = {name: place for name, (place, _) in places.items()}
    library.put_people(people, given)
    return Brought(
        new=tuple(place for place, new in places.values() if new),
        here=tuple(place for place, new in places.values() if not new),
        renamed={name: place for name, (place, new) in places.items() if new and name != place},
    )


def _files(folder: Path) -> list[Path]:
    """A session's files; what a crash left half written is none."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if path.suffix != ".part")


def _entry(inside: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(inside)
    info.compress_type = zipfile.ZIP_STORED if inside.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _add(zip: zipfile.ZipFile, inside: str, source: IO[bytes]) -> FileSum:
    """Copy a file in, and say what was copied."""
    sha256, size = hashlib.sha256(), 0
    with zip.open(_entry(inside), "w", force_zip64=True) as target:
        while piece := source.read(_PIECE_BYTES):
            sha256.update(piece)
            size += len(piece)
            target.write(piece)
    return FileSum(sha256=sha256.hexdigest(), size=size)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as zip:
            yield zip
    except CallsimError:
        raise
    except OSError as wrong:
        raise InputError(f"{file} cannot be read: {wrong.strerror or wrong}") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise InputError(f"{file} is not a whole zip: copy it again from where it was made") from None


def _manifest(zip: zipfile.ZipFile, file: Path) -> Manifest:
    """The manifest, which names just what is there, in paths that stay inside."""
    names = [info.filename for info in zip.infolist()]
    if MANIFEST not in names or zip.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST_BYTES:
        raise InputError(f"{file} is no library: it has no {MANIFEST}; `callsim export` makes one")
    try:
        manifest = Manifest.model_validate_json(zip.read(MANIFEST))
    except ValidationError:
        raise InputError(f"{file} is a library of another version of callsim: bring in one of this version") from None
    if sorted(names) != sorted([*manifest.files, MANIFEST]) or PEOPLE not in manifest.files:
        raise InputError(f"{file} does not hold what its {MANIFEST} names: export it again")
    for inside in manifest.files.keys() - {PEOPLE}:
        if not _is_safe(inside) or f"{'/'.join(inside.split('/')[:2])}/{ABOUT}" not in manifest.files:
            raise InputError(f"{file} holds {inside[:80]!r}, which is no file of a session: export it again")
    return manifest


def _is_safe(inside: str) -> bool:
    first, *parts = inside.split("/")
    return first == SESSIONS and len(parts) >= 2 and all(_SAFE.fullmatch(part) for part in parts)


def _people(zip: zipfile.ZipFile, manifest: Manifest, file: Path) -> People:
    if manifest.files[PEOPLE].size > _LARGEST_MANIFEST_BYTES:
        raise InputError(f"{file} is no library: its {PEOPLE} is too large")
    with tempfile.SpooledTemporaryFile(max_size=_LARGEST_MANIFEST_BYTES) as people:
        _copy(zip, PEOPLE, manifest.files[PEOPLE], people, file)
        people.seek(0)
        try:
            found = People.model_validate_json(people.read())
        except ValidationError:
            raise InputError(f"{file} is a library of another version of callsim: its {PEOPLE} is not known") from None
    # As they are kept here, whoever packed them.
    tags = tuple(one.model_copy(update={"tag": tag_of(one.tag)}) for one in found.tags)
    return found.model_copy(update={"tags": tags})


@contextmanager
def _beside(sessions: Path) -> Iterator[Path]:
    """A folder on the same disk as the sessions, gone afterwards."""
    try:
        sessions.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="importing-", dir=sessions.parent))
    except OSError as wrong:
        raise disk_error(sessions, wrong) from None
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unpack(zip: zipfile.ZipFile, manifest: Manifest, file: Path, scratch: Path, told: Told) -> list[str]:
    """All sessions into a folder, every file checked; returns their names."""
    sums = {inside: sum for inside, sum in manifest.files.items() if inside != PEOPLE}
    need, free = sum(one.size for one in sums.values()), shutil.disk_usage(scratch).free
    if need > free:
        room = f"{free / 1e9:.1f} of the {need / 1e9:.1f} GB"
        raise MachineError(f"{scratch.parent} has room for {room} that {file} needs: make some more")
    for done, (inside, expected) in enumerate(sums.items()):
        told(done, len(sums))
        target = scratch.joinpath(*inside.split("/")[1:])
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                _copy(zip, inside, expected, out, file)
        except FileExistsError:
            raise InputError(f"{file} holds {inside[:80]!r} twice: export it again") from None
    told(len(sums), len(sums))
    return sorted(path.name for path in scratch.iterdir())


def _copy(zip: zipfile.ZipFile, inside: str, expected: FileSum, target: IO[bytes], file: Path) -> None:
    """One file out of the zip; never more of it than the manifest says."""
    sha256, size = hashlib.sha256(), 0
    with zip.open(inside) as source:
        while piece := source.read(_PIECE_BYTES):
            sha256.update(piece)
            size += len(piece)
            if size > expected.size:
                break
            target.write(piece)
    if size != expected.size or sha256.hexdigest() != expected.sha256:
        raise InputError(f"{file} is damaged: {inside[:80]!r} is not what was exported; copy the zip again")


def _place(new: Path, sessions: Path) -> tuple[str, bool]:
    """The name that a session gets here, and whether it is new here."""
    for number in count(1):
        name = new.name if number == 1 else f"{new.name}-{number}"
        if not (sessions / name).exists():
            return name, True
        if _same_call(new, sessions / name):
            return name, False
    raise AssertionError  # pragma: no cover - counting has no end


def _same_call(new: Path, here: Path) -> bool:
    """Whether two sessions are one call, rescored or forgotten as either may be."""
    if _bytes(new / ABOUT) == _bytes(here / ABOUT) and _bytes(new / EVENTS) == _bytes(here / EVENTS):
        return True
    try:
        ours, theirs = read_about(here), read_about(new)
    except SessionError:
        return False
    if fingerprint(ours) != fingerprint(theirs):
        return False
    return bool(ours.forgotten or theirs.forgotten) or _bytes(new / EVENTS) == _bytes(here / EVENTS)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _move(new: Path, place: Path) -> None:
    try:
        new.rename(place)
    except OSError as wrong:
        raise disk_error(place, wrong) from None
