"""How loud each side of a call is, moment by moment: what a waveform is drawn from. Reads the sound in a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from callsim.errors import SessionError
from callsim.timeline import Ms, ms_at

LOUDEST = 31
_BLOCK_FRAMES = 1 << 16
# So many steps at most, however long the call is: a 30-minute one gets ten a second, which is still one a pixel when
# two minutes of it fill a page, and with LOUDEST levels about 8 KB for both sides as served.
_STEPS = 18_000
_LEAST_STEP_MS: Ms = 20
# A side that is never louder than this (-30 dB) is drawn as quiet as it is; every other one fills its lane.
_QUIET_PEAK = 1_000
# Below 1, so that quiet words are seen beside loud ones.
_CURVE = 0.7

Levels = tuple[int, ...]
_Peaks = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Peaks:
    """The loudest sample of each step of `step_ms`, 0 to LOUDEST, for both sides; both are of one length."""

    length_ms: Ms
    step_ms: Ms
    trainee: Levels
    caller: Levels


def peaks_of(sound: Path) -> Peaks:
    """The peaks of a session's sound (left the trainee, right the caller), in constant memory.

    Raises SessionError where it cannot be read.
    """
    try:
        with soundfile.SoundFile(sound) as file:
            length_ms = ms_at(file.frames, file.samplerate)
            step_ms = _step_ms(length_ms)
            both: _Peaks = np.zeros((-(-length_ms // step_ms) or 1, 2), dtype=np.int32)
            for first, loudest in _loudest(file, step_ms):
                here = both[first : first + len(loudest)]
                np.maximum(here, loudest[: len(here)], out=here)
    except soundfile.SoundFileError:
        raise SessionError(f"{sound} cannot be read: check that it is whole") from None
    return Peaks(length_ms, step_ms, _levels(both[:, 0]), _levels(both[:, 1]))


def _step_ms(length_ms: Ms) -> Ms:
    """The shortest whole multiple of 20 ms that makes no more than `_STEPS` of a call."""
    return max(1, -(-length_ms // (_STEPS * _LEAST_STEP_MS))) * _LEAST_STEP_MS


def _loudest(file: soundfile.SoundFile, step_ms: Ms) -> Iterator[tuple[int, _Peaks]]:
    """The number of a step, and the peaks of both channels from there on, as far as one block goes."""
    read = 0
    for block in file.blocks(_BLOCK_FRAMES, dtype="int16", always_2d=True):
        steps = np.arange(read, read + len(block), dtype=np.int64) * 1000 // (file.samplerate * step_ms)
        starts = np.flatnonzero(np.diff(steps, prepend=-1))
        yield int(steps[0]), np.maximum.reduceat(np.abs(block.astype(np.int32)), starts, axis=0)
        read += len(block)


def _levels(peaks: _Peaks) -> Levels:
    """Against the side's own loud moments, so that a quiet microphone is seen as well as a loud one."""
    loud = max(_QUIET_PEAK, float(np.percentile(peaks[peaks > 0], 99.5))) if peaks.any() else _QUIET_PEAK
    levels = np.rint(LOUDEST * np.minimum(1, peaks / loud) ** _CURVE).astype(int)
    return tuple(levels.tolist())
