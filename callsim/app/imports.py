"""A recorded two-channel call becomes a session of its own, so that it can be heard again like any other."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Literal

from callsim.devices.files import Recording, open_recording, pairs
from callsim.devices.model_files import Progress
from callsim.errors import RecordingError
from callsim.sessions.folder import About, SessionWriter
from callsim.sessions.names import claim_folder, sessions_dir
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ, Ms

Side = Literal["left", "right"]
LARGEST_BYTES = 512 << 20
LONGEST_MS: Ms = 2 * 3_600_000
_PIECE_SAMPLES = BLOCK_SAMPLES * 50


def keep_recording(file: Path, name: str, trainee: Side, progress: Progress, whose: str = "") -> Path:
    """Make a session of a recording and return its folder; `name` is what the trainee's browser calls the file.

    `whose` is the trainee's name, where it is known.

    Raises RecordingError, which speaks of the file by that name.
    """
    try:
        return _kept(_checked(file, name, trainee), name, trainee, progress, whose)
    except RecordingError as wrong:
        raise RecordingError(str(wrong).replace(str(file), name)) from None


def _checked(file: Path, name: str, trainee: Side) -> Recording:
    recording = open_recording(file)
    if recording.channels != 2:
        raise RecordingError(f"{name} is mono: a recording with two channels is needed, one side of the call on each")
    if recording.duration_ms > LONGEST_MS:
        raise RecordingError(f"{name} lasts longer than two hours: cut out the call")
    for channel, whose in zip((0, 1), _whose(trainee), strict=True):
        if recording.is_silent(channel):
            side = ("left", "right")[channel]
            raise RecordingError(f"{whose} side of {name} ({side} channel) is silent: choose the other side for yours")
    return recording


def _whose(trainee: Side) -> tuple[str, str]:
    return ("Your", "The caller's") if trainee == "left" else ("The caller's", "Your")


def _kept(recording: Recording, name: str, trainee: Side, progress: Progress, whose: str) -> Path:
    started = datetime.now().astimezone()
    title = Path(name).stem
    folder = claim_folder(sessions_dir(os.environ), started, title)
    about = About(
        script=title, voice="", seed=0, mode="imported", trainee=whose, started=started.isoformat(timespec="seconds")
    )
    try:
        _write(SessionWriter.create(folder, about, b""), recording, trainee, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _write(writer: SessionWriter, recording: Recording, trainee: Side, progress: Progress) -> None:
    ours, theirs = (0, 1) if trainee == "left" else (1, 0)
    samples = 0
    for our_side, their_side in pairs(recording.blocks(ours, _PIECE_SAMPLES), recording.blocks(theirs, _PIECE_SAMPLES)):
        writer.sound(our_side, their_side)
        samples += len(our_side)
        progress.step("Reading the recording", samples * 1000 // RATE_HZ, recording.duration_ms)
    writer.close()
