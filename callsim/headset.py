"""Is this headset fit for a call? From what was measured to plain verdicts. Pure.

Sound comes as 16 kHz int16. Levels are root mean squares in dB below full scale (dBFS).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from callsim.phone import Samples
from callsim.timeline import Ms

# A caller louder than this in the trainee's microphone starts to be taken for the trainee; where it cannot be told
# apart at all, the score says "not measured" (rubric: leak_limit_db).
LEAK_LIMIT_DB = -30.0
# Rooms of offices lie around -55 to -45 dBFS in a headset; above this, pauses are no longer silent.
NOISE_LIMIT_DBFS = -40.0
# Speech should stand this far above the room for voice activity and words to be sure.
LEAST_OVER_NOISE_DB = 12.0
TOO_QUIET_DBFS = -42.0
TOO_LOUD_DBFS = -9.0
# More samples than this at full scale can be heard as crackling.
CLIPPING_LIMIT = 0.0005
LATE_MS: Ms = 250
# Resampling leaves digital silence at half a step of 16 bits, -97 dBFS; an open microphone has more noise of its own.
NO_SOUND_DBFS = -90.0
_FULL_SCALE = 32_760
_SILENT_DBFS = -120.0


@dataclass(frozen=True, slots=True)
class HeadsetTest:
    """What was measured; None where it could not be.

    `leak_db` is the caller's level in the microphone against what was played, `round_trip_ms` from playing to hearing
    it back (known only where enough of it leaks), `voice_dbfs` and `clipped` (a share) are of the trainee's sentence.
    """

    noise_dbfs: float
    leak_db: float | None
    round_trip_ms: Ms | None
    voice_dbfs: float | None
    clipped: float
    latency_ms: Ms
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing about the headset: fit or not, and what to change."""

    fit: bool
    says: str


def level_dbfs(samples: Samples) -> float:
    """The root mean square of the samples in dBFS; -120 for digital silence."""
    if not len(samples):
        return _SILENT_DBFS
    mean_square = float(np.mean((samples / 32768.0) ** 2))
    return 10 * np.log10(mean_square) if mean_square > 1e-12 else _SILENT_DBFS


def clipped_share(samples: Samples) -> float:
    """Which share of the samples stands at full scale."""
    return float(np.mean(np.abs(samples.astype(np.int32)) >= _FULL_SCALE)) if len(samples) else 0.0


def verdicts(test: HeadsetTest) -> list[Verdict]:
    """What to tell the trainee, worst first in each subject; all of them `fit` means: take the call."""
    return [
        _microphone(test),
        _leak(test.leak_db),
        _room(test.noise_dbfs),
        *_voice(test),
        *(Verdict(False, warning) for warning in test.warnings),
        _delay(test),
    ]


def _microphone(test: HeadsetTest) -> Verdict:
    if test.noise_dbfs <= NO_SOUND_DBFS and test.voice_dbfs is None:
        return Verdict(False, "The microphone gives no sound at all: switch it on, or allow callsim to use it")
    return Verdict(True, "The microphone works")


def _leak(leak_db: float | None) -> Verdict:
    if leak_db is None:
        return Verdict(True, "How much of the caller gets into the microphone could not be measured")
    if leak_db > LEAK_LIMIT_DB:
        return Verdict(
            False,
            f"The caller can be heard in your microphone ({leak_db:.0f} dB): use a headset, turn it down, or move the "
            "microphone away from the speaker; the louder it is, the less can be scored",
        )
    return Verdict(True, f"The caller stays out of your microphone ({leak_db:.0f} dB)")


def _room(noise_dbfs: float) -> Verdict:
    if noise_dbfs > NOISE_LIMIT_DBFS:
        return Verdict(
            False, f"Your room is loud ({noise_dbfs:.0f} dBFS): find a quieter place or lower the microphone"
        )
    return Verdict(True, f"Your room is quiet enough ({noise_dbfs:.0f} dBFS)")


def _voice(test: HeadsetTest) -> list[Verdict]:
    if test.voice_dbfs is None:
        return [Verdict(False, "Your voice was not heard: speak up, or choose another microphone")]
    found: list[Verdict] = []
    if test.clipped > CLIPPING_LIMIT or test.voice_dbfs > TOO_LOUD_DBFS:
        found.append(Verdict(False, "Your voice is too loud and crackles: lower the microphone's gain"))
    if test.voice_dbfs < TOO_QUIET_DBFS:
        found.append(Verdict(False, f"Your voice is too quiet ({test.voice_dbfs:.0f} dBFS): raise its gain"))
    elif test.voice_dbfs - test.noise_dbfs < LEAST_OVER_NOISE_DB:
        found.append(Verdict(False, "Your voice hardly stands out from the room: bring the microphone closer"))
    return found or [Verdict(True, f"Your voice is clear ({test.voice_dbfs:.0f} dBFS)")]


def _delay(test: HeadsetTest) -> Verdict:
    delay_ms = test.latency_ms if test.round_trip_ms is None else test.round_trip_ms
    how = "as the system says" if test.round_trip_ms is None else "measured"
    if delay_ms > LATE_MS:
        return Verdict(False, f"The sound is late ({delay_ms} ms there and back, {how}): use a cable, not Bluetooth")
    return Verdict(True, f"The sound comes in time ({delay_ms} ms there and back, {how})")
