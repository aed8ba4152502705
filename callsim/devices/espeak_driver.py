"""A pyttsx3 driver for espeak-ng that renders a line before `runAndWait` returns, and fails aloud.

pyttsx3's own driver (2.99) lets espeak-ng work in the background: `runAndWait` may return before the file exists, rate
changes get lost, and wrong names are swallowed. This one asks for the synchronous mode and checks every return code.
What espeak-ng spoke before stays in its wave generator whatever is reset, so only the first line of a process has the
same bytes every time: a process builds one driver and speaks one line.

Importing this module loads espeak-ng and makes the driver known as `pyttsx3.init(DRIVER_NAME)`.
"""

from __future__ import annotations

import ctypes
import os
import sys
import wave
from typing import Any

from callsim.devices.espeak_library import load_espeak

_LIBRARY = load_espeak()

# pyttsx3 looks for the library while it is imported, so this can come only after ours is loaded.
from pyttsx3.drivers import _espeak  # noqa: E402
from pyttsx3.drivers.espeak import EspeakDriver  # noqa: E402

DRIVER_NAME = "callsim_espeak"
# speak_lib.h, espeakINITIALIZE_DONT_EXIT: without it a missing data folder ends the process.
_DONT_EXIT = 0x8000
_SEED = 1
# speak_lib.h, espeakWORDGAP, in steps of 10 ms at the usual rate. Words that stand a little apart, at the same words a
# minute, are understood better: Vosk small heard 30 % of the words of 40 lines wrong with it, and 35 % without.
_WORD_GAP_PARAMETER, _WORD_GAP = 7, 4
_PARAMETERS = {"rate": _espeak.RATE, "pitch": _espeak.PITCH, "range": _espeak.RANGE}


class CallsimEspeakDriver(EspeakDriver):  # type: ignore[misc]  # pyttsx3 has no types
    """pyttsx3's espeak driver in synchronous mode, with one more property: `range` (0 monotone, 50 normal, 100)."""

    def __init__(self, proxy: Any) -> None:  # noqa: ANN401
        self._rate_hz = _start()
        EspeakDriver._moduleInitialized = True
        EspeakDriver._defaultVoice = "en-us"
        super().__init__(proxy)

    @staticmethod
    def setProperty(name: str, value: object) -> None:  # noqa: N802
        """Set one property; raises ValueError where espeak-ng does not take it."""
        if name == "voice":
            _set_voice(str(value))
        elif name in _PARAMETERS:
            _checked(_espeak.SetParameter(_PARAMETERS[name], value, 0), f"the {name} {value}")
        else:
            EspeakDriver.setProperty(name, value)

    def _start_synthesis(self, text: str) -> None:
        self._data_buffer = bytearray()
        _seed()
        _checked(_espeak.SetParameter(_WORD_GAP_PARAMETER, _WORD_GAP, 0), "the gap between words")
        _checked(_espeak.Synth(text, flags=_espeak.CHARS_UTF8), "the line")
        with wave.open(self._save_file, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self._rate_hz)
            file.writeframes(self._data_buffer)
        self._proxy.notify("finished-utterance", completed=True)
        self.endLoop()

    def _onSynth(self, wav: Any, count: int, _events: object) -> int:  # noqa: ANN401, N802
        if count > 0:
            self._data_buffer += ctypes.string_at(wav, count * 2)
        return 0


def _start() -> int:
    """Start espeak-ng and return its sample rate.

    espeak-ng keeps its data path in 160 bytes (N_PATH_HOME), and a virtual environment may lie deeper than that: so we
    go there, and the path is a dot.
    """
    folder = _LIBRARY.data_folder
    if folder:
        os.chdir(folder)
    rate_hz = int(_espeak.Initialize(_espeak.AUDIO_OUTPUT_SYNCHRONOUS, 0, b"." if folder else None, _DONT_EXIT))
    if rate_hz <= 0:
        raise RuntimeError("espeak-ng cannot read its data folder")
    return rate_hz


def _seed() -> None:
    """Make the breath noise the same each time: espeak-ng seeds its own with the time of day, and takes libc's too."""
    if hasattr(_espeak.dll, "espeak_ng_SetRandSeed"):  # since 1.52; before, libc's was the only one
        _espeak.dll.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
    ctypes.CDLL(None).srand(_SEED)


def _set_voice(name: str) -> None:
    _checked(_espeak.SetVoiceByName(name.encode()), f"the voice {name!r}")
    _, plus, variant = name.partition("+")
    # An unknown variant is not an error to espeak-ng: it quietly speaks without one.
    if plus and not _espeak.GetCurrentVoice().contents.identifier.decode().endswith(f"+{variant}"):
        raise ValueError(f"espeak-ng does not know the variant {variant!r} of the voice {name!r}")


def _checked(code: int, what: str) -> None:
    if code != _espeak.EE_OK:
        raise ValueError(f"espeak-ng does not take {what} (code {code})")


def buildDriver(proxy: Any) -> CallsimEspeakDriver:  # noqa: ANN401, N802
    """What pyttsx3 calls to get the driver of a module."""
    return CallsimEspeakDriver(proxy)


sys.modules[f"pyttsx3.drivers.{DRIVER_NAME}"] = sys.modules[__name__]
