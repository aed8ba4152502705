"""Whether Vosk can work with a model's folder, tried in a process of its own.

A damaged model does not only fail to load: Kaldi writes pages to standard error, breaks off the whole process at a
failed assertion, or crashes when the first sound is decoded. Run as a program, this module is that process.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

# The largest English model (1.8 GB) takes half a minute to load from a slow disk.
_LONGEST_S = 180
_RATE_HZ, _SOUND_SAMPLES = 16_000, 8_000


def works(folder: Path, cache: Path) -> bool:
    """Whether Vosk loads the model and decodes half a second with it; a success is remembered in `cache`.

    What was tried is not tried again, unless a file's size or time has changed.
    """
    mark = cache / "tried" / _fingerprint(folder)
    if mark.exists():
        return True
    program = [sys.executable, "-P", "-m", "callsim.devices.model_trial", str(folder)]
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(program, stdin=quiet, stdout=quiet, stderr=quiet, timeout=_LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode != 0:
        return False
    # Without a place for the mark it is tried each time.
    with suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    return True


def _fingerprint(folder: Path) -> str:
    """Stands for the folder's place and all its files with their sizes and times."""
    digest = hashlib.sha256(os.fsencode(folder.resolve()))
    for here, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        for file in (Path(here, name) for name in sorted(names)):
            with suppress(OSError):
                about = file.stat()
                digest.update(b"\0%b %d %d" % (os.fsencode(file), about.st_size, about.st_mtime_ns))
    return digest.hexdigest()


def _try(folder: str) -> None:
    import vosk  # noqa: PLC0415 - only in the process that may die of it

    recogniser = vosk.KaldiRecognizer(vosk.Model(model_path=folder), _RATE_HZ)
    recogniser.AcceptWaveform(_noise())
    recogniser.FinalResult()


def _noise() -> bytes:
    """The same noise each time, as 16-bit samples."""
    import numpy as np  # noqa: PLC0415 - as above

    return np.random.default_rng(1).normal(0, 2_000, _SOUND_SAMPLES).astype("<i2").tobytes()


if __name__ == "__main__":
    _try(sys.argv[1])
