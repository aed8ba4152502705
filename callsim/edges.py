"""Where a voice sets in and where it ends, to 5 ms, once voice activity has said roughly when.

Voice activity works in frames of 32 ms and is late at soft consonants, by up to 180 ms in noise. The sound itself tells
more: the level of each 5 ms in twelve bands, against the noise just before, summed up; the edge is where that sum turns
(the likeliest point of change: Page 1954, "Continuous inspection schemes"). Bands, because an f or an s drowns in the
rumble of an office that has nothing at 5 kHz. The numbers below were chosen on 92 phrases in six kinds of noise
(tests/bench_turns.py measures them) and move the result by a few ms when they are moved by a third.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, sample_at

_HOP = sample_at(5)
_WINDOW = 256
_BANDS_HZ = (100, 250, 400, 600, 850, 1150, 1500, 2000, 2600, 3400, 4400, 5700, 7800)
# The level that counts is that of the loudest three bands.
_LOUDEST = 3
# A voice's edge lies at most this far under its level, however silent the room: what is softer is breath.
_UNDER_VOICE_DB = 30.0
# The noise: this long before, up to this close to where voice was found; of each band the level that is reached in a
# fifth of the time.
_NOISE_MS: Ms = 1_000
_CLEAR_MS: Ms = 60
_NOISE_PERCENTILE = 80
# An onset lies this much before the first frame with voice, or after. Later than that it could not be, since 120 ms of
# voice have been confirmed.
_ONSET_BEFORE_MS, _ONSET_AFTER_MS = 110, 8
_ONSET_DB, _ONSET_RANGE_DB = 3.0, (-3.0, 6.0)
# An end lies this much before or after the last frame with voice. Between the last sounds of a word there are closures
# (the silence of the t in "last"), hence silence weighs little.
_END_BEFORE_MS, _END_AFTER_MS = 100, 200
_END_DB, _END_RANGE_DB = 6.0, (-1.0, 12.0)
_END_CLEAR_MS: Ms = 100

_KEPT_MS: Ms = _NOISE_MS + 500

_Floats = npt.NDArray[np.float64]


def _bins() -> tuple[tuple[int, int], ...]:
    first = [-(-edge * _WINDOW // RATE_HZ) for edge in _BANDS_HZ]
    return tuple(pairwise(first))


_TAPER = np.hanning(_WINDOW)
_BINS = _bins()
# Of each bin into each band, so that noise of one step of 16-bit sound has a power of about one in all of them.
_INTO_BANDS = np.array([[first <= bin < end for first, end in _BINS] for bin in range(_WINDOW // 2 + 1)], dtype=float)
_INTO_BANDS *= 2 / ((_TAPER**2).sum() * _WINDOW)
_LEAST = 1e-3


class Edges:
    """Keeps the last of one voice's sound (1.5 s, or `keep_samples` where that is more), and finds edges in it.

    All places are samples counted from the start. What it finds depends on the sound alone, not on its delivery.
    """

    def __init__(self, keep_samples: int = 0) -> None:
        self._keep_samples = max(keep_samples, sample_at(_KEPT_MS))
        self._past: Samples = np.zeros(0, dtype=np.int16)
        self._end = 0
        self._last_end = 0
        self._noise = np.zeros((0, len(_BINS)))

    def hear(self, sound: Samples) -> None:
        """The next samples."""
        self._past = np.concatenate((self._past, sound))[-self._keep_samples :]
        self._end += len(sound)

    def since(self, first: int) -> Samples:
        """All that was heard from a sample on, as far as it is kept."""
        return self._past[max(len(self._past) - (self._end - first), 0) :]

    def onset(self, run_from: int) -> int:
        """The first sample of the voice that was found in every frame from `run_from` until now.

        At most 8 ms after it; never before the last end.
        """
        start = max(self._last_end, run_from - sample_at(_NOISE_MS), self._end - len(self._past), 0)
        levels, start = self._levels(start)
        at = max(run_from - start, 0) // _HOP
        self._noise = levels[: max(at - _CLEAR_MS * RATE_HZ // 1000 // _HOP, 0)]
        rise = _over(levels, _floor(self._noise, levels[at:]), _ONSET_DB, _ONSET_RANGE_DB)
        first, end = _around(at, _ONSET_BEFORE_MS, _ONSET_AFTER_MS, len(rise))
        turn = first + int(np.argmin(np.concatenate(([0.0], np.cumsum(rise[first:end])))))
        return max(start + turn * _HOP, self._last_end)

    def end(self, onset: int, voiced_to: int) -> int:
        """The sample after the last of the voice that began at `onset` and was last found before `voiced_to`."""
        levels, start = self._levels(max(onset, voiced_to - sample_at(_NOISE_MS), self._end - len(self._past)))
        at = min((voiced_to - start) // _HOP, len(levels))
        quiet = levels[at + sample_at(_END_CLEAR_MS) // _HOP :]
        floor = _floor(np.concatenate((self._noise, quiet)), levels[:at], percentile=50)
        fall = _over(levels, floor, _END_DB, _END_RANGE_DB)
        first, end = _around(at, _END_BEFORE_MS, _END_AFTER_MS, len(fall))
        turn = first + int(np.argmax(np.concatenate(([0.0], np.cumsum(fall[first:end])))))
        self._last_end = min(start + turn * _HOP, self._end)
        return self._last_end

    def _levels(self, first: int) -> tuple[_Floats, int]:
        """The power in each band of each 5 ms from `first` (moved to the 5 ms grid of the whole sound) until now."""
        first = -(-first // _HOP) * _HOP
        sound = self.since(first)
        frames = np.pad(sound, ((_WINDOW - _HOP) // 2, _WINDOW))
        windows = np.lib.stride_tricks.sliding_window_view(frames, _WINDOW)[::_HOP][: len(sound) // _HOP]
        return np.abs(np.fft.rfft(windows * _TAPER, axis=1)) ** 2 @ _INTO_BANDS, first


def _floor(noise: _Floats, voice: _Floats, percentile: int = _NOISE_PERCENTILE) -> _Floats:
    """What a band must exceed: the noise in it, and a share of the voice's level."""
    level = np.percentile(voice.sum(axis=1), 90) * 10 ** (-_UNDER_VOICE_DB / 10) if len(voice) else 0.0
    steady = np.percentile(noise, percentile, axis=0) if len(noise) else np.zeros(len(_BINS))
    floor: _Floats = np.maximum(steady, level / len(_BINS)) + _LEAST
    return floor


def _over(levels: _Floats, floor: _Floats, by_db: float, between_db: tuple[float, float]) -> _Floats:
    """How far each 5 ms is above or under the threshold, in dB, within a range."""
    loudest = np.sort(levels / floor, axis=1)[:, -_LOUDEST:].mean(axis=1)
    over: _Floats = np.clip(10 * np.log10(loudest + 1e-9) - by_db, *between_db)
    return over


def _around(at: int, before_ms: Ms, after_ms: Ms, length: int) -> tuple[int, int]:
    first = max(at - sample_at(before_ms) // _HOP, 0)
    return min(first, length), min(at + sample_at(after_ms) // _HOP, length)
