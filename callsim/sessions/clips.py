"""A passage of a call as a file of its own, to be shared: both voices, left the trainee, right the caller."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import soundfile

from callsim.errors import DiskError, InputError, SessionError
from callsim.sessions.disk import replacing
from callsim.timeline import Ms

# What a file's name ends with, and what is put into it.
FORMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {".ogg": ("OGG", "OPUS"), ".opus": ("OGG", "OPUS"), ".flac": ("FLAC", "PCM_16"), ".wav": ("WAV", "PCM_16")}
)


def form_of(file: Path) -> tuple[str, str]:
    """The format and coding of a file by its name. Raises InputError where it is none of ours."""
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise InputError(f"{file.name} is no name for a clip: let it end with {', '.join(FORMS)}")
    return form


def cut(sound: Path, start_ms: Ms, end_ms: Ms, file: Path) -> None:
    """Write a passage of a sound into a file, in one step, in constant memory.

    Raises InputError for another kind of file, SessionError where the sound cannot be read, DiskError.
    """
    form, coding = form_of(file)
    try:
        source = soundfile.SoundFile(sound)
    except soundfile.SoundFileError:
        raise SessionError(f"{sound} cannot be read: check that it is whole") from None
    with source:
        first, last = (ms * source.samplerate // 1000 for ms in (start_ms, end_ms))
        source.seek(min(first, source.frames))
        try:
            with (
                replacing(file) as part,
                soundfile.SoundFile(part, "w", source.samplerate, source.channels, coding, format=form) as target,
            ):
                # Second by second, which is how libsndfile's Opus writer is known to work.
                for block in source.blocks(source.samplerate, frames=last - first, dtype="float32", always_2d=True):
                    target.write(block)
        except soundfile.SoundFileError:
            raise DiskError(f"{file} cannot be written: free some space there") from None
