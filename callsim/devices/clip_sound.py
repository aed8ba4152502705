"""From what a speech engine made to a clip: mono, 16 kHz, edges trimmed, through the line, loudness set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr

from callsim.devices.telephone_line import BAND_HZ, Sound, telephone_band, with_line_noise
from callsim.errors import VoiceEngineError
from callsim.phone import Clip, Delivery, Samples
from callsim.timeline import RATE_HZ

SOUND_VERSION = 3
"""Raise it when the same engine's sound would become another clip: cached clips then no longer count."""

_FRAME_SAMPLES = RATE_HZ // 50
_EDGE_SAMPLES = RATE_HZ // 200
# ITU-T P.56: speech is active where it is less than 15.9 dB below its own active level.
_ACTIVE_MARGIN_DB = 15.9
# Weak fricatives at the edges of a line lie up to 40 dB below its level; engines are silent to 80 dB and more.
_EDGE_BELOW_DB = 50.0
_SILENT_DBFS = -60.0
_TILT_ABOUT_HZ = 1000.0
_PEAK_DBFS = -1.0
_REMEDY = ": try another voice, or run `callsim check`"


def clip_from_file(path: Path, delivery: Delivery, tilt_db: float = 0.0) -> Clip:
    """The spoken line in a sound file (its content tells the format, not its name) as a clip of the delivery's level.

    `tilt_db` an octave, within the telephone's band, makes a dull engine brighter (below 0: a sharp one duller). Raises
    VoiceEngineError where the file is broken, empty or silent.
    """
    try:
        sound, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    except (soundfile.LibsndfileError, OSError):
        raise VoiceEngineError(f"The speech engine left no readable sound file{_REMEDY}") from None
    if not sound.size:
        raise VoiceEngineError(f"The speech engine wrote an empty sound file{_REMEDY}")
    return clip_from(_tilted(sound.mean(axis=1), rate_hz, tilt_db), rate_hz, delivery)


def _tilted(sound: Sound, rate_hz: int, db_an_octave: float) -> Sound:
    if not db_an_octave:
        return sound
    hz = np.fft.rfftfreq(2 * len(sound), 1 / rate_hz)
    gain = 10 ** (db_an_octave * np.log2(np.clip(hz, *BAND_HZ) / _TILT_ABOUT_HZ) / 20)
    tilted: Sound = np.fft.irfft(np.fft.rfft(sound, 2 * len(sound)) * gain)[: len(sound)]
    return tilted


def clip_from(sound: Sound, rate_hz: int, delivery: Delivery) -> Clip:
    """The spoken line as a clip of the delivery's level, as it sounds through the delivery's line.

    The level is lowered where a peak would pass -1 dBFS: speech is never clipped or squeezed. Raises VoiceEngineError
    where it is silent.
    """
    # In double precision, so that another processor's rounding stays far below the last bit that is kept.
    sound = _trimmed(soxr.resample(sound, rate_hz, RATE_HZ, quality="VHQ"))
    if delivery.line == "clear":
        return Clip(_int16(_levelled(sound, delivery.level_dbfs)))
    return Clip(_int16(with_line_noise(_levelled(telephone_band(sound), delivery.level_dbfs))))


def speech_level_dbfs(samples: Samples) -> float:
    """The RMS of the active 20 ms frames, in dB of full scale (0 = a full-scale square wave); -inf for silence.

    Active as in ITU-T P.56, found by repetition: above what lies 15.9 dB below the level of the active frames.
    """
    return _level_db(samples / 32768.0)


def _level_db(sound: Sound) -> float:
    whole = sound[: len(sound) // _FRAME_SAMPLES * _FRAME_SAMPLES] if len(sound) >= _FRAME_SAMPLES else sound
    powers = np.square(whole).reshape(-1, min(_FRAME_SAMPLES, len(whole))).mean(axis=1) if len(whole) else np.zeros(1)
    active = powers
    while True:
        threshold = active.mean() * 10 ** (-_ACTIVE_MARGIN_DB / 10)
        louder = powers[powers >= threshold]
        if len(louder) == len(active):
            return _db(float(active.mean()))
        active = louder


def _db(power: float) -> float:
    return 10 * float(np.log10(power)) if power > 0 else float("-inf")


def _trimmed(sound: Sound) -> Sound:
    """Without its silent edges, but for 5 ms at each end."""
    level_db = _level_db(sound)
    if level_db < _SILENT_DBFS:
        raise VoiceEngineError(f"The speech engine wrote a silent sound file{_REMEDY}")
    frames = np.pad(sound, (0, -len(sound) % _EDGE_SAMPLES)).reshape(-1, _EDGE_SAMPLES)
    voiced = np.flatnonzero(np.square(frames).mean(axis=1) > 10 ** ((level_db - _EDGE_BELOW_DB) / 10))
    return sound[max(voiced[0] - 1, 0) * _EDGE_SAMPLES : (voiced[-1] + 2) * _EDGE_SAMPLES]


def _levelled(sound: Sound, level_dbfs: float) -> Sound:
    gain = 10 ** ((level_dbfs - _level_db(sound)) / 20)
    most = 10 ** (_PEAK_DBFS / 20) / float(np.abs(sound).max())
    # Rounded, so that the order in which a processor sums cannot reach the samples.
    return sound * round(min(gain, most), 6)


def _int16(sound: Sound) -> Samples:
    return np.rint(sound * 32768).astype(np.int16)
