"""Scores what there is: a session folder, a two-channel recording, or two mono files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from callsim.cli.engines import ear, voice_only, with_sound
from callsim.cli.second import Sound, read_again
from callsim.devices.files import Recording, open_recording, pairs
from callsim.errors import RecordingError
from callsim.events import Event, Heard, Hearing, SpeechEnded, SpeechStarted, Who
from callsim.phone import Samples
from callsim.scoring.evidence import Evidence, ScriptFacts, from_events, from_listening
from callsim.scoring.leak import LeakMeter
from callsim.scoring.rubric import Rubric
from callsim.scoring.scorecard import Scorecard, score
from callsim.scoring.tone import ToneMeter
from callsim.script import Script, read_script
from callsim.sessions.folder import SCRIPT, Session
from callsim.timeline import BLOCK_SAMPLES, ms_at

Side = Literal["left", "right"]
_LEFT, _RIGHT = 0, 1
# Each side is heard in pieces of a second: small enough for constant memory, large enough to be quick.
_PIECE_SAMPLES = BLOCK_SAMPLES * 50


@dataclass(frozen=True, slots=True)
class Reading:
    """How the words are read: by which model, of an imported call the caller's too (twice the work), and once more."""

    model: Path | None = None
    caller_words: bool = False
    accurate: bool = False


def score_session(folder: Path, rubric: Rubric, reading: Reading) -> Scorecard:
    """Score a session (again).

    The words are those of the call; where the call broke off, the trainee's side is heard again, since what was said
    last had not been recognised yet.
    """
    session = Session.read(folder)
    events = session.events if session.complete else tuple(_heard_again(session, reading.model))
    sound = open_recording(session.sound)
    meter, tone = LeakMeter(), ToneMeter()
    for trainee, caller in _sides(sound):
        meter.hear(trainee, caller)
        tone.hear(trainee)
    facts = _facts(read_script(folder / SCRIPT))
    evidence = from_events(events, facts, leak_db=_db(meter), leaked=meter.leaked(), tone=tone)
    return _scored(evidence, rubric, {"trainee": _side(sound, _LEFT)}, reading)


def _scored(evidence: Evidence, rubric: Rubric, sounds: dict[Who, Sound], reading: Reading) -> Scorecard:
    if not reading.accurate:
        return score(evidence, rubric)
    evidence, changed = read_again(evidence, sounds)
    return score(evidence, rubric).model_copy(update={"changed": changed})


def _heard_again(session: Session, model: Path | None) -> Iterator[Event]:
    """The caller's events as they were, and the trainee's from the sound."""
    listened = (SpeechStarted, SpeechEnded, Hearing, Heard)
    yield from (event for event in session.events if not isinstance(event, listened))
    listener = ear(model)("trainee")
    for trainee, _ in _sides(open_recording(session.sound)):
        yield from listener.feed(trainee)
    yield from listener.finish()


def _facts(script: Script) -> ScriptFacts:
    briefing, needs = script.briefing, script.needs
    return ScriptFacts(
        title=script.title,
        caller_name=script.caller.name,
        company=briefing.company,
        needs=tuple(need.id for need in needs),
        nouns=briefing.nouns,
        wishes=tuple(need.what for need in needs),
        may_offer=briefing.may_offer,
    )


def score_recording(path: Path, trainee: Side | None, rubric: Rubric, reading: Reading) -> Scorecard:
    """Score a two-channel recording. Raises RecordingError where it has one channel, or nobody says whose is whose."""
    recording = open_recording(path)
    if recording.channels != 2:
        raise RecordingError(
            f"{path} is mono where two channels are needed: "
            "give a two-channel recording, or each side as a file with --trainee-file and --caller-file"
        )
    if trainee is None:
        raise RecordingError(f"Say which channel of {path} the trainee is on: --trainee left or --trainee right")
    ours, theirs = (_LEFT, _RIGHT) if trainee == "left" else (_RIGHT, _LEFT)
    with_sound(recording, ours, "The trainee's side of")
    with_sound(recording, theirs, "The caller's side of")
    return _imported(_side(recording, ours), _side(recording, theirs), rubric, reading)


def score_files(trainee: Path, caller: Path, rubric: Rubric, reading: Reading) -> Scorecard:
    """Score a call of which each side is a mono file of its own; the shorter one is followed by silence."""
    ours = with_sound(open_recording(trainee), _LEFT, "The trainee's side")
    theirs = with_sound(open_recording(caller), _LEFT, "The caller's side")
    return _imported(_side(ours, _LEFT), _side(theirs, _LEFT), rubric, reading)


def _side(recording: Recording, channel: int) -> Sound:
    return lambda: recording.blocks(channel, _PIECE_SAMPLES)


def _sides(recording: Recording) -> Iterator[tuple[Samples, Samples]]:
    return pairs(_side(recording, _LEFT)(), _side(recording, _RIGHT)())


def _imported(ours: Sound, theirs: Sound, rubric: Rubric, reading: Reading) -> Scorecard:
    """The second reading takes both sides, since it is after the words of both."""
    return _scored(_listened(pairs(ours(), theirs()), reading), rubric, {"trainee": ours, "caller": theirs}, reading)


def _listened(sides: Iterable[tuple[Samples, Samples]], reading: Reading) -> Evidence:
    """Both sides heard at the same time, in one pass over the sound."""
    hears = ear(reading.model)
    trainee, caller = hears("trainee"), (hears if reading.caller_words else voice_only)("caller")
    ours: list[Event] = []
    theirs: list[Event] = []
    meter, samples = LeakMeter(), 0
    for our_side, their_side in sides:
        meter.hear(our_side, their_side)
        samples += len(our_side)
        ours += trainee.feed(our_side)
        theirs += caller.feed(their_side)
    ours += trainee.finish()
    theirs += caller.finish()
    return from_listening(ours, theirs, length_ms=ms_at(samples), leak_db=_db(meter), leaked=meter.leaked())


def _db(meter: LeakMeter) -> float | None:
    leak = meter.leak()
    return leak.db if leak else None
