"""The sound of a call cut to its speech, in windows that Whisper reads at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, Span, ms_at, sample_at

# Whisper hears 30 s at once; the rest is room for rounding.
WINDOW_SAMPLES = sample_at(28_000)
# What is heard around each span. Against 150, 300 and 500 ms on the recordings: word error 3.8, 3.4 and 3.0 %.
PAD_MS = 500
# A word may lie this far outside the voice, but not beyond the middle of a pause. Whisper's times are looser than the
# live recogniser's: with its 150 ms, words at the ends of spans were lost (word error 6.4 % for 5.1 %).
SLACK_MS = 300
# A span that is too long for a window is cut where it is quietest, from here on.
_LONGEST_MS, _CUT_FROM_MS, _QUIET_MS = 26_000, 16_000, 100


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """One span of voice, or a part of it, with its sound.

    `number` is the span's, `voice` its time, `near` where its words may lie; `samples` begin at the call's sample
    `first`, up to PAD_MS before the voice, and end as much after it.
    """

    number: int
    voice: Span
    near: Span
    first: int
    samples: Samples

    @property
    def end(self) -> int:
        """The call's first sample after it."""
        return self.first + len(self.samples)

    def after(self, at_ms: Ms) -> Piece | None:
        """What is left of it from `at_ms` on; None where that is no voice."""
        if at_ms >= self.voice.end_ms:
            return None
        if at_ms <= self.voice.start_ms:
            return self
        voice, near = Span(at_ms, self.voice.end_ms), Span(at_ms, self.near.end_ms)
        skipped = max(0, sample_at(at_ms) - self.first)
        return replace(self, voice=voice, near=near, first=self.first + skipped, samples=self.samples[skipped:])


def cut_out(sound: Iterable[Samples], spans: Sequence[Span]) -> Iterator[Piece]:
    """The pieces of all `spans` (in order, free of overlaps) as the sound comes in, none longer than a window.

    Memory holds one piece and one block of `sound`. What reaches beyond the end of the sound has fewer samples.
    """
    tape = _Tape(sound)
    ends = [0, *(span.end_ms for span in spans)]
    starts = [*(span.start_ms for span in spans), spans[-1].end_ms + 2 * SLACK_MS] if spans else []
    for number, span in enumerate(spans):
        start_ms, near_ms = span.start_ms, max(span.start_ms - SLACK_MS, (ends[number] + span.start_ms) // 2)
        until_ms = min(span.end_ms + SLACK_MS, (span.end_ms + starts[number + 1]) // 2)
        while span.end_ms - start_ms > _LONGEST_MS:
            cut_ms = _quietest_ms(tape, start_ms)
            yield _piece(tape, number, Span(start_ms, cut_ms), Span(near_ms, cut_ms))
            start_ms = near_ms = cut_ms
        yield _piece(tape, number, Span(start_ms, span.end_ms), Span(near_ms, until_ms))


class _Tape:
    """Sound that runs by once: what lies before the last look is forgotten."""

    def __init__(self, sound: Iterable[Samples]) -> None:
        self._sound = iter(sound)
        self._held: deque[Samples] = deque()
        self._first = 0
        self._end = 0

    def look(self, first: int, end: int) -> Samples:
        """The samples from `first` to `end`, fewer at the sound's end; `first` never runs backwards."""
        while self._end < end and (block := next(self._sound, None)) is not None:
            self._held.append(block)
            self._end += len(block)
            self._forget(first)
        self._forget(first)
        return np.concatenate((*self._held, np.zeros(0, dtype=np.int16)))[first - self._first : end - self._first]

    def _forget(self, before: int) -> None:
        while self._held and self._first + len(self._held[0]) <= before:
            self._first += len(self._held.popleft())


def _piece(tape: _Tape, number: int, voice: Span, near: Span) -> Piece:
    first = sample_at(max(0, voice.start_ms - PAD_MS))
    return Piece(number, voice, near, first, tape.look(first, sample_at(voice.end_ms + PAD_MS)))


def _quietest_ms(tape: _Tape, start_ms: Ms) -> Ms:
    """Where to cut a long span that begins at `start_ms`: the middle of its quietest 100 ms between 16 and 26 s."""
    first = sample_at(max(0, start_ms - PAD_MS))
    sound = tape.look(first, sample_at(start_ms + _LONGEST_MS))[sample_at(start_ms + _CUT_FROM_MS) - first :]
    frame = sample_at(_QUIET_MS)
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame).astype(np.float64)
    quietest = int((frames**2).sum(axis=1).argmin()) if len(frames) else 0
    return start_ms + _CUT_FROM_MS + quietest * _QUIET_MS + _QUIET_MS // 2


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """Pieces side by side as one sound, with the way back to the call's time.

    Where two pieces touch or share sound, it is there once, and what was a short pause stays one.
    """

    pieces: tuple[Piece, ...]

    @property
    def fits(self) -> bool:
        """Whether it is short enough to be read at once."""
        return sum(len(samples) for _, samples in self._clips()) <= WINDOW_SAMPLES

    @property
    def sound(self) -> Samples:
        """All of it."""
        return np.concatenate([samples for _, samples in self._clips()])

    def call_span(self, start_s: float, end_s: float) -> Span:
        """Where a stretch of the window lies in the call; it may reach from one piece into the next."""
        start_ms, end_ms = (ms_at(self._call_sample(round(at_s * RATE_HZ))) for at_s in (start_s, end_s))
        return Span(start_ms, max(start_ms, end_ms))

    def _call_sample(self, at: int) -> int:
        for first, samples in self._clips():
            if at <= len(samples):
                return first + at
            at -= len(samples)
        return self.pieces[-1].end

    def _clips(self) -> Iterator[tuple[int, Samples]]:
        """The call's first sample and the samples of each piece, without what the piece before has already."""
        heard_to = 0
        for piece in self.pieces:
            shared = min(max(0, heard_to - piece.first), len(piece.samples))
            yield piece.first + shared, piece.samples[shared:]
            heard_to = piece.end
