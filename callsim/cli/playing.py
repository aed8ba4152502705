"""Plays a kept call through the speaker, with the words as they come."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
from rich.console import Console

from callsim.cli.engines import mouth
from callsim.cli.unroll import Unroll
from callsim.devices.files import open_recording, pairs
from callsim.phone import Samples
from callsim.script import read_script
from callsim.sessions.folder import SCRIPT, Session
from callsim.timeline import BLOCK_SAMPLES, Ms

_IN_EACH_MOOD = {
    "calm": (15, "Hello. It's about my order. I was told that it would come on Tuesday, and it isn't here yet."),
    "upset": (55, "I was told that it would come on Tuesday. I waited the whole day, and nobody came."),
    "furious": (95, "I waited the whole day, and nobody came! Don't tell me that it's on its way. Where is it?"),
}


def play_session(folder: Path, console: Console) -> None:
    """Play the session's call, both sides mixed, and print it along. Raises DeviceError where nothing can play."""
    from callsim.devices.soundcard import play  # noqa: PLC0415 - importing it starts PortAudio

    session = Session.read(folder)
    unroll = Unroll(read_script(folder / SCRIPT), console)
    coming = deque(sorted(session.events, key=lambda event: event.at_ms))

    def show(now_ms: Ms) -> None:
        while coming and coming[0].at_ms <= now_ms:
            unroll(coming.popleft())

    sound = open_recording(session.sound)
    sides = pairs(sound.blocks(0, BLOCK_SAMPLES), sound.blocks(1, BLOCK_SAMPLES))
    play((_mixed(trainee, caller) for trainee, caller in sides), show)


def play_voice(name: str, console: Console) -> None:
    """Play a line of the voice in each mood. Raises DeviceError where nothing can play, and what speaking raises."""
    from callsim.devices.soundcard import play  # noqa: PLC0415 - importing it starts PortAudio

    with mouth(name) as speaks:
        console.print(f"{speaks.voice.title}, by {'a natural voice' if speaks.driver == 'natural' else 'pyttsx3'}")
        for mood, (frustration, line) in _IN_EACH_MOOD.items():
            console.print(f"[bold]{mood:<8}[/bold] {line}")
            samples = speaks.clip(line, frustration).samples
            play((samples[at : at + BLOCK_SAMPLES] for at in range(0, len(samples), BLOCK_SAMPLES)), lambda _: None)


def _mixed(trainee: Samples, caller: Samples) -> Samples:
    both = trainee.astype(np.int32) + caller.astype(np.int32)
    return np.clip(both, -32768, 32767).astype(np.int16)
