"""Folders of short calls: simulated ones, which need no recogniser, and recordings, which do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Thread

import numpy as np
import soundfile
from made_session import ABOUT, noise
from scenes import Scene, good_call, rude_call
from spoken import SORRY, sentence, silence

from callsim.catalogue import find_script
from callsim.sessions.folder import SessionWriter


def put_session(folder: Path, scene: Scene | None = None, **about: object) -> Path:
    """A session of the parcel script, in which happened what the scene says."""
    script = find_script("parcel").read_bytes()
    writer = SessionWriter.create(folder, ABOUT.model_copy(update={"script": "parcel", **about}), script)
    writer.sound(*noise(2))
    for event in (scene or good_call()).events():
        writer.event(event)
    writer.close()
    return folder


def put_sessions(folder: Path, count: int) -> list[Path]:
    """So many sessions, good and bad by turns, in the order of their names."""
    return [put_session(folder / f"call-{n:02}", (good_call, rude_call)[n % 2]()) for n in range(count)]


@cache
def _said(text: str) -> np.ndarray:
    ours = np.concatenate([silence(300), sentence(text), silence(1_200), sentence(), silence(400)])
    theirs = np.concatenate([silence(1_500), sentence("Where is my parcel?")])
    return np.column_stack([ours, np.pad(theirs, (0, max(0, len(ours) - len(theirs))))[: len(ours)]])


def put_recording(file: Path, text: str = SORRY) -> Path:
    """A recording of some seconds: left the trainee, right the caller."""
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, _said(text), 16_000)
    return file


@contextmanager
def killing(folder: Path, victim: Callable[[], int]) -> Iterator[None]:
    """Kills a process, which `victim` chooses, as soon as the first scorecard lies below the folder."""

    def kill() -> None:
        while not cards(folder):
            time.sleep(0.005)
        os.kill(victim(), signal.SIGKILL)
        killed.append(True)

    killed: list[bool] = []
    killer = Thread(target=kill, daemon=True)
    killer.start()
    yield
    killer.join(timeout=10)
    assert killed, "nobody was killed"


def cards(folder: Path) -> dict[str, bytes]:
    """Every scorecard below a folder, by its place."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*scorecard.json")}
