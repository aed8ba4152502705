"""The real sound devices, through sounddevice, which starts PortAudio when it is imported: hence only here.

Import the modules named `soundcard…` only when a real device is asked for; without PortAudio that raises DeviceError.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from callsim.devices.hushed import hushed
from callsim.errors import DeviceError
from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, ms_at

try:
    with hushed():
        import sounddevice
except OSError as wrong:
    _REMEDY = "install libportaudio2 with your package manager" if sys.platform == "linux" else "install callsim again"
    raise DeviceError(f"The sound system does not start ({wrong}): {_REMEDY}") from None

Kind: TypeAlias = Literal["input", "output"]
SPOKEN: dict[Kind, str] = {"input": "microphone", "output": "speaker"}

# A Bluetooth headset with an open microphone falls back to its telephone profile: 8 or 16 kHz, mono, both ways.
_TELEPHONE_HZ = 16_000
_TELEPHONE_NAME = re.compile(r"hands-?free|head-?set[ _-]head[ _-]unit|\b(?:hfp|hsp)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Devices:
    """The names of a microphone and a speaker; None where there is none."""

    microphone: str | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Device:
    """One way of one device. `index` holds only until devices come or go, `name` is what can be remembered."""

    index: int
    name: str
    channels: int
    rate_hz: int

    @property
    def warning(self) -> str | None:
        """What the user should know before a call; None where there is nothing."""
        if not _TELEPHONE_NAME.search(self.name) and (self.rate_hz > _TELEPHONE_HZ or self.channels > 1):
            return None
        return (
            f"{self.name!r} seems to be a Bluetooth headset on its telephone profile, which makes both voices thin "
            "and late: a headset with a cable or a radio stick of its own is better"
        )


def default_devices() -> Devices:
    """What this machine would speak and listen through."""
    return Devices(_default("input"), _default("output"))


def device_names(kind: Kind) -> list[str]:
    """What can be chosen, each name once, in the system's order."""
    return list(dict.fromkeys(device.name for device in _devices(kind)))


def find_device(name: str | None, kind: Kind) -> Device:
    """The device of that name, or whose name alone has `name` in it; None is the system's default.

    Devices that came since the last look are found too, so nothing may be open. Raises DeviceError where there is no
    such device; the sentence lists those there are.
    """
    found = _match(name, kind)
    if found is None:
        look_again()
        found = _match(name, kind)
    if found is not None:
        return found
    names = device_names(kind)
    if not names:
        raise DeviceError(f"There is no {SPOKEN[kind]}: plug in a headset and allow callsim to use it")
    there = ", ".join(map(repr, names))
    if name is None:
        raise DeviceError(f"This machine has no default {SPOKEN[kind]}: choose one of {there}")
    raise DeviceError(f"There is no {SPOKEN[kind]} named {name!r}: plug it in, or choose one of {there}")


def look_again() -> None:
    """Let PortAudio see what was plugged in or out since it started; everything open is closed by that."""
    with hushed():
        sounddevice._terminate()
        sounddevice._initialize()


def play(blocks: Iterator[Samples], at: Callable[[Ms], None], speaker: str | None = None) -> None:
    """Play mono 16 kHz blocks on a speaker (None: the default), and call `at` with the position before each of them.

    Raises DeviceError where there is no speaker or it is lost.
    """
    played = 0
    try:
        device = find_device(speaker, "output").index
        with sounddevice.OutputStream(samplerate=RATE_HZ, channels=1, dtype="int16", device=device) as stream:
            for block in blocks:
                at(ms_at(played))
                stream.write(block)
                played += len(block)
    except (sounddevice.PortAudioError, ValueError) as wrong:
        raise DeviceError(f"The speaker cannot be used ({wrong}): plug one in or choose another default") from None


def _default(kind: Kind) -> str | None:
    device = _match(None, kind)
    return None if device is None else device.name


def _match(name: str | None, kind: Kind) -> Device | None:
    if name is None:
        try:
            return _device(sounddevice.query_devices(kind=kind), kind)
        except (sounddevice.PortAudioError, ValueError):
            return None
    devices = _devices(kind)
    if same := [device for device in devices if device.name == name]:
        return same[0]
    near = {device.name: device for device in reversed(devices) if name.casefold() in device.name.casefold()}
    return near.popitem()[1] if len(near) == 1 else None


def _devices(kind: Kind) -> list[Device]:
    """Those of the default sound system first: Windows lists each device once for each of its systems."""
    listed = [about for about in sounddevice.query_devices() if about[f"max_{kind}_channels"] > 0]
    listed.sort(key=lambda about: bool(about["hostapi"] != sounddevice.default.hostapi))
    return [_device(about, kind) for about in listed]


def _device(about: Mapping[str, Any], kind: Kind) -> Device:
    return Device(about["index"], about["name"], about[f"max_{kind}_channels"], round(about["default_samplerate"]))
