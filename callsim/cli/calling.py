"""Takes a headless call: script, voice and trainee come together, the session is kept, the scorecard made."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from callsim.call import Call, Mouth
from callsim.catalogue import find_script
from callsim.cli.console import ERR
from callsim.cli.engines import call_ear, mouth, versions, with_sound
from callsim.cli.takes import Take
from callsim.devices.files import open_recording
from callsim.devices.recorded import RecordedPhone, ScriptedPhone
from callsim.errors import CallsimError, DiskError
from callsim.events import Event
from callsim.phone import Clip, Cue, Phone
from callsim.scene import Scene, SceneCue, read_scene
from callsim.scoring.rubric import read_scorable
from callsim.script import Script
from callsim.sessions.folder import About, SessionWriter
from callsim.sessions.names import claim_folder, sessions_dir
from callsim.timeline import BLOCK_SAMPLES

# The voice that Vosk understands best (see voices/README.md).
TRAINEE_VOICE = "rosa"
_CALM = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What a headless call is made of, as asked for on the command line; `take` is what is taken again, if anything."""

    script: str
    trainee: Path
    voice: str | None = None
    seed: int = 0
    out: Path | None = None
    model: Path | None = None
    take: Take | None = None


def take_call(request: Request, watch: Callable[[Script], Callable[[Event], None]]) -> Path:
    """Take the call and return its session folder. On Ctrl-C what was recorded is kept, then KeyboardInterrupt goes on.

    Everything that can be wrong with the request is found before the session folder is made.
    """
    take = request.take
    path = take.file if take else find_script(request.script)
    script = read_scorable(path)
    with ExitStack() as stack:
        voice = request.voice or (take.voice if take else script.caller.voice)
        caller_mouth = stack.enter_context(mouth(voice))
        listener = call_ear(request.model)
        phone = _phone(request.trainee, stack)
        writer = begin(
            path,
            request.out,
            script=_readable(request.script),
            voice=voice,
            seed=request.seed,
            mode="headless",
            trainee=_readable(request.trainee.stem),
            take_of=take.of if take else None,
        )
        again = take.moment if take else None
        call = Call(phone, listener, caller_mouth, writer, script, request.seed, watch(script), again=again)
        keep_talking(call, writer)
    if isinstance(phone, ScriptedPhone) and phone.unsaid:
        _tell_unsaid(len(phone.unsaid))
    return writer.folder


def _tell_unsaid(count: int) -> None:
    cues = "One cue of the scene was" if count == 1 else f"{count} cues of the scene were"
    ERR.print(f"{cues} never said: the call was over, or the line to cut into was", style="dim")


def keep_talking(call: Call, writer: SessionWriter) -> None:
    """Run a call to its end; on Ctrl-C or a lost device what was recorded is kept before that goes on."""
    try:
        call.run()
    except (KeyboardInterrupt, CallsimError):
        with suppress(DiskError):
            call.hang_up()
        raise
    finally:
        writer.close()


def begin(file: Path, out: Path | None, **about: Any) -> SessionWriter:  # noqa: ANN401 - the fields of About
    """A new session of the script in `file`, in `out` or among the user's own; `about` is what is known of the call."""
    started = datetime.now().astimezone()
    folder = out or claim_folder(sessions_dir(os.environ), started, about["script"])
    known = About(started=started.isoformat(timespec="seconds"), versions=versions(), **about)
    return SessionWriter.create(folder, known, file.read_bytes())


def _readable(name: str) -> str:
    """A file's name as text, whatever bytes the system allows in one."""
    return os.fsencode(name).decode("utf-8", "replace")


def _phone(trainee: Path, stack: ExitStack) -> Phone:
    if trainee.suffix == ".toml":
        return ScriptedPhone(_cues(read_scene(trainee), stack))
    recording = with_sound(open_recording(trainee), 0, "The trainee's recording")
    return RecordedPhone(recording.blocks(0, BLOCK_SAMPLES))


def _cues(scene: Scene, stack: ExitStack) -> list[Cue]:
    speaks = any(cue.text for cue in scene.cues)
    voice = stack.enter_context(mouth(scene.voice or TRAINEE_VOICE, "clear")) if speaks else None
    return [Cue(_clip(cue, voice), cue.when.when, cue.delay_ms, cue.when.line) for cue in scene.cues]


def _clip(cue: SceneCue, voice: Mouth | None) -> Clip:
    if cue.say is not None:
        return Clip(np.concatenate(list(open_recording(cue.say).blocks(0, BLOCK_SAMPLES))))
    if voice is None or cue.text is None:
        raise AssertionError("a cue either says a file or a text")
    return voice.clip(cue.text, _CALM)
