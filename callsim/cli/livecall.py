"""A live call with a headset: it rings, the trainee answers, both talk, the session is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from callsim import acts
from callsim.call import Call
from callsim.catalogue import find_script
from callsim.cli.calling import begin, keep_talking
from callsim.cli.controls import ControlledPhone, Controls
from callsim.cli.engines import ahead, live_ear
from callsim.cli.forethought import forethought
from callsim.cli.headset import remembered
from callsim.cli.takes import Take
from callsim.errors import DeviceError
from callsim.events import Event
from callsim.foreseen import Foreseen
from callsim.picture import Board, Mode, Picture
from callsim.scoring.rubric import read_scorable
from callsim.script import Script
from callsim.sessions.folder import Latencies, SessionWriter
from callsim.sessions.names import whose

if TYPE_CHECKING:
    from callsim.devices.soundcard_phone import SoundcardPhone


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What a live call is made of; names of devices may be parts of theirs, None is the one remembered.

    `trainee` is whose call it is, None for whoever sits here.
    """

    script: str
    mode: Mode
    seed: int
    voice: str | None = None
    out: Path | None = None
    model: Path | None = None
    microphone: str | None = None
    speaker: str | None = None
    take: Take | None = None
    trainee: str | None = None


@dataclass(frozen=True, slots=True)
class OnAir:
    """A call that goes on: `look` takes its picture, `press` is told the letter of a key (`controls.KEYS`).

    Both may be called from any thread. `folder` is where the session is being kept.
    """

    script: Script
    folder: Path
    look: Callable[[], Picture]
    press: Callable[[str], None]
    may_pause: bool


class Front(Protocol):
    """Where the trainee sits: shows a live call and takes its keys, at a terminal or on a page."""

    def tell(self, sentence: str) -> None:
        """Something that the trainee should know: a warning, or why the call ended."""

    def prepare(self, lines: Sequence[Foreseen]) -> Iterable[Foreseen]:
        """Passes on the lines that are made before it can ring, and shows how far that has come."""

    def brief(self, script: Script, mode: Mode) -> None:
        """What the trainee may know before the call."""

    def ring(self, speaker: str | None) -> None:
        """Ring until it is answered. Raises KeyboardInterrupt where the trainee declines."""

    def watcher(self, script: Script) -> Callable[[Event], None]:
        """To be told every event of the call."""

    def on_air(self, call: OnAir) -> AbstractContextManager[None]:
        """Show the call and take its keys, while entered."""


def take_live_call(request: LiveRequest, front: Front) -> Path:
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
        acts.ready()
        speaks.prepare(front.prepare)
        speaks.start()
        front.brief(script, request.mode)
        front.ring(request.speaker)
        headset = stack.enter_context(soundcard_phone.SoundcardPhone(request.microphone, request.speaker))
        for warning in headset.warnings:
            front.tell(warning)
        controls = Controls(may_pause=request.mode == "practice")
        phone = ControlledPhone(headset, controls)
        writer = begin(
            path,
            request.out,
            script=request.script,
            voice=voice,
            seed=request.seed,
            mode=request.mode,
            trainee=whose(request.trainee),
            take_of=take.of if take else None,
            **_about_devices(headset),
        )
        board = Board(script, request.mode)
        watch = speaks.watching(_both(board.watch, front.watcher(script)))
        call = Call(
            phone, listener, speaks.mouth, writer, script, request.seed, watch, controls.pressed, recogniser.settle,
            take.moment if take else None,
        )  # fmt: skip
        stack.enter_context(forethought(call))
        # Also told where the trainee breaks off.
        stack.callback(lambda: _tell_all(front, (*speaks.complaints, *_stumbles(headset))))
        shown = OnAir(
            script,
            writer.folder,
            look=lambda: board.picture(call.state, controls.on, phone.level),
            press=controls.press,
            may_pause=controls.may_pause,
        )
        with front.on_air(shown):
            _until_the_end(call, writer, front)
    return writer.folder


def _until_the_end(call: Call, writer: SessionWriter, front: Front) -> None:
    try:
        keep_talking(call, writer)
    except DeviceError as lost:
        front.tell(f"{lost}. The call ends here; what was said until then is kept and scored.")


def _both(one: Callable[[Event], None], other: Callable[[Event], None]) -> Callable[[Event], None]:
    def watch(event: Event) -> None:
        one(event)
        other(event)

    return watch


def _about_devices(headset: SoundcardPhone) -> dict[str, object]:
    """The devices by name, their latencies, and what the last headset check found."""
    last = remembered()
    names = {"microphone": headset.devices.microphone or "", "speaker": headset.devices.speaker or ""}
    checked = {} if last.fit is None else {"checked": "fit" if last.fit else "not fit"}
    leak = {} if last.leak_db is None else {"checked_leak_db": f"{last.leak_db:.0f}"}
    latencies = Latencies(input_ms=headset.input_latency_ms, output_ms=headset.output_latency_ms)
    return {"devices": {**names, **checked, **leak}, "latencies": latencies}


def _tell_all(front: Front, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        front.tell(sentence)


def _stumbles(headset: SoundcardPhone) -> tuple[str, ...]:
    flags = headset.flags
    if not (flags.overruns or flags.underruns):
        return ()
    return (
        f"The sound stumbled: the microphone lost samples {flags.overruns} times (silence stands in their place), "
        f"the speaker ran dry {flags.underruns} times.",
    )
