"""What is ready on this machine and what is not, in plain words, each with its remedy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.text import Text

from callsim.catalogue import voice_files
from callsim.devices import models, natural_voice, smart_turn, whisper_model
from callsim.devices.pyttsx3_voice import diagnose, platform_driver
from callsim.errors import CallsimError, DeviceError
from callsim.sessions.names import sessions_dir
from callsim.voice import read_voice

# An hour of call takes about 230 MB as WAV while it lasts.
_ENOUGH_DISK_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed` where no call can be taken without it."""

    what: str
    ready: bool
    says: str
    needed: bool = True


def check_machine(model: Path | None, console: Console) -> bool:
    """Print each finding as it comes; true where headless calls can be taken."""
    looks: tuple[Callable[[], Finding | None], ...] = (
        lambda: _model(model), _turn_model, _second_reading, _voice, _natural_voices, _sound, _disk,
    )  # fmt: skip
    findings = [_shown(found, console) for look in looks if (found := look())]
    return all(finding.ready for finding in findings if finding.needed)


def _shown(finding: Finding, console: Console) -> Finding:
    mark, style = ("ready", "green") if finding.ready else ("missing", "red" if finding.needed else "yellow")
    console.print(Text.assemble((f"{mark:<8}", style), (f"{finding.what:<16}", "bold"), finding.says), soft_wrap=True)
    return finding


def _model(chosen: Path | None) -> Finding:
    try:
        folder = models.find(chosen)
        if folder is None:
            return Finding("speech model", False, "It is not here yet: run `callsim setup` once with a network")
        if chosen is None and "CALLSIM_MODEL" not in os.environ:
            models.verify()
    except CallsimError as wrong:
        return Finding("speech model", False, str(wrong))
    return Finding("speech model", True, f"{folder}")


def _turn_model() -> Finding:
    without = "until then the caller tells the end of your turns by your words alone"
    if smart_turn.WEIGHTS.find() is None:
        return Finding("turn model", False, f"It is not here yet: run `callsim setup`; {without}", needed=False)
    try:
        return Finding("turn model", True, f"{smart_turn.WEIGHTS.verify()}", needed=False)
    except CallsimError as wrong:
        return Finding("turn model", False, f"{wrong}", needed=False)


def _second_reading() -> Finding | None:
    """None where nobody asked for it: neither the extra nor its weights are here."""
    extra, weights = find_spec("faster_whisper") is not None, whisper_model.find()
    if not extra and weights is None:
        return None
    try:
        folder = whisper_model.verify()
    except CallsimError as wrong:
        return Finding("second reading", False, f"{wrong}", needed=False)
    if not extra:
        says = f"Its model is in {folder}, its engine is not: run `pip install callsim[accurate]`"
        return Finding("second reading", False, says, needed=False)
    return Finding("second reading", True, f"{folder}", needed=False)


def _voice() -> Finding:
    voice = read_voice(next(iter(voice_files().values())))
    found = diagnose(voice.delivery(50, platform_driver()).engine_voice)
    says = found.says if found.ready else f"{found.says}: {found.remedy}"
    return Finding("speech engine", found.ready, says)


def _natural_voices() -> Finding:
    wrong = natural_voice.missing()
    says = f"{wrong}; until then the speech engine speaks" if wrong else f"{natural_voice.PACKAGE} is installed"
    return Finding("natural voices", wrong is None, says, needed=False)


def _sound() -> Finding:
    needless = "headless calls and scoring work without"
    try:
        from callsim.devices.soundcard import default_devices  # noqa: PLC0415 - importing it starts PortAudio
    except DeviceError as wrong:
        return Finding("headset", False, f"{wrong} ({needless})", needed=False)
    devices = default_devices()
    if devices.microphone and devices.speaker:
        says = f"microphone {devices.microphone!r}, speaker {devices.speaker!r}"
        return Finding("headset", True, says, needed=False)
    missing = "no microphone" if devices.speaker else "no speaker" if devices.microphone else "no sound device"
    return Finding("headset", False, f"There is {missing}: plug in a headset ({needless})", needed=False)


def _disk() -> Finding:
    folder = sessions_dir(os.environ)
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return Finding("disk", False, f"{there} cannot be written: set CALLSIM_HOME to a folder that can")
    if free < _ENOUGH_DISK_BYTES:
        return Finding("disk", False, f"Only {free // 1_000_000} MB are free in {there}: make room for sessions")
    return Finding("disk", True, f"{free // 1_000_000_000} GB free for sessions in {folder}")
