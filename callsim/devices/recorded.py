"""Phones without a sound device: the trainee is a recording, or a scene of clips that follows the caller.

Nothing here looks at a clock: the consumer draws the blocks as fast as it can use them, and the same calls at the same
blocks give the same samples. The trainee never falls off: after the last sound there is silence for ever, and the one
who draws the blocks decides when the call is over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from callsim.devices.files import reblocked
from callsim.errors import OurBug
from callsim.phone import Block, Clip, Cue, Playing, Samples
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ, sample_at

# A cut clip fades out over this, so that no click is heard.
FADE_SAMPLES = RATE_HZ * 5 // 1000


def _silence(samples: int = BLOCK_SAMPLES) -> Samples:
    return np.zeros(samples, dtype=np.int16)


class Player:
    """The caller's side of any phone: plays one clip at a time and counts what was heard of it, to the sample."""

    def __init__(self) -> None:
        self._clip: Clip | None = None
        self._first: int | None = None
        self._heard = 0
        self._cut = False

    def play(self, clip: Clip) -> None:
        """Start a clip with the next block; raises OurBug while another one plays, a cut one's last block included."""
        if self._clip is not None:
            raise OurBug("callsim has a bug: a clip was to be played while another one plays; please report it")
        self._clip, self._first, self._heard, self._cut = clip, None, 0, False

    def cut(self) -> None:
        """Fade the clip out in the next block; nothing happens where none plays (it may just have ended by itself)."""
        self._cut = self._clip is not None

    def block(self, first_sample: int) -> tuple[Samples, Playing | None]:
        """The caller's sound for the next block. A clip that is cut before its first block is not heard at all."""
        sound = _silence()
        if self._clip is None:
            return sound, None
        piece = self._piece(self._clip.samples[self._heard : self._heard + BLOCK_SAMPLES])
        sound[: len(piece)] = piece
        self._first = first_sample if self._first is None else self._first
        self._heard += len(piece)
        done = self._cut or self._heard == len(self._clip.samples)
        self._clip = None if done else self._clip
        return sound, Playing(self._first, self._heard, done)

    def _piece(self, samples: Samples) -> Samples:
        if not self._cut:
            return samples
        faded = samples[: FADE_SAMPLES if self._first is not None else 0]
        return (faded * np.linspace(1, 0, len(faded))).astype(np.int16)


class _HeadlessPhone(ABC):
    """A phone whose caller is a `Player` and whose trainee is a matter of its kind."""

    # A clip is heard with the very next block.
    lead_ms = 0

    def __init__(self) -> None:
        self._player = Player()

    def play(self, clip: Clip) -> None:
        """Start a clip with the next block: the caller's next line."""
        self._player.play(clip)

    def cut(self) -> None:
        """Stop the clip within the next block."""
        self._player.cut()

    def blocks(self) -> Iterator[Block]:
        """Blocks of 320 samples without end; to be asked for once."""
        for first in count(0, BLOCK_SAMPLES):
            caller, playing = self._player.block(first)
            yield Block(first, self._trainee(first, playing), caller, playing)

    @abstractmethod
    def _trainee(self, first: int, playing: Playing | None) -> Samples:
        """The trainee's block from sample `first` on, the caller's state at its end being known."""


class RecordedPhone(_HeadlessPhone):
    """`phone.Phone` whose trainee is one fixed recording, in pieces of any length, then silence for ever."""

    def __init__(self, recording: Iterable[Samples]) -> None:
        super().__init__()
        self._recording = reblocked(recording, BLOCK_SAMPLES)

    def _trainee(self, first: int, playing: Playing | None) -> Samples:  # noqa: ARG002 (a recording cannot react)
        sound = next(self._recording, _silence(0))
        return np.pad(sound, (0, BLOCK_SAMPLES - len(sound)))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line the caller said, from sample `first` to `end` (None while it plays)."""

    first: int
    end: int | None = None


class ScriptedPhone(_HeadlessPhone):
    """`phone.Phone` whose trainee says cues, in their order and never two at once, when the caller gives the moment.

    - "at start": `delay_ms` after the call's first sample.
    - "after caller": `delay_ms` after the end of one of the caller's lines: the first one that ended after the cue
      before had begun, and whose moment (end + delay) does not lie inside that cue. So the answer to a line is
      followed by the answer to the next line; "mm-hm" over the last words of a line by the answer to that line; and
      a trainee who talked the caller down and went on talking then waits for what the caller says to it.
    - "into line": `delay_ms` after the first sample of the caller's line of that number (from 1). Where that line is
      over by then, the cue is never said, and the next one's turn has come.

    A moment that falls into the cue before is put off to that cue's end ("at start", "into line").
    """

    def __init__(self, cues: Sequence[Cue]) -> None:
        super().__init__()
        self._waiting = list(cues)
        self._missed: list[Cue] = []
        self._lines: list[_Line] = []
        self._saying = _silence(0)
        # The cue said last; before the first one, all of the call counts.
        self._began, self._ended = -1, 0

    @property
    def unsaid(self) -> tuple[Cue, ...]:
        """The cues whose line was over before they could be said, and then those that still wait."""
        return (*self._missed, *self._waiting)

    def _trainee(self, first: int, playing: Playing | None) -> Samples:
        self._follow(playing)
        sound, at, end = _silence(), first, first + BLOCK_SAMPLES
        while at < end and (len(self._saying) or self._begin(at, end)):
            at = max(at, self._began)
            piece, self._saying = self._saying[: end - at], self._saying[end - at :]
            sound[at - first : at - first + len(piece)] = piece
            at += len(piece)
        return sound

    def _follow(self, playing: Playing | None) -> None:
        if playing is None:
            return
        if not self._lines or self._lines[-1].end is not None:
            self._lines.append(_Line(playing.first_sample))
        if playing.done:
            self._lines[-1] = replace(self._lines[-1], end=playing.first_sample + playing.heard_samples)

    def _begin(self, at: int, end: int) -> bool:
        """Whether the next cue starts before sample `end`; if so it is taken up, at `at` or later."""
        start = self._next_start()
        if start is None or start >= end:
            return False
        self._saying = self._waiting.pop(0).clip.samples
        self._began = max(at, start)
        self._ended = self._began + len(self._saying)
        return True

    def _next_start(self) -> int | None:
        """The sample at which the next cue starts; None where that is not known yet, or there is none."""
        while self._waiting:
            cue = self._waiting[0]
            if cue.when == "after caller":
                return self._after_caller(sample_at(cue.delay_ms))
            if cue.when == "at start":
                return max(sample_at(cue.delay_ms), self._ended)
            line = self._line(cue)
            if line is None:
                return None
            start = max(line.first + sample_at(cue.delay_ms), self._ended)
            if line.end is None or start < line.end:
                return start
            self._missed.append(self._waiting.pop(0))
        return None

    def _after_caller(self, delay: int) -> int | None:
        ends = (line.end for line in self._lines if line.end is not None)
        return next((end + delay for end in ends if end > self._began and end + delay >= self._ended), None)

    def _line(self, cue: Cue) -> _Line | None:
        if cue.line is None:
            raise OurBug("callsim has a bug: a cue is to be said into a line, and no line is named; please report it")
        return self._lines[cue.line - 1] if cue.line <= len(self._lines) else None
