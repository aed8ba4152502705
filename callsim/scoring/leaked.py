"""Which stretches of the trainee's channel are only the caller, leaking into the microphone. Pure numpy, streaming.

The level of each 20 ms of both channels in eight bands is kept (6 MB an hour). Where the path of the leak is known (see
`leak`), the caller's levels foretell what the microphone must show if nobody else speaks; what it shows beyond that is
the trainee.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, Span, bridged

_FRAME = 320
_FRAME_MS: Ms = 20
_BANDS_HZ = (100, 300, 500, 800, 1200, 1800, 2600, 3800, 7900)
_LEAST = 1e-12
_NO_FRAMES = np.zeros((0, len(_BANDS_HZ) - 1), dtype=np.float32)
# A frame in which a band of the caller is this far under its own loud level says nothing about the path.
_LOUD_PERCENTILE, _LOUD_ABOVE_DB = 95, -20.0
# The gain of a band: the ratio that four in ten frames stay under. Wherever the trainee speaks it is higher.
_GAIN_PERCENTILE = 40
# Trainee: this much above what leak and noise explain, on average over the bands and 60 ms.
_BEYOND_DB = 7.5
# A room rings on: this much of a frame is left in the next one.
_RINGING = 0.4
# Where leak alone is shorter than this it is left in the stretch: a soft moment of a trainee who goes on.
_SHORTEST_MS: Ms = 300
_LEAST_FORETOLD = 5
_BURST_MS: Ms = 120

_Floats = npt.NDArray[np.float64]
_Levels = npt.NDArray[np.float32]


def _into_bands() -> _Floats:
    bins_hz = np.fft.rfftfreq(_FRAME, 1 / RATE_HZ)
    edges = np.array(_BANDS_HZ)
    return ((bins_hz[:, None] >= edges[:-1]) & (bins_hz[:, None] < edges[1:])) / (_FRAME**2 / 2)


_INTO_BANDS = _into_bands()


class Levels:
    """The levels of one channel, frame by frame."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._frames: list[_Levels] = []

    def hear(self, sound: Samples) -> None:
        """The next samples, of any length."""
        self._rest = np.concatenate((self._rest, sound))
        whole = len(self._rest) - len(self._rest) % _FRAME
        if whole:
            frames = self._rest[:whole].reshape(-1, _FRAME) / 32_768
            power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ _INTO_BANDS
            self._frames.append(power.astype(np.float32))
            self._rest = self._rest[whole:]

    def levels(self) -> _Floats:
        """Power by frame and band."""
        return np.concatenate([_NO_FRAMES, *self._frames]).astype(np.float64)


def leaked(trainee: Levels, caller: Levels, delay_ms: Ms) -> list[Span]:
    """Where the trainee's channel holds no more than the caller, `delay_ms` late, and its own noise.

    From where the trainee was last heard to where the trainee is heard next: the last soft sounds of the caller are
    lost in the noise, and belong to nobody else.
    """
    ours, theirs = trainee.levels(), _arriving(caller.levels(), delay_ms // _FRAME_MS)
    noise = np.percentile(ours, 10, axis=0) + _LEAST
    expected = theirs * _gains(ours, theirs, noise)
    beyond = 10 * np.log10((ours + _LEAST) / (expected + noise)).mean(axis=1)
    smooth = np.convolve(np.pad(beyond, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    foretold = np.asarray((expected > noise).any(axis=1))
    quiet = (Span(index * _FRAME_MS, (index + 1) * _FRAME_MS) for index in np.flatnonzero(smooth < _BEYOND_DB).tolist())
    only = [span for span in bridged(quiet, 0) if span.duration_ms >= _SHORTEST_MS and _leaks_in(span, foretold)]
    # A hole that is too short for speech is no more of the trainee's.
    return bridged(only, _BURST_MS)


def _leaks_in(span: Span, foretold: npt.NDArray[np.bool_]) -> bool:
    """Whether the caller should be heard in it; otherwise it is mere silence, and no business of the leak."""
    return int(foretold[span.start_ms // _FRAME_MS : span.end_ms // _FRAME_MS].sum()) >= _LEAST_FORETOLD


def _arriving(levels: _Floats, late: int) -> _Floats:
    """The caller's levels when they arrive: later by a number of frames, one on either side, and ringing on."""
    padded = np.pad(levels, ((late + 1, 1), (0, 0)))[: len(levels) + 2]
    arriving: _Floats = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    for frame in range(1, len(arriving)):
        np.maximum(arriving[frame], arriving[frame - 1] * _RINGING, out=arriving[frame])
    return arriving


def _gains(ours: _Floats, theirs: _Floats, noise: _Floats) -> _Floats:
    """What of each band of the caller arrives."""
    loud = theirs > np.percentile(theirs, _LOUD_PERCENTILE, axis=0) * 10 ** (_LOUD_ABOVE_DB / 10) + _LEAST
    gains = np.zeros(ours.shape[1])
    for band in range(len(gains)):
        heard = loud[:, band]
        if heard.any():
            above = np.maximum(ours[heard, band] - noise[band], 0) / theirs[heard, band]
            gains[band] = np.percentile(above, _GAIN_PERCENTILE)
    return gains
