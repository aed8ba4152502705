"""A call's sound as Ogg/Opus: a quarter of the FLAC, and what every present browser plays and seeks in.

Always Opus: libsndfile crashes on a whole call of Ogg Vorbis, and a variable-rate MP3 seeks up to a second wrong. Five
minutes take 1 MB, and packing takes a fortieth of a call's own time.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

import soundfile

from callsim.errors import DiskError, SessionError
from callsim.sessions.disk import replacing
from callsim.sessions.folder import Session

SMALL_SOUND = "call.opus"
# How far libsndfile compresses, 0 to 1; this much gives 25 kbit/s for two voices (0.94: 40 kbit/s in half the time).
_COMPRESSION = 0.967
# A browser asks for a sound several times at once.
_PACKING = Lock()


def opus_of(session: Session) -> Path:
    """The session's sound as Ogg/Opus beside the original, made on first demand; left the trainee, right the caller.

    Made anew where it is older than the sound, as where somebody has asked while the call went on. Two who ask at once
    both get a whole file. Raises SessionError where the sound cannot be read, DiskError where the file cannot be
    written.
    """
    opus = session.folder / SMALL_SOUND
    if not _is_of(session.sound, opus):
        with _PACKING:
            if not _is_of(session.sound, opus):
                # Of the sound as it was before it was read: what is written meanwhile is not in it.
                age_ns = session.sound.stat().st_mtime_ns
                pack_opus(session.sound, opus)
                os.utime(opus, ns=(age_ns, age_ns))
    return opus


def _is_of(sound: Path, opus: Path) -> bool:
    try:
        return opus.stat().st_mtime_ns >= sound.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def pack_opus(sound: Path, opus: Path) -> None:
    """Write a sound file again as Ogg/Opus, in constant memory, and put it in its place in one step.

    Opus knows rates of 8, 12, 16, 24 and 48 kHz. Raises SessionError where the sound cannot be read or has another
    rate, DiskError where the file cannot be written.
    """
    try:
        with soundfile.SoundFile(sound) as source:
            _write(source, opus)
    except soundfile.SoundFileError:
        raise SessionError(f"{sound} cannot be packed as Opus: check that it is whole, and of 8 to 48 kHz") from None


def _write(source: soundfile.SoundFile, opus: Path) -> None:
    """Second by second, which is how libsndfile's Opus writer is known to work."""
    try:
        with (
            replacing(opus) as part,
            soundfile.SoundFile(
                part,
                "w",
                source.samplerate,
                source.channels,
                "OPUS",
                format="OGG",
                compression_level=_COMPRESSION,
            ) as target,
        ):
            for block in source.blocks(source.samplerate, dtype="float32", always_2d=True):
                target.write(block)
    except soundfile.SoundFileError:
        if source.samplerate not in (8_000, 12_000, 16_000, 24_000, 48_000):
            raise
        raise DiskError(f"{opus} cannot be written: free some space there") from None
