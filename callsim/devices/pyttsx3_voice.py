"""The caller's voice through pyttsx3, which speaks in a process of its own (see pyttsx3_worker)."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from callsim.devices.clip_sound import SOUND_VERSION, clip_from_file
from callsim.devices.espeak_library import load_espeak
from callsim.devices.sayable import sayable
from callsim.errors import VoiceEngineError
from callsim.phone import Clip, Delivery

WORKER = "callsim.devices.pyttsx3_worker"
_DRIVERS: dict[str, Literal["nsss", "sapi5"]] = {"darwin": "nsss", "win32": "sapi5"}
_ATTEMPTS = 2
# espeak-ng is dull where a telephone passes most: brighter by this much an octave, Vosk small heard 25 % of the words
# of 40 lines wrong through the line, as it comes 32 % (en-us+m3, read by one recogniser; with 7 dB 27 %).
_TILT_DB = 5.0
# Starting takes 0.2 s on Linux and a few seconds on a cold Mac or Windows; speaking is 100 times faster than sound.
_START_S = 20


def platform_driver() -> Literal["espeak", "nsss", "sapi5"]:
    """The pyttsx3 driver of this platform: espeak, nsss (macOS) or sapi5 (Windows)."""
    return _DRIVERS.get(sys.platform, "espeak")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Whether something works on this machine, in plain words; `remedy` is empty where it does."""

    ready: bool
    says: str
    remedy: str = ""


def diagnose(engine_voice: str) -> Diagnosis:
    """Whether this machine's speech engine speaks with the voice of that name; found out by speaking one word."""
    try:
        with Pyttsx3Synthesiser() as synthesiser:
            synthesiser.clip("Hello.", Delivery(engine_voice, 150, 50, 50, -26.0))
            return Diagnosis(True, f"The speech engine works ({synthesiser.identity})")
    except VoiceEngineError as wrong:
        return Diagnosis(False, str(wrong), _REMEDIES[platform_driver()])


_REMEDIES = {
    "espeak": "pip install --force-reinstall espeakng-loader pyttsx3==2.99",
    "nsss": "add an English voice in System Settings > Accessibility > Spoken Content",
    "sapi5": "add an English voice in Settings > Time & Language > Speech",
}


class Pyttsx3Synthesiser:
    """Speaks lines with this platform's pyttsx3 driver; safe to use from several threads, one line at a time.

    A line that comes out broken is tried once more with a fresh process. On Linux the same text and delivery give the
    same samples in every process; on macOS and Windows that is up to the system's engine, and pitch and liveliness
    stay as the voice has them. Use it as a context manager, or let it be collected: its process ends either way.
    """

    def __init__(self) -> None:
        self._driver = platform_driver()
        self._worker: _Worker | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Pyttsx3Synthesiser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def identity(self) -> str:
        """Everything besides text and delivery that shapes the sound, for the cache: engines and their versions."""
        engine = f"espeak-ng {load_espeak().version}" if self._driver == "espeak" else platform.platform()
        return f"pyttsx3 {version('pyttsx3')}, {engine}, sound {SOUND_VERSION}"

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """The spoken line.

        Raises InputError where there is nothing to say or more than 2000 characters of it, VoiceEngineError where the
        engine has no such voice, fails twice, or takes too long twice.
        """
        text = sayable(text)
        with self._lock:
            for _ in range(_ATTEMPTS - 1):
                try:
                    return self._rendered(text, delivery)
                except VoiceEngineError:
                    self.close()
            return self._rendered(text, delivery)

    def close(self) -> None:
        """End the process that speaks; the next line starts another."""
        if self._worker:
            self._worker.stop()
            self._worker = None

    def _rendered(self, text: str, delivery: Delivery) -> Clip:
        if self._worker is None or self._worker.ended:
            self.close()
            self._worker = _Worker(self._driver)
        with tempfile.TemporaryDirectory(prefix="callsim-", ignore_cleanup_errors=True) as folder:
            path = Path(folder, "line.wav")
            self._worker.speak(text, delivery, path)
            clip = clip_from_file(path, delivery, _TILT_DB if self._driver == "espeak" else 0.0)
        _check_whole(clip, text, delivery.words_per_minute)
        return clip


class _Worker:
    """The running process, and the talk with it."""

    def __init__(self, driver: str) -> None:
        self._driver = driver
        # The worker finds the same callsim as we do, and nothing in the folder where the user happens to be (-P).
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", WORKER, driver],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            # A group of its own: Ctrl-C is for us to handle, and a fork that hangs ends together with its parent.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.stop = weakref.finalize(self, _stop, self._process)

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def speak(self, text: str, delivery: Delivery, path: Path) -> None:
        """Have the line written to `path`; raises VoiceEngineError where the worker says no, dies, or is too slow."""
        limit_s = _START_S + len(text) // 50
        request = {
            "text": text,
            "path": str(path),
            "voice": delivery.engine_voice,
            "rate": nominal_rate(delivery.words_per_minute, self._driver),
            "pitch": delivery.pitch,
            "range": delivery.liveliness,
            "limit_s": limit_s,
        }
        answer = self._answer(request, limit_s)
        if answer["wrong"]:
            raise VoiceEngineError(f"The speech engine {self._driver} cannot speak: {answer['wrong']}")

    def _answer(self, request: dict[str, Any], limit_s: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Killing it is what ends the wait below, on every platform.
        timer = threading.Timer(limit_s, _kill, [self._process])
        timer.start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            raise VoiceEngineError(
                f"The speech engine {self._driver} ended or took longer than {limit_s} s: run `callsim check`"
            ) from None
        finally:
            timer.cancel()
        return answer


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    _kill(process)
    with contextlib.suppress(OSError), process:  # closes the pipes, of which one may be broken
        pass


def nominal_rate(words_per_minute: int, driver: str) -> int:
    """The rate to ask the engine for, so that a line as it is heard, pauses inside it included, has this speed.

    Fitted for espeak-ng and the gaps that our driver leaves between words, on 24 lines in 7 English voices at 6 rates.
    Over the lines of a talk our voices are 1 to 7 % slower than asked, over the scripts' short lines, which are half
    pauses, 8 to 14 %; single lines differ more, because words differ in length. Other engines are taken at their word.
    """
    return round(0.845 * words_per_minute + 18.4) if driver == "espeak" else words_per_minute


def _check_whole(clip: Clip, text: str, words_per_minute: int) -> None:
    """Raise VoiceEngineError where the clip is far too short or long for its text: cut off, or not this line.

    A word has about 5 letters. Anything else than a letter may be read out as a word or two, or not at all.
    """
    letters = sum(letter.isalpha() for letter in text)
    others = sum(not (letter.isalpha() or letter.isspace()) for letter in text)
    expected_ms = letters * 60_000 / (5 * words_per_minute)
    if not 0.4 * expected_ms <= clip.duration_ms <= 6 * expected_ms + 1000 * others + 2000:
        raise VoiceEngineError(
            f"The speech engine made {clip.duration_ms} ms of sound for a line of about {expected_ms:.0f} ms: "
            "try another voice, or run `callsim check`"
        )
