"""How loud and how high a voice is, from its samples. Pure numpy, streaming, 1 MB an hour.

Pitch by autocorrelation, the window's own divided out (Boersma 1993, "Accurate short-term analysis of the fundamental
frequency"), without Praat's path search; the median over a stretch forgives what that would have mended.
`tests/test_scoring_tone.py` holds it against Praat where that is installed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callsim.phone import Samples
from callsim.timeline import RATE_HZ, Ms, Span

_HOP = 320
_HOP_MS: Ms = 20
# Three periods of the lowest pitch.
_WINDOW = 640
_FFT = 2048
_LOWEST_HZ, _HIGHEST_HZ = 75, 400
# A frame has a pitch where its sound repeats to this degree (Praat's voicing threshold).
_PERIODIC = 0.45
# Shorter periods are preferred by this much an octave (Praat's octave cost), so that twice the period does not win.
_OCTAVE_COST = 0.03
# What is this far under the loudest of a stretch is no voice (its own pauses), and a pitch takes this many frames.
_UNDER_DB = 25.0
_LEAST_FRAMES = 10
_FLOOR = 1e-10

_Floats = npt.NDArray[np.float64]
_Kept = npt.NDArray[np.float32]

_TAPER = np.hanning(_WINDOW)
_OWN = np.fft.irfft(np.abs(np.fft.rfft(_TAPER, _FFT)) ** 2)
_LAGS = np.arange(RATE_HZ // _HIGHEST_HZ, RATE_HZ // _LOWEST_HZ + 1)
_COST = _OCTAVE_COST * np.log2(_LAGS * _LOWEST_HZ / RATE_HZ)
_NONE = np.zeros((0, 2), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Tone:
    """The mean level of a stretch's voice in dB of full scale, and its median pitch (None: too little with a pitch)."""

    level_dbfs: float
    pitch_hz: float | None


class ToneMeter:
    """Hears one channel, in blocks of any size, and tells the tone of any stretch of it afterwards."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._kept: list[_Kept] = []

    def hear(self, sound: Samples) -> None:
        """The next samples."""
        self._rest = np.concatenate((self._rest, sound))
        many = (len(self._rest) - _WINDOW) // _HOP + 1
        if many > 0:
            frames = np.lib.stride_tricks.sliding_window_view(self._rest, _WINDOW)[::_HOP][:many] / 32_768
            self._kept.append(np.stack([np.mean(frames**2, axis=1), _pitches(frames)], axis=1).astype(np.float32))
            self._rest = self._rest[many * _HOP :]

    def tones(self, spans: tuple[Span, ...]) -> tuple[Tone | None, ...]:
        """The tone of each stretch; None where a stretch holds nothing but silence."""
        kept = np.concatenate([_NONE, *self._kept]).astype(np.float64)
        return tuple(_tone(kept[span.start_ms // _HOP_MS : span.end_ms // _HOP_MS]) for span in spans)


def _tone(frames: _Floats) -> Tone | None:
    power = frames[:, 0]
    if not len(power) or power.max() <= _FLOOR:
        return None
    voice = frames[power > power.max() * 10 ** (-_UNDER_DB / 10)]
    pitched = voice[voice[:, 1] > 0, 1]
    pitch_hz = float(np.median(pitched)) if len(pitched) >= _LEAST_FRAMES else None
    return Tone(10 * float(np.log10(voice[:, 0].mean())), pitch_hz)


def _pitches(frames: _Floats) -> _Floats:
    """The pitch of each frame in Hz; 0 where it has none."""
    centred = (frames - frames.mean(axis=1, keepdims=True)) * _TAPER
    power = np.abs(np.fft.rfft(centred, _FFT, axis=1)) ** 2
    alike = np.fft.irfft(power, axis=1)
    alike = alike / np.maximum(alike[:, :1], _FLOOR) / (_OWN / _OWN[0] + _FLOOR)
    near = alike[:, _LAGS[0] - 1 : _LAGS[-1] + 2]
    is_peak = (near[:, 1:-1] >= near[:, :-2]) & (near[:, 1:-1] >= near[:, 2:])
    best = np.argmax(np.where(is_peak, near[:, 1:-1] - _COST, -1.0), axis=1)
    rows = np.arange(len(frames))
    before, at, after = near[rows, best], near[rows, best + 1], near[rows, best + 2]
    bend = before - 2 * at + after
    lag = _LAGS[best] + np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1), 0)
    periodic = is_peak[rows, best] & (at > _PERIODIC)
    pitches: _Floats = np.where(periodic, RATE_HZ / lag, 0.0)
    return pitches
