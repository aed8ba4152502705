"""Which espeak-ng speaks on this machine: the one that pip brought wherever there is one, else the system's."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

from callsim.errors import VoiceEngineError

_SYSTEM_NAME = "libespeak-ng.so.1"


@dataclass(frozen=True, slots=True)
class EspeakLibrary:
    """A loaded espeak-ng; `data_folder` is None where the library knows its own."""

    version: str
    data_folder: Path | None


def load_espeak() -> EspeakLibrary:
    """Load espeak-ng into this process, without starting it.

    The bundled library comes first even where the system has one: two versions speak with different bytes. It is loaded
    for all to see, and pyttsx3, which asks for it by its system name, then gets the very same library.

    Raises VoiceEngineError where there is none.
    """
    try:
        return _bundled()
    except (ImportError, OSError, RuntimeError):
        return _system()


def _bundled() -> EspeakLibrary:
    import espeakng_loader  # noqa: PLC0415  (installed on Linux only)

    library = ctypes.CDLL(espeakng_loader.get_library_path(), ctypes.RTLD_GLOBAL)
    return EspeakLibrary(_version(library), Path(espeakng_loader.get_data_path()))


def _system() -> EspeakLibrary:
    try:
        return EspeakLibrary(_version(ctypes.CDLL(_SYSTEM_NAME)), None)
    except OSError:
        raise VoiceEngineError(
            "There is no espeak-ng here for the caller to speak with: run `pip install espeakng-loader`, or install "
            "your system's espeak-ng package"
        ) from None


def _version(library: ctypes.CDLL) -> str:
    library.espeak_Info.restype = ctypes.c_char_p
    return bytes(library.espeak_Info(None)).decode()
