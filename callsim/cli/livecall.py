"""A live call with a headset: it rings, the trainee answers, both talk, the session is kept."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.panel import Panel

from callsim.acts import acts_of
from callsim.call import Call
from callsim.catalogue import find_script
from callsim.cli.calling import begin, keep_talking
from callsim.cli.controls import ControlledPhone, Controls
from callsim.cli.engines import ahead, live_ear
from callsim.cli.headset import remembered
from callsim.cli.keys import at_a_terminal, listening_to_keys
from callsim.cli.screen import Mode, Screen
from callsim.cli.takes import Take
from callsim.cli.unroll import Unroll
from callsim.devices.hushed import hushed
from callsim.errors import DeviceError
from callsim.phone import Samples
from callsim.scoring.rubric import read_scorable
from callsim.script import Script
from callsim.sessions.folder import Latencies, SessionWriter
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ

if TYPE_CHECKING:
    from callsim.devices.soundcard_phone import SoundcardPhone

# A British double ring: 400 and 450 Hz, 0.4 s on, 0.2 s off, 0.4 s on, 2 s off (BT SIN 350).
_RING_HZ = (400, 450)
_RING_LEVEL = 0.15


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What a live call is made of; names of devices may be parts of theirs, None is the one remembered."""

    script: str
    mode: Mode
    seed: int
    voice: str | None = None
    out: Path | None = None
    model: Path | None = None
    microphone: str | None = None
    speaker: str | None = None
    take: Take | None = None


def take_live_call(request: LiveRequest, console: Console) -> Path:
    """Take the call and return its session folder; a lost device ends it, says so, and keeps what was recorded."""
    # Importing it starts PortAudio, which only a real device may do.
    from callsim.devices import soundcard_phone  # noqa: PLC0415

    take = request.take
    path = take.file if take else find_script(request.script)
    script = read_scorable(path)
    voice = request.voice or (take.voice if take else script.caller.voice)
    with ExitStack() as stack:
        speaks = stack.enter_context(ahead(voice, script, take.moment if take else None))
        listener, recogniser = stack.enter_context(live_ear(request.model))
        # The first look at the patterns takes a while, and no caller should wait for it.
        acts_of("hello")
        speaks.prepare(console)
        speaks.start()
        _brief(script, request.mode, console)
        _ring(request.speaker, console)
        headset = stack.enter_context(soundcard_phone.SoundcardPhone(request.microphone, request.speaker))
        for warning in headset.warnings:
            console.print(warning, style="yellow")
        controls = Controls(may_pause=request.mode != "test")
        phone = ControlledPhone(headset, controls)
        writer = begin(
            path,
            request.out,
            script=request.script,
            voice=voice,
            seed=request.seed,
            mode=request.mode,
            trainee=_user(),
            take_of=take.of if take else None,
            **_about_devices(headset),
        )
        screen = Screen(script, request.mode, phone, controls)
        watch = screen.watch if at_a_terminal() else Unroll(script, console)
        call = Call(
            phone, listener, speaks.mouth, writer, script, request.seed, speaks.watching(watch), controls.pressed,
            recogniser.settle, take.moment if take else None,
        )  # fmt: skip
        screen.look_at(call)
        stack.callback(speaks.tell, console)
        # Also told where the trainee breaks off.
        stack.callback(_tell_flags, headset, console)
        with _shown(screen, console):
            _until_the_end(call, writer, console)
    return writer.folder


def _until_the_end(call: Call, writer: SessionWriter, console: Console) -> None:
    try:
        keep_talking(call, writer)
    except DeviceError as lost:
        console.print(f"{lost}. The call ends here; what was said until then is kept and scored.", style="yellow")


@contextmanager
def _shown(screen: Screen, console: Console) -> Iterator[None]:
    if not at_a_terminal():
        yield
        return
    with screen.live(console), listening_to_keys(screen.controls.press), hushed():
        yield


def _brief(script: Script, mode: Mode, console: Console) -> None:
    """What the trainee may know; in the overview also the caller's story and what good looks like."""
    briefing = script.briefing
    rows = [
        " ".join(briefing.situation.split()),
        "",
        "You may offer:",
        *(f"  · {offer}" for offer in briefing.may_offer),
    ]
    if mode == "overview":
        story = (part.say.variants(script.caller.frustration)[0] for part in script.story)
        rows += ["", f"{script.first_name} will say:", *(f"  · {said}" for said in story)]
        rows += ["", "What good looks like:", *(f"  · {good}" for good in briefing.good)]
    console.print(Panel("\n".join(rows), title=f"{script.title} ({briefing.company})", expand=False))


def _ring(speaker: str | None, console: Console) -> None:
    """Ring until a key is pressed; where nobody can press one, ring once and answer. `q` declines, as Ctrl-C does."""
    from callsim.devices.soundcard import play  # noqa: PLC0415 - importing it starts PortAudio

    pressed: list[str] = []
    answered = threading.Event()

    def on_key(key: str) -> None:
        pressed.append(key)
        answered.set()

    console.print("☎  The phone rings." + (" Press any key to answer, q to decline." if at_a_terminal() else ""))
    if at_a_terminal():
        with listening_to_keys(on_key):
            play(_ringing(answered), lambda _: None, speaker)
    else:
        play(iter([ringing()]), lambda _: None, speaker)
    if "q" in pressed:
        raise KeyboardInterrupt


def _ringing(answered: threading.Event) -> Iterator[Samples]:
    one = ringing()
    while not answered.is_set():
        for at in range(0, len(one), BLOCK_SAMPLES):
            if answered.is_set():
                return
            yield one[at : at + BLOCK_SAMPLES]


def ringing() -> Samples:
    """One period of the ringing tone, three seconds."""
    at = np.arange(3 * RATE_HZ) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * hz * at) for hz in _RING_HZ) / len(_RING_HZ)
    on = ((at < 0.4) | ((at >= 0.6) & (at < 1.0))).astype(float)
    return (tone * on * _RING_LEVEL * 32767).astype(np.int16)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "trainee"


def _about_devices(headset: SoundcardPhone) -> dict[str, object]:
    """The devices by name, their latencies, and what the last headset check found."""
    last = remembered()
    names = {"microphone": headset.devices.microphone or "", "speaker": headset.devices.speaker or ""}
    checked = {} if last.fit is None else {"checked": "fit" if last.fit else "not fit"}
    leak = {} if last.leak_db is None else {"checked_leak_db": f"{last.leak_db:.0f}"}
    latencies = Latencies(input_ms=headset.input_latency_ms, output_ms=headset.output_latency_ms)
    return {"devices": {**names, **checked, **leak}, "latencies": latencies}


def _tell_flags(headset: SoundcardPhone, console: Console) -> None:
    flags = headset.flags
    if flags.overruns or flags.underruns:
        console.print(
            f"The sound stumbled: the microphone lost samples {flags.overruns} times (silence stands in their place), "
            f"the speaker ran dry {flags.underruns} times.",
            style="yellow",
        )
