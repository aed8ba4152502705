"""Different people out of one network's voice: its five branches and its pitch are bent before they become sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callsim.phone import Delivery, Person

Floats = npt.NDArray[np.float32]

RATE_HZ = 24_000
FRAMES_A_SECOND = 80
# The network's own voice lies here; the range is widened and narrowed around it.
_CENTRE_HZ = 190.0
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 480.0
_VOICED_HZ = 40.0
# Hot anger raises pitch by three to five semitones (Banse & Scherer 1996): 14 of 100 are three and a half here.
_SEMITONES_EACH = 0.25
_TREMOR_HZ, _MOST_TREMOR = 5.5, 0.05
# Loud voices lose less towards high frequencies: up to 3 dB an octave between soft and shouted speech.
_EFFORT_DB_AN_OCTAVE = 3.0
_TILT_ABOUT_HZ, _TILT_FROM_HZ, _TILT_TO_HZ = 1000.0, 250.0, 6000.0
_BREATH_FROM_HZ = 1500.0
_NEPERS_A_DB = np.log(10) / 20


@dataclass(frozen=True, eq=False, slots=True)
class Branches:
    """What the network says of a sentence, each [bins, frames] but `f0` [frames] in Hz, 0 where there is no voice.

    `lh` and `th`: log magnitude and phase of the harmonics, `ln`: log magnitude of the noise, `lr` and `phi`: log
    magnitude and phase of the rest.
    """

    lh: Floats
    th: Floats
    ln: Floats
    lr: Floats
    phi: Floats
    f0: Floats


def stretched(branches: Branches, pace: float) -> Branches:
    """The same sentence `pace` times as fast; phases of the rest and edges of the voice are taken over, not mixed."""
    frames = len(branches.f0)
    at = np.minimum(np.arange(round(frames / pace)) * pace, frames - 1)
    below, nearest = np.minimum(at.astype(int), frames - 2), at.round().astype(int)
    share = (at - below).astype(np.float32)
    lh, th, ln, lr = (
        branch[:, below] * (1 - share) + branch[:, below + 1] * share
        for branch in (branches.lh, branches.th, branches.ln, branches.lr)
    )
    return Branches(lh, th, ln, lr, branches.phi[:, nearest], branches.f0[nearest])


def spoken_by(branches: Branches, person: Person, delivery: Delivery) -> Branches:
    """The same sentence by that person, in that mood."""
    heard = (_envelope(branches.lh, branches.f0), branches.th, branches.ln, branches.lr, branches.phi)
    lh, th, ln, lr, phi = (_warped(branch, person.warp) for branch in heard)
    tilt = _tilt(len(lh), person.tilt_db + (delivery.effort - 50) / 50 * _EFFORT_DB_AN_OCTAVE)
    ln = np.logaddexp(ln, lh + _breath(len(lh), person.breath))
    return Branches(lh + tilt, th, ln + tilt, lr + tilt, phi, _pitch(branches.f0, person, delivery))


def _envelope(lh: Floats, f0: Floats) -> Floats:
    """The harmonics' magnitudes between the harmonics as well, where the network never had to say anything of use."""
    spacing = np.where(f0 > _VOICED_HZ, f0, RATE_HZ) / (RATE_HZ / 2) * (len(lh) - 1)
    number = np.arange(len(lh))[:, None] / spacing
    below = np.maximum(np.floor(number), 1)
    share = np.clip(number - below, 0, 1)
    frames = np.arange(len(f0))
    at = [np.minimum(np.rint(one * spacing), len(lh) - 1).astype(int) for one in (below, below + 1)]
    between = lh[at[0], frames] * (1 - share) + lh[at[1], frames] * share
    return np.where(f0 > _VOICED_HZ, between, lh).astype(np.float32)


def _warped(branch: Floats, warp: float) -> Floats:
    """The branch with everything at `warp` times its frequency; what would come from above the top is the top."""
    at = np.minimum(np.arange(len(branch)) / warp, len(branch) - 1)
    below = np.minimum(at.astype(int), len(branch) - 2)
    share = (at - below).astype(np.float32)[:, None]
    bent: Floats = branch[below] * (1 - share) + branch[below + 1] * share
    return bent


def _hz(bins: int) -> npt.NDArray[np.float64]:
    return np.linspace(0, RATE_HZ / 2, bins)


def _tilt(bins: int, db_an_octave: float) -> Floats:
    octaves: npt.NDArray[np.float64] = np.log2(np.clip(_hz(bins), _TILT_FROM_HZ, _TILT_TO_HZ) / _TILT_ABOUT_HZ)
    tilt: Floats = (octaves * db_an_octave * _NEPERS_A_DB).astype(np.float32)[:, None]
    return tilt


def _breath(bins: int, breath: float) -> Floats:
    """How far below the harmonics breath is heard, as a log magnitude: most in the highs, next to nothing below."""
    rising = np.clip(_hz(bins) / _BREATH_FROM_HZ, 1e-3, 1) ** 2
    nepers: npt.NDArray[np.float64] = np.log(np.maximum(breath * rising, 1e-6))
    return nepers.astype(np.float32)[:, None]


def _pitch(f0: Floats, person: Person, delivery: Delivery) -> Floats:
    voiced = f0 > _VOICED_HZ
    middle = _CENTRE_HZ * person.pitch_scale * 2 ** ((delivery.pitch - 50) * _SEMITONES_EACH / 12)
    spread = 2 ** ((delivery.liveliness - 50) / 60)
    moved = middle * (np.where(voiced, f0, _CENTRE_HZ) / _CENTRE_HZ) ** spread * _tremor(len(f0), delivery.tremor)
    return np.where(voiced, np.clip(moved, _LOWEST_HZ, _HIGHEST_HZ), 0).astype(np.float32)


def _tremor(frames: int, tremor: int) -> npt.NDArray[np.float64]:
    """A voice shakes 4 to 8 times a second, not quite evenly."""
    at = np.arange(frames) / FRAMES_A_SECOND
    shake = np.sin(2 * np.pi * _TREMOR_HZ * at + 1.3 * np.sin(2 * np.pi * 0.9 * at))
    return 1 + shake * _MOST_TREMOR * tremor / 100
