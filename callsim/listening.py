"""Blocks of sound to what was said and when: speech started, speech ended, heard.

When somebody speaks comes from voice activity alone, what they say from the recogniser: it gets the stretches where
there is voice, and a word that it puts elsewhere is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from callsim.edges import Edges
from callsim.events import Heard, Hearing, Listened, SpeechEnded, SpeechStarted, Who, Word
from callsim.phone import Guess, Recogniser, Samples, Settled, TurnSense, VoiceActivity
from callsim.timeline import Ms, Span, ms_at, sample_at

# Voice sets in at the first chance and holds down to the second (hysteresis, as Silero's authors do it).
START_CHANCE = 0.5
STAY_CHANCE = 0.35
# DESIGN.md, Measures, "speech": shorter bursts are no speech, shorter gaps are inside it.
BURST_MS = 120
GAP_MS = 300
# Frames find a voice about 16 ms after it sets in and lose it about 60 ms after its end (median over clean, noisy and
# telephone-band sound), so that a gap of 300 ms is 256 ms of frames without voice.
SILENT_MS = GAP_MS - 44
# The recogniser hears this much before the first voice, and about as much after the last.
LEAD_MS = 300
# A recogniser's word may lie this far outside the voice.
WORD_SLACK_MS = 150


@dataclass(frozen=True, slots=True)
class _Opened:
    """Voice is confirmed: it is in every frame from `run_from` on."""

    run_from: int


@dataclass(frozen=True, slots=True)
class _Closed:
    """The stretch is over: voice was last found just before `voiced_to`; `broken_off`: the sound stopped in it."""

    voiced_to: int
    broken_off: bool = False


class _Gate:
    """Chances of voice, frame by frame, to the frames in which stretches of speech begin and end."""

    def __init__(self) -> None:
        self.is_open = False
        self._voiced = False
        self._run_from = 0
        self._voiced_to = 0

    @property
    def is_voiced(self) -> bool:
        """Whether there is voice now; it may still be too short to tell from a click."""
        return self._voiced

    def step(self, chance: float, first: int, end: int) -> _Opened | _Closed | None:
        """What the frame from sample `first` to `end` shows."""
        was_voiced, self._voiced = self._voiced, chance >= (STAY_CHANCE if self._voiced else START_CHANCE)
        if self._voiced:
            self._run_from = self._run_from if was_voiced else first
            self._voiced_to = end
            if not self.is_open and end - self._run_from >= sample_at(BURST_MS):
                self.is_open = True
                return _Opened(self._run_from)
        elif self.is_open and end - self._voiced_to >= sample_at(SILENT_MS):
            return self.flush()
        return None

    def flush(self) -> _Closed | None:
        """Ends an open stretch, whose voice may still be sounding."""
        was_open, self.is_open = self.is_open, False
        return _Closed(self._voiced_to, broken_off=self._voiced) if was_open else None


@dataclass(slots=True)
class _Stretch:
    """A piece of sound that the recogniser got, from sample `first` on, and the speech in it."""

    first: int
    onset: int
    ended_ms: Ms = 0

    @property
    def started_ms(self) -> Ms:
        """Where its voice sets in."""
        return ms_at(self.onset)


class NoWords:
    """`phone.Recogniser` for a side of which only the voice counts: every stretch settles without words, at no cost."""

    def __init__(self) -> None:
        self._finished = 0

    def feed(self, samples: Samples) -> None:
        """Hear nothing."""

    def finish(self) -> None:
        """The stretch is over."""
        self._finished += 1

    def results(self) -> list[Guess | Settled]:
        """One empty `Settled` for each stretch finished since the last look."""
        finished, self._finished = self._finished, 0
        return [Settled(())] * finished


class Listener:
    """Turns one voice's sound into events; how the sound is cut up on delivery never changes them.

    Frames of the voice activity are the grain: an event's `noticed_ms` is the end of the frame in which it became
    known, its `at_ms` is finer (see `edges`). A stretch opens after 120 ms of voice without a break; any voiced frame
    then keeps it open; it closes once the gap is 300 ms, as frames show it (edges may turn out a little closer). A
    recogniser that answers at once has its `Heard` right after the `SpeechEnded`; one that works in the background has
    its answers picked up with later frames, or by `collect`.
    """

    def __init__(
        self,
        activity: VoiceActivity,
        recogniser: Recogniser,
        who: Who = "trainee",
        turn_sense: TurnSense | None = None,
    ) -> None:
        self._turn_sense = turn_sense
        self._activity = activity
        self._recogniser = recogniser
        self._who: Who = who
        self._gate = _Gate()
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._edges = Edges(turn_sense.window_samples if turn_sense else 0)
        self._end = 0
        self._stretches: deque[_Stretch] = deque()
        self._last_stretch_end = 0

    @property
    def waiting(self) -> bool:
        """Whether the recogniser has not yet settled every stretch it was given (an open one counts)."""
        return bool(self._stretches)

    @property
    def voiced(self) -> bool:
        """Whether a voice sounds just now, or may be setting in: known earlier than any event of it."""
        return self._gate.is_voiced

    def feed(self, samples: Samples) -> list[Listened]:
        """The events that the next samples bring, in the order in which they became known."""
        self._rest = np.concatenate((self._rest, samples))
        size = self._activity.frame_samples
        events: list[Listened] = []
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            events += self._hear(frame, frame)
        # What a recogniser in the background has found since need not wait for a frame to be full.
        return events + self.collect()

    def finish(self) -> list[Listened]:
        """The sound is over: ends an open stretch. A background recogniser's last answers need `collect`."""
        events: list[Listened] = []
        if len(self._rest):
            missing = self._activity.frame_samples - len(self._rest)
            events += self._hear(self._rest, np.pad(self._rest, (0, missing)))
            self._rest = self._rest[:0]
        return events + self._close(self._gate.flush())

    def collect(self) -> list[Listened]:
        """The events that the recogniser's answers bring which came in since the last look."""
        return [self._event(answer) for answer in self._recogniser.results()]

    def _hear(self, sound: Samples, frame: Samples) -> list[Listened]:
        """One frame: `sound` as it was, `frame` filled up to full length."""
        first, self._end = self._end, self._end + len(sound)
        self._edges.hear(sound)
        if self._gate.is_open:
            self._recogniser.feed(sound)
        turn = self._gate.step(self._activity.speech_chance(frame), first, self._end)
        if isinstance(turn, _Opened):
            return [self._open(turn), *self.collect()]
        return [*self.collect(), *self._close(turn)]

    def _open(self, opened: _Opened) -> Listened:
        onset = self._edges.onset(opened.run_from)
        stretch = _Stretch(max(onset - sample_at(LEAD_MS), self._last_stretch_end), onset)
        self._stretches.append(stretch)
        self._recogniser.feed(self._edges.since(stretch.first))
        return SpeechStarted(at_ms=stretch.started_ms, noticed_ms=ms_at(self._end), who=self._who)

    def _close(self, closed: _Closed | None) -> list[Listened]:
        if closed is None:
            return []
        stretch = self._stretches[-1]
        end = self._end if closed.broken_off else self._edges.end(stretch.onset, closed.voiced_to)
        # What was confirmed by a burst's length of voice is at least that long.
        stretch.ended_ms = ms_at(max(end, stretch.onset + sample_at(BURST_MS)))
        self._last_stretch_end = self._end
        # The recogniser first: one that works in the background then does while the turn's sound is judged.
        self._recogniser.finish()
        chance = self._finished_chance()
        ended = SpeechEnded(stretch.ended_ms, ms_at(self._end), stretch.started_ms, self._who, chance)
        return [ended, *self.collect()]

    def _finished_chance(self) -> float | None:
        if self._turn_sense is None:
            return None
        recent = self._edges.since(self._end - self._turn_sense.window_samples)
        return round(self._turn_sense.finished_chance(recent), 3)

    def _event(self, answer: Guess | Settled) -> Listened:
        now_ms = ms_at(self._end)
        if isinstance(answer, Guess):
            return Hearing(self._stretches[0].started_ms, now_ms, text=answer.text, who=self._who)
        stretch = self._stretches.popleft()
        speech = Span(stretch.started_ms, stretch.ended_ms)
        words = _inside(_moved(answer.words, ms_at(stretch.first)), speech)
        return Heard(speech.start_ms, now_ms, end_ms=speech.end_ms, words=words, who=self._who)


def listen(
    blocks: Iterable[Samples], activity: VoiceActivity, recogniser: Recogniser, who: Who = "trainee"
) -> Iterator[Listened]:
    """All the events of a whole recording, as they become known; the recogniser is one that answers at once."""
    listener = Listener(activity, recogniser, who)
    for block in blocks:
        yield from listener.feed(block)
    yield from listener.finish()


def _moved(words: Iterable[Word], by_ms: Ms) -> list[Word]:
    return [Word(word.word, word.start_ms + by_ms, word.end_ms + by_ms, word.confidence) for word in words]


def _inside(words: Iterable[Word], speech: Span) -> tuple[Word, ...]:
    """The words whose middle is in or near the speech, their times cut to that and put into order."""
    near = Span(max(0, speech.start_ms - WORD_SLACK_MS), speech.end_ms + WORD_SLACK_MS)
    kept: list[Word] = []
    free_ms = near.start_ms
    for word in words:
        # A word of no length was said before the recogniser got this stretch: it is none of this voice's.
        if word.start_ms < word.end_ms and (word.start_ms + word.end_ms) // 2 in near:
            start_ms = max(word.start_ms, free_ms)
            free_ms = max(start_ms, min(word.end_ms, near.end_ms))
            kept.append(Word(word.word, start_ms, free_ms, word.confidence))
    return tuple(kept)
