"""The check before a call: a tone, a sentence, your voice; what it finds is remembered for the next calls."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from rich.console import Console
from rich.text import Text

from callsim.catalogue import voice_files
from callsim.cli.controls import peak
from callsim.cli.engines import mouth
from callsim.errors import DeviceError, InputError
from callsim.headset import HeadsetTest, Verdict, clipped_share, level_dbfs, verdicts
from callsim.phone import Block, Clip, Phone, Samples
from callsim.scoring.leak import LeakMeter
from callsim.sessions.disk import replace_file
from callsim.sessions.names import sessions_dir
from callsim.timeline import RATE_HZ

_SENTENCE = "Hello, this is what I will sound like. I am not happy, but I am sure that we can sort this out together."
READ_THIS = "Good morning, thank you for calling. How can I help you today?"
_ROOM_S, _VOICE_S, _TONE_S = 2, 6, 1
_TONE_HZ, _TONE_LEVEL = 440, 0.1
# The voice's level is that of its louder half: a sentence has pauses.
_LOUDER = 0.5
_FRAME = RATE_HZ // 50


Step: TypeAlias = Literal["room", "tone", "voice"]


_SAYS: dict[Step, str] = {
    "room": "Listening to the room: please be quiet for a moment …",
    "tone": "You should hear a tone and then the caller: please stay quiet …",
    "voice": f"Now read this aloud: [bold]{READ_THIS}[/bold]",
}


class Guide(Protocol):
    """Leads the trainee through the check, at a terminal or on a page."""

    def step(self, step: Step) -> None:
        """What comes now: be quiet, be quiet and hear a tone and the caller, read `READ_THIS` aloud."""

    def level(self, level: float) -> None:
        """How loud the microphone is just now, 0 to 1; fifty times a second."""

    def found(self, verdicts: Sequence[Verdict]) -> None:
        """The result."""


class PrintedGuide:
    """Leads through the check in words alone."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, step: Step) -> None:
        """Printed."""
        self._console.print(_SAYS[step])

    def level(self, level: float) -> None:
        """Not shown."""

    def found(self, verdicts: Sequence[Verdict]) -> None:
        """A line each."""
        for verdict in verdicts:
            mark, style = ("good", "green") if verdict.fit else ("mend", "red")
            self._console.print(Text.assemble((f"{mark}  ", style), verdict.says), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The devices by name, and what the last check found."""

    microphone: str | None = None
    speaker: str | None = None
    fit: bool | None = None
    leak_db: float | None = None


def remembered() -> Remembered:
    """What the last headset check left; nothing where there was none."""
    try:
        return Remembered(**json.loads(_file().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Remembered()
    except (ValueError, TypeError):
        raise InputError(f"{_file()} cannot be read: run `callsim check --headset` to write it anew") from None


def _file() -> Path:
    return sessions_dir(os.environ).parent / "headset.json"


def check_headset(microphone: str | None, speaker: str | None, guide: Guide) -> bool:
    """Run the check with these devices (None: the system's own), tell the verdicts, remember them; true where fit."""
    # Importing it starts PortAudio, which only a real device may do.
    from callsim.devices.soundcard_phone import SoundcardPhone  # noqa: PLC0415

    with SoundcardPhone(microphone, speaker) as phone:
        devices, latency_ms = phone.devices, phone.input_latency_ms + phone.output_latency_ms
        test = _measured(phone, latency_ms, phone.warnings, guide)
    found = verdicts(test)
    guide.found(found)
    fit = all(verdict.fit for verdict in found)
    _remember(Remembered(devices.microphone, devices.speaker, fit, test.leak_db))
    return fit


def _remember(found: Remembered) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    replace_file(_file(), json.dumps(asdict(found), indent=2).encode())


def _measured(phone: Phone, latency_ms: int, warnings: tuple[str, ...], guide: Guide) -> HeadsetTest:
    blocks = _metered(phone.blocks(), guide)
    guide.step("room")
    room = _heard(blocks, _ROOM_S * RATE_HZ)
    guide.step("tone")
    leak = LeakMeter()
    for clip in _clips():
        _play(phone, blocks, clip, leak)
    guide.step("voice")
    voice = _heard(blocks, _VOICE_S * RATE_HZ)
    found, loud = leak.leak(), _loud_part(voice)
    noise_dbfs, voice_dbfs = level_dbfs(room), level_dbfs(loud)
    return HeadsetTest(
        noise_dbfs=noise_dbfs,
        leak_db=found.db if found else None,
        round_trip_ms=found.delay_ms if found else None,
        voice_dbfs=voice_dbfs if voice_dbfs > noise_dbfs + 6 else None,
        clipped=clipped_share(voice),
        latency_ms=latency_ms,
        warnings=warnings,
    )


def _metered(blocks: Iterator[Block], guide: Guide) -> Iterator[Block]:
    for block in blocks:
        guide.level(peak(block.trainee))
        yield block


def _clips() -> Iterator[Clip]:
    at = np.arange(_TONE_S * RATE_HZ)
    yield Clip((np.sin(2 * np.pi * _TONE_HZ * at / RATE_HZ) * _TONE_LEVEL * 32767).astype(np.int16))
    with mouth(next(iter(voice_files()))) as speaks:
        yield speaks.clip(_SENTENCE, 50)


def _heard(blocks: Iterator[Block], samples: int) -> Samples:
    pieces: list[Samples] = []
    for block in blocks:
        pieces.append(block.trainee)
        if sum(map(len, pieces)) >= samples:
            break
    return np.concatenate(pieces)


def _play(phone: Phone, blocks: Iterator[Block], clip: Clip, leak: LeakMeter) -> None:
    phone.play(clip)
    for block in blocks:
        leak.hear(block.trainee, block.caller)
        if block.playing and block.playing.done:
            return
    raise DeviceError("The speaker stopped in the middle of the check: plug it in again and repeat it")


def _loud_part(sound: Samples) -> Samples:
    """The louder half of the 20 ms frames that differ from the quietest ones: where somebody spoke."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    spoken = power > np.max(power, initial=0.0) / 100
    return frames[spoken & (power >= np.quantile(power[spoken], 1 - _LOUDER))].ravel() if spoken.any() else sound
