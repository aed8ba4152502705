"""Scores what there is: a session folder, a two-channel recording, or two mono files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from callsim.cli.console import ERR
from callsim.cli.engines import ear, voice_only, with_sound
from callsim.cli.second import Sound, read_again
from callsim.cli.waiting import listening_progress
from callsim.devices.files import Recording, after_silence, open_recording, pairs
from callsim.devices.model_files import Progress
from callsim.errors import InputError, RecordingError
from callsim.events import Event, Heard, Hearing, LineStarted, SpeechEnded, SpeechStarted, Who
from callsim.listening import Listener
from callsim.phone import Samples
from callsim.scoring.evidence import Evidence, ScriptFacts, from_events, from_listening
from callsim.scoring.leak import LeakMeter
from callsim.scoring.rubric import Rubric, adapted, read_scorable
from callsim.scoring.scorecard import Scorecard, score
from callsim.scoring.tone import ToneMeter
from callsim.script import Script
from callsim.sessions.folder import EVENTS, SCRIPT, Session
from callsim.timeline import BLOCK_SAMPLES, Ms, ms_at, sample_at

Side = Literal["left", "right"]
_LEFT, _RIGHT = 0, 1
# Each side is heard in pieces of a second: small enough for constant memory, large enough to be quick.
_PIECE_SAMPLES = BLOCK_SAMPLES * 50


@dataclass(frozen=True, slots=True)
class Reading:
    """How the words are read: by which model, and of an imported call the caller's too (twice the work).

    `progress` is told how far that has come; None: whoever sits at the terminal is.
    """

    model: Path | None = None
    caller_words: bool = False
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A call that has been heard: it can be scored with the words of the call, or with those of a second reading.

    `sounds` are the sides whose words a second reading takes; `heard`: the words come from the sound, not the events.
    """

    evidence: Evidence
    rubric: Rubric
    sounds: Mapping[Who, Sound]
    heard: bool

    @property
    def made_by(self) -> Rubric:
        """The rubric whose fingerprint its scorecards bear: with what the call's own script sets otherwise."""
        return adapted(self.rubric, self.evidence.facts.rubric if self.evidence.facts else {})

    def card(self) -> Scorecard:
        """The scorecard with the words of the call."""
        return score(self.evidence, self.rubric)

    def card_again(self, progress: Progress) -> Scorecard:
        """The scorecard with the words of the second reading. Raises ModelError where that cannot be had."""
        evidence, changed = read_again(self.evidence, self.sounds, progress)
        return score(evidence, self.rubric).model_copy(update={"changed": changed})


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of a call, to be heard as often as one likes, from the same moment on."""

    trainee: Sound
    caller: Sound
    length_ms: Ms

    @contextmanager
    def heard(self, shown: Progress | None) -> Iterator[Iterator[tuple[Samples, Samples]]]:
        """Both at the same time, with progress: `shown`, else on a terminal."""
        with listening_progress(self.length_ms, shown) as progress:
            yield self._heard(progress)

    def _heard(self, progress: Callable[[int], None]) -> Iterator[tuple[Samples, Samples]]:
        samples = 0
        for trainee, caller in pairs(self.trainee(), self.caller()):
            yield trainee, caller
            samples += len(trainee)
            progress(samples)


def had_callers_words(card: Scorecard | None) -> bool:
    """Whether a scorecard tells what a caller was heard to say: then the next one of that call is to tell it too.

    A simulated caller's lines are known without being heard.
    """
    return card is not None and any(row.who == "caller" and row.words for row in card.transcript)


def score_session(folder: Path, rubric: Rubric, reading: Reading) -> Scored:
    """Score a session (again).

    The words are those of the call; where the call broke off, the trainee's side is heard again, since what was said
    last had not been recognised yet. Where the events are lost and the caller can be heard, both sides are heard again.
    """
    session = Session.read(folder)
    sound = open_recording(session.sound)
    sides = _Sides(_side(sound, _LEFT), _side(sound, _RIGHT), sound.duration_ms)
    if session.about.mode == "imported":
        return _imported(sides, rubric, reading)
    if not any(isinstance(event, LineStarted) for event in session.events) and not sound.is_silent(_RIGHT):
        ERR.print(
            f"{folder / EVENTS} tells of no line of the caller's, so both sides are heard again from the sound, "
            "and what the script asks for is not scored",
            soft_wrap=True,
            markup=False,
        )
        return _imported(sides, rubric, reading)
    return _simulated(session, sides, rubric, reading)


def _simulated(session: Session, sides: _Sides, rubric: Rubric, reading: Reading) -> Scored:
    events = session.events if session.complete else _heard_again(session, sides, reading)
    meter, tone = LeakMeter(), ToneMeter()
    with sides.heard(reading.progress) as both:
        for trainee, caller in both:
            meter.hear(trainee, caller)
            tone.hear(trainee)
    facts = _facts(read_scorable(session.folder / SCRIPT), events)
    evidence = from_events(events, facts, leak_db=_db(meter), leaked=meter.leaked(), tone=tone)
    return Scored(evidence, rubric, {"trainee": sides.trainee}, heard=not session.complete)


def _heard_again(session: Session, sides: _Sides, reading: Reading) -> Sequence[Event]:
    """The caller's events as they were, and the trainee's from the sound."""
    listened = (SpeechStarted, SpeechEnded, Hearing, Heard)
    events: list[Event] = [event for event in session.events if not isinstance(event, listened)]
    listener = ear(reading.model)("trainee")
    with sides.heard(reading.progress) as both:
        for trainee, _ in both:
            events += listener.feed(trainee)
    events += listener.finish()
    return events


def _facts(script: Script, events: Sequence[Event]) -> ScriptFacts:
    """What the score needs of the script; a second problem counts only in a call in which it came up."""
    briefing = script.briefing
    asked = {event.id.split("+")[0] for event in events if isinstance(event, LineStarted)}
    needs = [need for need in script.needs if not need.second or f"need.{need.id}" in asked]
    return ScriptFacts(
        title=script.title,
        caller_name=script.caller.name,
        company=briefing.company,
        needs=tuple(need.id for need in needs),
        nouns=briefing.nouns,
        wishes=tuple(need.what for need in needs),
        may_offer=briefing.may_offer,
        rubric=script.rubric,
    )


def score_recording(path: Path, trainee: Side | None, rubric: Rubric, reading: Reading) -> Scored:
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
    sides = _Sides(_side(recording, ours), _side(recording, theirs), recording.duration_ms)
    return _imported(sides, rubric, reading)


def score_files(trainee: Path, caller: Path, caller_offset_ms: Ms, rubric: Rubric, reading: Reading) -> Scored:
    """Score a call of which each side is a mono file of its own; the shorter one is followed by silence.

    The caller's file begins `caller_offset_ms` after the trainee's (before it where that is negative); the call begins
    with whichever comes first. Raises InputError where one file would be over before the other begins.
    """
    ours = with_sound(open_recording(trainee), _LEFT, "The trainee's side")
    theirs = with_sound(open_recording(caller), _LEFT, "The caller's side")
    our_wait_ms, their_wait_ms = max(0, -caller_offset_ms), max(0, caller_offset_ms)
    if our_wait_ms >= theirs.duration_ms or their_wait_ms >= ours.duration_ms:
        raise InputError(
            f"With --caller-offset-ms {caller_offset_ms} one file is over before the other begins: "
            "give the offset in milliseconds, negative where the caller's file begins first"
        )
    length_ms = max(our_wait_ms + ours.duration_ms, their_wait_ms + theirs.duration_ms)
    sides = _Sides(_side(ours, _LEFT, our_wait_ms), _side(theirs, _LEFT, their_wait_ms), length_ms)
    return _imported(sides, rubric, reading)


def _side(recording: Recording, channel: int, wait_ms: Ms = 0) -> Sound:
    """One side, `wait_ms` of silence before it."""
    wait = sample_at(wait_ms)
    return lambda: after_silence(recording.blocks(channel, _PIECE_SAMPLES), wait, _PIECE_SAMPLES)


def _imported(sides: _Sides, rubric: Rubric, reading: Reading) -> Scored:
    """The second reading takes both sides, since it is after the words of both."""
    hears = ear(reading.model)
    listeners = hears("trainee"), (hears if reading.caller_words else voice_only)("caller")
    with sides.heard(reading.progress) as both:
        evidence = _listened(both, *listeners)
    return Scored(evidence, rubric, {"trainee": sides.trainee, "caller": sides.caller}, heard=True)


def _listened(sides: Iterable[tuple[Samples, Samples]], trainee: Listener, caller: Listener) -> Evidence:
    """Both sides heard at the same time, in one pass over the sound."""
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
