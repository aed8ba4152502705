"""Two sound streams on one timeline, without a device: when samples pass the air, and what of a clip was heard when."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from callsim.phone import Clip, Playing, Samples
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ, sample_at

# What a driver tells is right on the whole, but wanders: PulseAudio's times stay within 0.2 ms for half a minute, then
# stray by 2 to 4 ms for some seconds (null sinks, measured). The middle of this long a time is taken; of a drift of
# 100 ppm, more than two sound cards have, that makes 0.75 ms.
_REMEMBERED_S = 15.0
# Where a clip really stands may differ this much from where it is counted to be before the count gives way.
SLIP_SAMPLES = sample_at(10)
# A cut clip fades out over this, so that no click is heard.
FADE_MS = 5


class StreamTimes:
    """Where a stream's second 0 lies on the machine's own clock, from the times that its driver tells."""

    def __init__(self) -> None:
        self._told: deque[tuple[float, float]] = deque()
        self._began: tuple[float, float] | None = None

    def tell(self, into_s: float, at_s: float, *, broken: bool) -> None:
        """The second `into_s` of the stream passes the air at `at_s`; `broken`: what was told before is void."""
        if broken:
            self._told.clear()
            self._began = None
        self._told.append((into_s, at_s - into_s))
        if into_s - self._told[0][0] > _REMEMBERED_S:
            self._told.popleft()
            self._began = self._began or (into_s, self.zero_s)

    @property
    def zero_s(self) -> float:
        """When the stream's second 0 passed the air; NaN before anything has been told."""
        return float(np.median([zero_s for _, zero_s in self._told])) if self._told else float("nan")

    @property
    def slow_ppm(self) -> float | None:
        """How much slower than it says the stream runs, in parts per million; None while too little was told."""
        if self._began is None or self._told[-1][0] - self._began[0] < _REMEMBERED_S:
            return None
        began_s, zero_s = self._began
        return (self.zero_s - zero_s) / (self._told[-1][0] - began_s) * 1e6


@dataclass(slots=True)
class Sounding:
    """A clip on its way through the speaker, at the speaker's rate. The call sets `cut`, the speaker all the rest.

    `first` is the stream's sample with which it began, `given` how many of its samples the device has been given;
    both are final once `done` is set. `faded`: it was cut off, its last `FADE_MS` going to nothing.
    """

    samples: Samples
    rate_hz: int
    cut: bool = False
    first: int | None = None
    given: int = 0
    faded: bool = False
    done: bool = False

    def take(self, at: int, wanted: int) -> Samples:
        """The next samples for the device, `wanted` or, at the end, fewer; `at` is the stream's sample they go to."""
        begins = self.first is None
        if begins:
            self.first = at
        piece = self.samples[self.given : self.given + wanted]
        if self.cut:
            piece = faded(piece[: 0 if begins else sample_at(FADE_MS, self.rate_hz)])
            self.faded = True
        self.given += len(piece)
        self.done = self.faded or self.given == len(self.samples)
        return piece

    @property
    def given_s(self) -> float:
        """How many seconds of it the device has been given."""
        return self.given / self.rate_hz


@dataclass(slots=True)
class HeardClip:
    """What the trainee hears of a clip, block by block; `first_sample` is where it began on the call's timeline.

    Counted on from there. `begins` is where it must have begun for what is in the air now; once that is `SLIP_SAMPLES`
    away, because the speaker ran dry or at another pace than the microphone, the count follows. So the two tracks
    never come further apart than that, and each clip starts anew from none.
    """

    clip: Clip
    first_sample: int
    _origin: int = field(init=False)
    _at: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._origin = self.first_sample

    def block(self, first: int, begins: int, sounding: Sounding) -> tuple[Samples, Playing | None]:
        """The block from sample `first` on, and where the clip stands at its end."""
        done = sounding.done  # asked before the rest, which is final then
        if abs(begins - self._origin) > SLIP_SAMPLES:
            self._origin = begins
        end = self._end(sounding)
        counted = first + BLOCK_SAMPLES - self._origin
        was, self._at = self._at, min(max(counted, self._at), end)
        piece = self._sound(sounding, end)[was : self._at][-BLOCK_SAMPLES:]
        late = min(max(self._origin + was - first, 0), BLOCK_SAMPLES - len(piece))
        sound = np.pad(piece, (late, BLOCK_SAMPLES - late - len(piece)))
        done = done and self._at == end and counted >= end
        return sound, Playing(self.first_sample, self._at, done) if self._at or done else None

    def _end(self, sounding: Sounding) -> int:
        """How much of it can have been heard."""
        whole = len(self.clip.samples)
        return whole if sounding.given == len(sounding.samples) else min(round(sounding.given_s * RATE_HZ), whole)

    def _sound(self, sounding: Sounding, end: int) -> Samples:
        if not sounding.faded:
            return self.clip.samples
        fade_from = max(0, end - sample_at(FADE_MS))
        return np.concatenate((self.clip.samples[:fade_from], faded(self.clip.samples[fade_from:end])))


def faded(samples: Samples) -> Samples:
    """The same samples, going evenly from full to nothing."""
    return (samples * np.linspace(1, 0, len(samples))).astype(np.int16)
