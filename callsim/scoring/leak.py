"""How loud the caller is in the trainee's microphone, from the two channels. Pure numpy, streaming.

Whatever of the caller's sound arrives in the microphone arrives later, always by the same path: so the part of the
microphone that can be predicted from the caller is the leak, and the trainee's own voice, which cannot, averages out.
The path is estimated by cross-spectra of one-second windows (Welch 1967), each weighted by one over the microphone's
energy, so that windows in which the trainee talks hardly count. A path has no past: what the same estimate shows at
delays below zero is pure chance, and tells how much of the rest is chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callsim.phone import Samples
from callsim.scoring.leaked import Levels, leaked
from callsim.timeline import RATE_HZ, Ms, Span

_WINDOW = 16_384
_HOP = _WINDOW // 2
# A caller quieter than this (root mean square of a window, of full scale 1) says nothing about the path.
_CALLER_SPEAKS = 10 ** (-50 / 20)
# One step of 16-bit sound: keeps digital silence from dividing by zero.
_LEAST = 1 / 32768
LONGEST_DELAY_MS: Ms = 300
# The path rings on for a while after its strongest arrival (a room), and sets in a little before it.
_RISE_MS, _RING_MS = 5, 60
# Below -50 ms nothing of the path is left; above -450 ms the windows still share enough of the sound.
_CHANCE_MS = (-450, -50)
# How far the strongest arrival must stand above the strongest chance one.
_CLEAR = 1.5
# Fewer windows with the caller speaking (half a second each) than this: not known.
_ENOUGH_WINDOWS = 6
_FLOOR_DB = -96.0

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leak:
    """`db`: the caller's level in the trainee's channel, against its level in its own; `delay_ms`: how late it arrives.

    Where none was found `delay_ms` is None and `db` is the level below which it would not have been seen.
    """

    db: float
    delay_ms: Ms | None


class LeakMeter:
    """Hears both channels of a call block by block, and tells the leak at any time.

    Memory: constant for the path, 6 MB an hour for where nobody but the caller is heard.
    """

    def __init__(self) -> None:
        self._ours, self._theirs = Levels(), Levels()
        self._tail = np.zeros((2, 0))
        bins = _WINDOW // 2 + 1
        self._cross, self._own = np.zeros(bins, dtype=np.complex128), np.zeros(bins)
        self._windows = 0
        self._taper = np.hanning(_WINDOW)

    def hear(self, trainee: Samples, caller: Samples) -> None:
        """The next samples of both channels at 16 kHz, equally many, in blocks of any size."""
        self._ours.hear(trainee)
        self._theirs.hear(caller)
        fresh = np.stack([trainee, caller]) / 32768
        self._tail = np.concatenate([self._tail, fresh], axis=1)
        while self._tail.shape[1] >= _WINDOW + _samples(LONGEST_DELAY_MS):
            self._window(self._tail[0, : _WINDOW + _samples(LONGEST_DELAY_MS)], self._tail[1, :_WINDOW])
            self._tail = self._tail[:, _HOP:]

    def _window(self, ours: _Floats, theirs: _Floats) -> None:
        if np.sqrt(np.mean(theirs**2)) < _CALLER_SPEAKS:
            return
        # The microphone's energy until the last of the window has arrived: a window whose echo is still on its way
        # would look quiet, and would weigh most.
        weight = 1 / (np.mean(ours**2) + _LEAST**2)
        mic, voice = np.fft.rfft(ours[:_WINDOW] * self._taper), np.fft.rfft(theirs * self._taper)
        self._cross += weight * np.conj(voice) * mic
        self._own += weight * np.abs(voice) ** 2
        self._windows += 1

    def leak(self) -> Leak | None:
        """What was found so far; None where the caller has spoken too little (about three seconds) to know."""
        if self._windows < _ENOUGH_WINDOWS:
            return None
        path = np.fft.irfft(self._cross / np.sqrt(self._own + self._own.max() * 1e-9))
        energy = (path / _shrinkage()) ** 2
        chance = energy[_ms_range(*_CHANCE_MS)]
        arrivals = energy[_ms_range(0, LONGEST_DELAY_MS)]
        first = int(np.argmax(arrivals))
        if arrivals[first] <= _CLEAR**2 * chance.max():
            return Leak(self._db(chance.mean() * _samples(_RISE_MS + _RING_MS)), None)
        around = energy[np.arange(first - _samples(_RISE_MS), first + _samples(_RING_MS))]
        return Leak(self._db(around.sum() - chance.mean() * len(around)), first * 1000 // RATE_HZ)

    def leaked(self) -> list[Span]:
        """Where the trainee's channel holds no more than the caller leaking into it; nowhere if no leak was found."""
        leak = self.leak()
        return [] if leak is None or leak.delay_ms is None else leaked(self._ours, self._theirs, leak.delay_ms)

    def _db(self, energy: float) -> float:
        """A path's energy (in units of `irfft` of the whitened cross-spectrum) against the caller's, by Parseval."""
        caller = (self._own[0] + 2 * self._own[1:-1].sum() + self._own[-1]) / _WINDOW
        return max(_FLOOR_DB, 10 * float(np.log10(max(energy, 1e-30) / caller)))


def _samples(ms: Ms) -> int:
    return ms * RATE_HZ // 1000


def _ms_range(first_ms: Ms, last_ms: Ms) -> npt.NDArray[np.int64]:
    """Indices of delays, negative ones counted from the end."""
    return np.arange(_samples(first_ms), _samples(last_ms))


def _shrinkage() -> _Floats:
    """How much a tapered window shows of a path with each delay: the taper's overlap with itself, moved."""
    taper = np.hanning(_WINDOW)
    spectrum = np.abs(np.fft.rfft(taper, 2 * _WINDOW)) ** 2
    overlap = np.fft.irfft(spectrum)[:_WINDOW]
    half = overlap[: _WINDOW // 2] / overlap[0]
    both: _Floats = np.maximum(np.concatenate([half, half[::-1]]), 1e-3)
    return both
