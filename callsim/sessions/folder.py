"""A session: the folder that a call leaves, written as the call goes and readable after a crash.

    session.json    what the call was; the only file that knows the time of day
    script.toml     the call script as it was; the one in the catalogue may change, or be somebody's own file
    events.jsonl    what happened, one event a line
    call.wav        the sound while the call lasts, left the trainee, right the caller
    call.flac       the same, packed after the call (call.wav is then gone)
    scorecard.json  the score

Identical calls leave identical files, byte for byte, session.json apart.
"""

from __future__ import annotations

import struct
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from callsim.checked import first_mistake
from callsim.errors import DiskError, OurBug, SessionError
from callsim.events import Ended, Event, from_json, to_json
from callsim.phone import Samples
from callsim.sessions.disk import GrowingFile, disk_error, replace_file, replacing
from callsim.timeline import RATE_HZ, Ms

ABOUT, SCRIPT, EVENTS, SCORECARD = "session.json", "script.toml", "events.jsonl", "scorecard.json"
OPEN_SOUND, PACKED_SOUND = "call.wav", "call.flac"
_PACKING_FRAMES = 1 << 16


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Latencies(_Part):
    """How much later a written sample is heard, and how much earlier a read one was said; 0 without a sound device."""

    input_ms: Ms = Field(default=0, ge=0)
    output_ms: Ms = Field(default=0, ge=0)


class TakeOf(_Part):
    """Which part of which call was taken again: the session's folder, the turn, and where that call stood then."""

    session: str
    turn: int = Field(ge=1)
    at_ms: Ms = Field(ge=0)


class About(_Part):
    """What a call was: session.json.

    `script`, `voice` and `rubric` are names, or paths as they were given. `versions` (of callsim, the engines, the
    model) and `devices` are by name. `started` is a moment in ISO 8601 with its offset from UTC, given by whoever has
    a clock. `forgotten` is the moment at which the sound and the words were removed from it, figures kept.
    """

    format: Literal["callsim.session/1"] = "callsim.session/1"
    script: str
    voice: str
    seed: int
    mode: Literal["headless", "overview", "practice", "test", "imported"]
    trainee: str
    started: str
    rubric: str | None = None
    versions: dict[str, str] = {}
    devices: dict[str, str] = {}
    latencies: Latencies = Latencies()
    take_of: TakeOf | None = None
    forgotten: str | None = None

    @field_validator("started", "forgotten")
    @classmethod
    def _is_a_moment(cls, moment: str | None) -> str | None:
        if moment is not None and datetime.fromisoformat(moment).tzinfo is None:
            raise ValueError("needs an offset from UTC, as in 2026-01-31T09:30:00+01:00")
        return moment


class SessionWriter:
    """Writes a session while its call goes on; each piece has reached the system before the next one comes."""

    def __init__(self, folder: Path, events: GrowingFile, sound: GrowingFile) -> None:
        self.folder = folder
        self._events = events
        self._sound = sound

    @classmethod
    def create(cls, folder: Path, about: About, script: bytes) -> SessionWriter:
        """Begin a session in a folder, which is made where it is missing; `script` is the content of the script's file.

        Raises SessionError where the folder is a file or holds a session already, DiskError where it cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise SessionError(f"{folder} is a file: choose another folder for the session") from None
        except OSError as wrong:
            raise disk_error(folder, wrong) from None
        if (folder / PACKED_SOUND).exists():
            raise _taken(folder)
        with ExitStack() as undo:
            _begin(folder / ABOUT, f"{about.model_dump_json(indent=2)}\n".encode(), undo).close()
            _begin(folder / SCRIPT, script, undo).close()
            events = _begin(folder / EVENTS, b"", undo)
            sound = _begin(folder / OPEN_SOUND, _endless_wav_head(), undo)
            undo.pop_all()
        return cls(folder, events, sound)

    def event(self, event: Event) -> None:
        """Add an event. Raises DiskError where it cannot be kept; all before it are."""
        self._events.append(to_json(event).encode() + b"\n")

    def sound(self, trainee: Samples, caller: Samples) -> None:
        """Add the same stretch of both sides. Raises DiskError where it cannot be kept; all before it is."""
        if len(trainee) != len(caller):
            raise OurBug(f"callsim has a bug: {len(trainee)} trainee samples came with {len(caller)} of the caller")
        self._sound.append(np.column_stack((trainee, caller)).astype("<i2").tobytes())

    def close(self) -> None:
        """End the session: pack the sound, check it, and remove call.wav.

        After Ctrl-C or DiskError in the middle call.wav is still there and another `close` finishes the work; once
        that is done it does nothing. A call without a sample keeps its call.wav, since FLAC has no empty form.
        """
        self._events.close()
        self._sound.close()
        _pack(self.folder / OPEN_SOUND, self.folder / PACKED_SOUND)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was left; `sound` is call.flac, or call.wav where the call did not come to its end."""

    folder: Path
    about: About
    events: tuple[Event, ...]
    sound: Path

    @property
    def complete(self) -> bool:
        """Whether the call came to an end."""
        return any(isinstance(event, Ended) for event in self.events)

    @classmethod
    def read(cls, folder: Path) -> Session:
        """The session in a folder; a last line that was torn by a crash is left out.

        Raises SessionError where a file is missing or no session of this version, with the number of a bad line, and
        where the sound and the words have been removed.
        """
        about = read_about(folder)
        _need_words(folder, about)
        return cls(folder, about, _read_events(folder / EVENTS), _find_sound(folder))


def write_scorecard(folder: Path, scorecard: bytes) -> None:
    """Put scorecard.json into a session in one step, over an older one. Raises DiskError.

    Raises SessionError where the words were removed while it was scored: the scorecard would bring them back.
    """
    _need_words(folder, read_about(folder))
    replace_file(folder / SCORECARD, scorecard)


def _need_words(folder: Path, about: About) -> None:
    if about.forgotten is not None:
        raise SessionError(
            f"The sound and the words of {folder} were removed on {about.forgotten[:10]}, only its figures are kept: "
            "choose another session"
        )


def _taken(folder: Path) -> SessionError:
    return SessionError(f"{folder} holds a session already: choose another folder")


def _begin(path: Path, head: bytes, undo: ExitStack) -> GrowingFile:
    """A new file with its first bytes; `undo` takes it away again."""
    try:
        file = GrowingFile(path)
    except FileExistsError:
        raise _taken(path.parent) from None
    undo.callback(path.unlink)
    undo.callback(file.close)
    file.append(head)
    return file


def _endless_wav_head() -> bytes:
    """A WAV header whose length fields say "until the file ends", as streams have it: whole whenever writing stops."""
    endless, channels, sample_bytes = 0xFFFF_FFFF, 2, 2
    frame_bytes = channels * sample_bytes
    form = struct.pack("<HHIIHH", 1, channels, RATE_HZ, RATE_HZ * frame_bytes, frame_bytes, 8 * sample_bytes)
    return struct.pack("<4sI8sI16s4sI", b"RIFF", endless, b"WAVEfmt ", len(form), form, b"data", endless)


def _pack(wav: Path, flac: Path) -> None:
    if not wav.exists():
        return
    if not flac.exists():
        if soundfile.info(wav).frames == 0:
            return
        _make_flac(wav, flac)
    wav.unlink()


def _make_flac(wav: Path, flac: Path) -> None:
    """Make the FLAC, and put it in its place only once it has been read back and is the same."""
    try:
        with replacing(flac) as part:
            _copy(wav, part)
            if not _same_sound(wav, part):
                raise DiskError(f"{flac} did not come out whole: check that disk; the sound is kept in {wav}")
    except soundfile.SoundFileError:
        raise DiskError(f"{flac} cannot be written: free some space there; the sound is kept in {wav}") from None


def _copy(wav: Path, flac: Path) -> None:
    with (
        soundfile.SoundFile(wav) as source,
        soundfile.SoundFile(flac, "w", source.samplerate, source.channels, "PCM_16", format="FLAC") as target,
    ):
        for block in source.blocks(_PACKING_FRAMES, dtype="int16"):
            target.write(block)


def _same_sound(wav: Path, flac: Path) -> bool:
    with soundfile.SoundFile(wav) as ours, soundfile.SoundFile(flac) as theirs:
        return ours.frames == theirs.frames and all(
            np.array_equal(our, their)
            for our, their in zip(
                ours.blocks(_PACKING_FRAMES, dtype="int16"), theirs.blocks(_PACKING_FRAMES, dtype="int16"), strict=True
            )
        )


def read_about(folder: Path) -> About:
    """What the call in a folder was. Raises SessionError where there is none of this version."""
    path = folder / ABOUT
    try:
        return About.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SessionError(f"There is no session in {folder}: it has no {ABOUT}") from None
    except OSError as wrong:
        raise SessionError(f"{path} cannot be read: {wrong.strerror or wrong}") from None
    except ValidationError as wrong:
        raise SessionError(f"{path} is not of this version of callsim: {first_mistake(wrong, About)}") from None


def _read_events(path: Path) -> tuple[Event, ...]:
    """Only a line feed ends a line (what was said may hold other separators); what lacks it was torn by a crash."""
    try:
        *lines, _torn = path.read_bytes().split(b"\n")
    except OSError as wrong:
        raise SessionError(f"{path} cannot be read: {wrong.strerror or wrong}") from None
    return tuple(_read_event(path, number, line) for number, line in enumerate(lines, 1))


def _read_event(path: Path, number: int, line: bytes) -> Event:
    try:
        return from_json(line)
    except SessionError:
        raise SessionError(
            f"Line {number} of {path} is not an event of this version of callsim: put the line right or take it out"
        ) from None


def _find_sound(folder: Path) -> Path:
    for name in (PACKED_SOUND, OPEN_SOUND):
        if (folder / name).is_file():
            return folder / name
    raise SessionError(f"The session in {folder} has no sound: neither {PACKED_SOUND} nor {OPEN_SOUND} is there")
