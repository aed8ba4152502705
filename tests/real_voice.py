"""The real voice engine, and lines to say: fixtures, which a test file imports by their functions' names."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from callsim.devices import pyttsx3_voice
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, platform_driver
from callsim.phone import Clip
from callsim.voice import read_voice, voice_files

VOICES = {name: read_voice(path) for name, path in voice_files(Path(__file__).parents[1] / "voices").items()}
VOICE = next(iter(VOICES.values()))
CALM = VOICE.delivery(0, platform_driver())
LINES = (
    "I ordered this parcel two weeks ago, and nobody can tell me where it is.",
    "Hello? Are you still there?",
    "I have called three times already, and every time I get a different answer.",
    "Well, thank you. I'm sorry that I shouted at you.",
)
espeak_only = pytest.mark.skipif(platform_driver() != "espeak", reason="only espeak-ng promises the same bytes")


def digest(clip: Clip) -> str:
    """The clip's bytes, short."""
    return sha256(clip.samples.tobytes()).hexdigest()


@pytest.fixture(name="engine")
def real_engine() -> Pyttsx3Synthesiser:
    """The real engine of this platform."""
    return Pyttsx3Synthesiser()


@pytest.fixture(name="worker")
def another_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replaces the worker by a module with the given body; `worker` is the real one, `here` a folder."""

    def replace_by(body: str) -> None:
        (tmp_path / "other_worker.py").write_text(
            "import json, pathlib, sys, time, wave\n"
            "from callsim.devices import pyttsx3_worker as worker\n"
            f"here = pathlib.Path(__file__).parent\n{body}\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(pyttsx3_voice, "WORKER", "other_worker")

    return replace_by
