"""The seams: what a call needs from the world, as protocols and plain values. Every device stands behind one of them.

Sound is 16 kHz mono signed 16-bit everywhere inside (`timeline.RATE_HZ`, numpy `int16`, one dimension); devices
convert.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from callsim.events import Word
from callsim.timeline import RATE_HZ, Ms, ms_at

Samples: TypeAlias = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False, slots=True)
class Clip:
    """A piece of sound to play. A caller's clip begins and ends with voice: its silent edges are trimmed."""

    samples: Samples

    @property
    def duration_ms(self) -> Ms:
        """Its length in milliseconds."""
        return ms_at(len(self.samples), RATE_HZ)


@dataclass(frozen=True, slots=True)
class Playing:
    """Where the caller's clip stands at the end of a block: began at `first_sample`, `heard_samples` played so far.

    `done` in the block in which it ended, by itself or by `cut`; later blocks carry no Playing.
    """

    first_sample: int
    heard_samples: int
    done: bool


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """What both sides sounded like from `first_sample` on; `trainee` and `caller` are equally long (320 samples)."""

    first_sample: int
    trainee: Samples
    caller: Samples
    playing: Playing | None = None

    @property
    def end_sample(self) -> int:
        """The first sample after the block."""
        return self.first_sample + len(self.trainee)


class Phone(Protocol):
    """The two-way line: gives what was heard block by block, plays what the caller says.

    `lead_ms`: how long after the end of the block just given what is played, or cut, now is heard; 0 without a sound
    device. Asked for only after a block.
    """

    @property
    def lead_ms(self) -> Ms:
        """See above."""

    def blocks(self) -> Iterator[Block]:
        """Blocks without a gap from sample 0 on, for as long as the phone is up; one clip at a time is played."""

    def play(self, clip: Clip) -> None:
        """Start a clip with the next block; raises OurBug while another one plays."""

    def cut(self) -> None:
        """Stop the clip; the next block's `playing` tells how much was really heard."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The recogniser's text so far for the stretch it is in."""

    text: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A finished stretch's words; their times count from the stretch's first sample."""

    words: tuple[Word, ...]


class Recogniser(Protocol):
    """Speech to words, one stretch of continuous sound after another."""

    def feed(self, samples: Samples) -> None:
        """The next samples of the stretch, of any length; never changes what is recognised by how it is cut up."""

    def finish(self) -> None:
        """The stretch is over: a `Settled` for it will come (just one, in order)."""

    def results(self) -> list[Guess | Settled]:
        """What has become known since the last look, oldest first; a slow recogniser may know it only later."""


class VoiceActivity(Protocol):
    """Tells voice from everything else, frame by frame; one instance hears one stream from its start."""

    frame_samples: int

    def speech_chance(self, frame: Samples) -> float:
        """0 to 1 for the next `frame_samples` samples."""


class TurnSense(Protocol):
    """Tells from the sound of a voice whether its turn is finished: how it falls, slows, or hangs in the air."""

    window_samples: int

    def finished_chance(self, sound: Samples) -> float:
        """0 to 1, from up to `window_samples` that end a little after the voice did."""


Line: TypeAlias = Literal["telephone", "clear"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, where one engine is to sound like different people.

    `lexicon` is how words are pronounced (American, British). Against the engine's own voice: `pitch_scale`, `warp` (of
    the formants: a longer throat is below 1) and `tilt_db` an octave (below 0 darker); `breath` (0 to 1) is added.
    """

    lexicon: Literal["us", "gb"]
    pitch_scale: float
    warp: float
    tilt_db: float = 0.0
    breath: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a line is to be spoken.

    `engine_voice` is the engine's own name, `words_per_minute` what is really heard (the engine's nominal rate is the
    device's business), `pitch` and `liveliness` run from 0 to 100 (50 = the voice as it is), `level_dbfs` is the
    loudness of the speech. `effort` (0 to 100, 50 = the voice as it is, above it sharper) and `tremor` (0 to 100, 0 =
    none) are for an engine that builds a `person`; others leave them out. `line` is what the voice comes through.
    """

    engine_voice: str
    words_per_minute: int
    pitch: int
    liveliness: int
    level_dbfs: float
    effort: int = 50
    tremor: int = 0
    line: Line = "clear"
    person: Person | None = None


class Synthesiser(Protocol):
    """Text to sound; the same text and delivery give the same bytes."""

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """The spoken line. Raises VoiceEngineError where the engine cannot."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing a scripted trainee says: `clip`, `delay_ms` after its trigger.

    "at start" counts from the call's first sample, "after caller" from the end of the caller's last line (the first
    one that ends after the cue before has been said), "into line" from the start of the caller's line number `line`.
    """

    clip: Clip
    when: Literal["at start", "after caller", "into line"]
    delay_ms: Ms = 0
    line: int | None = None
