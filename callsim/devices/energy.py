"""Voice activity by loudness alone: the fall-back where Silero's library does not run. It takes any sound for voice.

Good on a headset in a quiet room, where it finds what Silero finds; music, typing and other people are voice to it. A
scorecard that rests on it says so (`evidence.activity` is "energy").
"""

from __future__ import annotations

from collections import deque

import numpy as np

from callsim.phone import Samples
from callsim.timeline import RATE_HZ, sample_at

ENERGY = "energy"
# The noise is the softest 32 ms of the last five seconds: nobody talks longer than that without a pause.
_NOISE_FRAMES = 5_000 // 32
# Voice lies this much above the noise (a sure no, a sure yes), and above what a line without anybody on it carries.
_ABOVE_DB = (9.0, 15.0)
_LEAST_DBFS = -58.0
_SPEECH_HZ = (200, 3_800)


class EnergyActivity:
    """`phone.VoiceActivity` on frames of 512 samples (32 ms): how far the speech band stands above its noise."""

    frame_samples: int = sample_at(32)

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_NOISE_FRAMES)
        hz = np.fft.rfftfreq(self.frame_samples, 1 / RATE_HZ)
        self._in_band = (hz >= _SPEECH_HZ[0]) & (hz <= _SPEECH_HZ[1])

    def speech_chance(self, frame: Samples) -> float:
        """0 to 1 for the next 512 samples."""
        power = np.abs(np.fft.rfft(frame / 32_768)) ** 2
        level = 10 * float(np.log10(2 * power[self._in_band].sum() / self.frame_samples**2 + 1e-12))
        # A stream begins in silence, or nobody could be heard before the first pause.
        noise = max(min(self._levels, default=_LEAST_DBFS), _LEAST_DBFS - _ABOVE_DB[0])
        self._levels.append(level)
        low, high = _ABOVE_DB
        return min(max((level - noise - low) / (high - low), 0.0), 1.0)
