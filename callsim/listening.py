"""Blocks of sound to what was said and when: speech started, speech ended, heard.

When somebody speaks comes from voice activity alone, what they say from the recogniser: it gets the stretches where
there is voice, and a word that it puts elsewhere is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from callsim.events import Heard, Hearing, Listened, SpeechEnded, SpeechStarted, Who, Word
from callsim.phone import Guess, Recogniser, Samples, Settled, VoiceActivity
from callsim.timeline import Ms, Span, ms_at, sample_at

# Voice sets in at the first chance and holds down to the second (hysteresis, as Silero's authors do it).
START_CHANCE = 0.5
STAY_CHANCE = 0.35
# DESIGN.md, Measures, "speech": shorter bursts are no speech, shorter gaps are inside it.
BURST_MS = 120
GAP_MS = 300
# How late Silero's frames are against the true edges of speech, median over clean, noisy-room and telephone-band sound:
# voice is found 12 to 17 ms after its first sample and lost 41 to 78 ms after its last (tests/bench_listening.py).
ONSET_LATE_MS = 16
END_LATE_MS = 60
# The recogniser hears this much before the first voice, and about as much after the last.
LEAD_MS = 300
# A recogniser's word may lie this far outside the voice.
WORD_SLACK_MS = 150


@dataclass(frozen=True, slots=True)
class _Opened:
    onset: int


@dataclass(frozen=True, slots=True)
class _Closed:
    end: int


class _Gate:
    """Chances of voice, frame by frame, to the first and last samples of stretches of speech."""

    def __init__(self) -> None:
        self._onset: int | None = None
        self._voiced = False
        self._run_from = 0
        self._voiced_to = 0

    @property
    def is_open(self) -> bool:
        """Whether a stretch has begun and not ended."""
        return self._onset is not None

    @property
    def is_stirring(self) -> bool:
        """Whether voice has set in that is still too short to tell from a click."""
        return self._voiced and self._onset is None

    def step(self, chance: float, first: int, end: int) -> _Opened | _Closed | None:
        """What the frame from sample `first` to `end` shows."""
        was_voiced, self._voiced = self._voiced, chance >= (STAY_CHANCE if self._voiced else START_CHANCE)
        if self._voiced:
            self._run_from = self._run_from if was_voiced else first
            self._voiced_to = end
            return self._opened(end) if self._onset is None else None
        if self._onset is None:
            return None
        last = self._last(self._onset)
        # Voice could set in again just here: would the gap be long enough?
        return self._closed(last) if end - sample_at(ONSET_LATE_MS) - last >= sample_at(GAP_MS) else None

    def flush(self, end: int) -> _Closed | None:
        """The sound stops at sample `end`: voice that had not ended reaches to it."""
        if self._onset is None:
            return None
        return self._closed(end if self._voiced else self._last(self._onset))

    def _opened(self, now: int) -> _Opened | None:
        onset = max(0, self._run_from - sample_at(ONSET_LATE_MS))
        if now - onset < sample_at(BURST_MS):
            return None
        self._onset = onset
        return _Opened(onset)

    def _last(self, onset: int) -> int:
        # What was confirmed by a burst's length of voice is at least that long.
        return max(self._voiced_to - sample_at(END_LATE_MS), onset + sample_at(BURST_MS))

    def _closed(self, end: int) -> _Closed:
        self._onset = None
        return _Closed(end)


@dataclass(slots=True)
class _Stretch:
    """A piece of sound that the recogniser got, from sample `first` on, and the speech in it."""

    first: int
    started_ms: Ms
    ended_ms: Ms = 0


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
    known. A stretch opens after 120 ms of voice without a break; any voiced frame then keeps it open; it closes once
    the gap is 300 ms. A recogniser that answers at once has its `Heard` right after the `SpeechEnded`; one that works
    in the background has its answers picked up with later frames, or by `collect`.
    """

    def __init__(self, activity: VoiceActivity, recogniser: Recogniser, who: Who = "trainee") -> None:
        self._activity = activity
        self._recogniser = recogniser
        self._who: Who = who
        self._gate = _Gate()
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._past: Samples = np.zeros(0, dtype=np.int16)
        self._past_samples = sample_at(LEAD_MS + ONSET_LATE_MS + BURST_MS) + activity.frame_samples
        self._end = 0
        self._stretches: deque[_Stretch] = deque()
        self._last_stretch_end = 0

    @property
    def waiting(self) -> bool:
        """Whether the recogniser has not yet settled every stretch it was given (an open one counts)."""
        return bool(self._stretches)

    @property
    def stirring(self) -> bool:
        """Whether a voice may just be setting in: too early for an event, early enough not to talk into it."""
        return self._gate.is_stirring

    def feed(self, samples: Samples) -> list[Listened]:
        """The events that the next samples bring, in the order in which they became known."""
        self._rest = np.concatenate((self._rest, samples))
        size = self._activity.frame_samples
        events: list[Listened] = []
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            events += self._hear(frame, frame)
        return events

    def finish(self) -> list[Listened]:
        """The sound is over: ends an open stretch. A background recogniser's last answers need `collect`."""
        events: list[Listened] = []
        if len(self._rest):
            missing = self._activity.frame_samples - len(self._rest)
            events += self._hear(self._rest, np.pad(self._rest, (0, missing)))
            self._rest = self._rest[:0]
        return events + self._close(self._gate.flush(self._end))

    def collect(self) -> list[Listened]:
        """The events that the recogniser's answers bring which came in since the last look."""
        return [self._event(answer) for answer in self._recogniser.results()]

    def _hear(self, sound: Samples, frame: Samples) -> list[Listened]:
        """One frame: `sound` as it was, `frame` filled up to full length."""
        first, self._end = self._end, self._end + len(sound)
        self._past = np.concatenate((self._past, sound))[-self._past_samples :]
        if self._gate.is_open:
            self._recogniser.feed(sound)
        turn = self._gate.step(self._activity.speech_chance(frame), first, self._end)
        if isinstance(turn, _Opened):
            return [self._open(turn), *self.collect()]
        return [*self.collect(), *self._close(turn)]

    def _open(self, opened: _Opened) -> Listened:
        first = max(opened.onset - sample_at(LEAD_MS), self._last_stretch_end)
        started_ms = ms_at(opened.onset)
        self._stretches.append(_Stretch(first, started_ms))
        self._recogniser.feed(self._past[len(self._past) - (self._end - first) :])
        return SpeechStarted(at_ms=started_ms, noticed_ms=ms_at(self._end), who=self._who)

    def _close(self, closed: _Closed | None) -> list[Listened]:
        if closed is None:
            return []
        stretch = self._stretches[-1]
        stretch.ended_ms = ms_at(closed.end)
        self._last_stretch_end = self._end
        ended = SpeechEnded(stretch.ended_ms, ms_at(self._end), started_ms=stretch.started_ms, who=self._who)
        self._recogniser.finish()
        return [ended, *self.collect()]

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
        if (word.start_ms + word.end_ms) // 2 in near:
            start_ms = max(word.start_ms, free_ms)
            free_ms = max(start_ms, min(word.end_ms, near.end_ms))
            kept.append(Word(word.word, start_ms, free_ms, word.confidence))
    return tuple(kept)
