"""Takes a headless call: script, voice and trainee come together, the session is kept, the scorecard made."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from callsim.call import Call, Mouth
from callsim.catalogue import find_script
from callsim.cli.console import ERR
from callsim.cli.engines import ear, mouth, versions, with_sound
from callsim.devices.files import open_recording
from callsim.devices.recorded import RecordedPhone, ScriptedPhone
from callsim.events import Event
from callsim.phone import Clip, Cue, Phone
from callsim.scene import Scene, SceneCue, read_scene
from callsim.script import Script, read_script
from callsim.sessions.folder import About, SessionWriter
from callsim.sessions.names import claim_folder, sessions_dir
from callsim.timeline import BLOCK_SAMPLES

TRAINEE_VOICE = "marcus"
_CALM = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What a headless call is made of, as asked for on the command line."""

    script: str
    trainee: Path
    voice: str | None = None
    seed: int = 0
    out: Path | None = None
    model: Path | None = None


def take_call(request: Request, watch: Callable[[Script], Callable[[Event], None]]) -> Path:
    """Take the call and return its session folder. On Ctrl-C what was recorded is kept, then KeyboardInterrupt goes on.

    Everything that can be wrong with the request is found before the session folder is made.
    """
    path = find_script(request.script)
    script = read_script(path)
    with ExitStack() as stack:
        voice = request.voice or script.caller.voice
        caller_mouth = stack.enter_context(mouth(voice))
        hears = ear(request.model)
        phone = _phone(request.trainee, stack)
        writer = _begin(request, path, voice)
        call = Call(phone, hears("trainee"), caller_mouth, writer, script, request.seed, watch(script))
        _talk(call, writer)
    if isinstance(phone, ScriptedPhone) and phone.unsaid:
        _tell_unsaid(len(phone.unsaid))
    return writer.folder


def _tell_unsaid(count: int) -> None:
    cues = "One cue of the scene was" if count == 1 else f"{count} cues of the scene were"
    ERR.print(f"{cues} never said: the call was over, or the line to cut into was", style="dim")


def _talk(call: Call, writer: SessionWriter) -> None:
    try:
        call.run()
    except KeyboardInterrupt:
        call.hang_up()
        raise
    finally:
        writer.close()


def _begin(request: Request, path: Path, voice: str) -> SessionWriter:
    started = datetime.now().astimezone()
    folder = request.out or claim_folder(sessions_dir(os.environ), started, request.script)
    about = About(
        script=request.script,
        voice=voice,
        seed=request.seed,
        mode="headless",
        trainee=request.trainee.stem,
        started=started.isoformat(timespec="seconds"),
        versions=versions(),
    )
    return SessionWriter.create(folder, about, path.read_bytes())


def _phone(trainee: Path, stack: ExitStack) -> Phone:
    if trainee.suffix == ".toml":
        return ScriptedPhone(_cues(read_scene(trainee), stack))
    recording = with_sound(open_recording(trainee), 0, "The trainee's recording")
    return RecordedPhone(recording.blocks(0, BLOCK_SAMPLES))


def _cues(scene: Scene, stack: ExitStack) -> list[Cue]:
    speaks = any(cue.text for cue in scene.cues)
    voice = stack.enter_context(mouth(scene.voice or TRAINEE_VOICE)) if speaks else None
    return [Cue(_clip(cue, voice), cue.when.when, cue.delay_ms, cue.when.line) for cue in scene.cues]


def _clip(cue: SceneCue, voice: Mouth | None) -> Clip:
    if cue.say is not None:
        return Clip(np.concatenate(list(open_recording(cue.say).blocks(0, BLOCK_SAMPLES))))
    if voice is None or cue.text is None:
        raise AssertionError("a cue either says a file or a text")
    return voice.clip(cue.text, _CALM)
