"""A caller's voice: which engine and voice speaks, and how rate, pitch and loudness follow frustration.

The files are in `voices/`; `voices/README.md` tells how to write one.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from callsim.errors import OurBug, VoiceError
from callsim.phone import Delivery, Line, Person

Driver: TypeAlias = Literal["espeak", "nsss", "sapi5", "natural"]

# Lines are rendered ahead for each step, so there must be few, and one step must be hard to hear.
_STEP = 10
STEPS = range(0, 101, _STEP)
_Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def step_of(frustration: int) -> int:
    """The step whose manner a frustration is spoken in: 0, 10, … 100."""
    return (frustration + _STEP // 2) // _STEP * _STEP


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Manner(_Strict):
    """How the voice speaks at one end of frustration; 50 is the voice as it is, but for `tremor`, where that is 0.

    `effort` and `tremor` are heard where natural voices are installed.
    """

    words_per_minute: int = Field(ge=130, le=180)
    pitch: int = Field(ge=0, le=100)
    liveliness: int = Field(ge=0, le=100)
    level_dbfs: float = Field(ge=-40, le=-16)
    effort: int = Field(default=50, ge=0, le=100)
    tremor: int = Field(default=0, ge=0, le=100)


class Names(_Strict):
    """The voice's name in the speech engine of each platform: Linux, macOS, Windows."""

    espeak: _Text
    nsss: _Text
    sapi5: _Text


class Natural(_Strict):
    """The same caller by the natural engine: what makes its one voice another person (see phone.Person)."""

    lexicon: Literal["us", "gb"]
    pitch_scale: float = Field(ge=0.4, le=1.6)
    warp: float = Field(ge=0.75, le=1.25)
    tilt_db: float = Field(default=0, ge=-4, le=4)
    breath: float = Field(default=0, ge=0, le=1)

    def person(self) -> Person:
        """The same as the engine takes it."""
        return Person(**self.model_dump())


class Voice(_Strict):
    """A checked voice file.

    `engine` speaks where natural voices are not installed, or there is no `natural`. `line`: what the voice comes
    through; Vosk small understands our voices as well through the telephone as without (tests/bench_voices.py).
    """

    format: Literal["callsim.voice/1"]
    title: _Text
    gender: Literal["woman", "man"]
    accent: _Text
    engine: Literal["pyttsx3"]
    line: Line = "telephone"
    names: Names
    natural: Natural | None = None
    calm: Manner
    furious: Manner

    def delivery(self, frustration: int, driver: Driver) -> Delivery:
        """How a line is spoken at a frustration of 0 (`calm`) to 100 (`furious`), in steps of 10.

        Raises OurBug for a frustration outside 0 to 100 or a driver that this voice has not.
        """
        person = self.natural.person() if self.natural and driver == "natural" else None
        if not 0 <= frustration <= 100 or not (person or hasattr(self.names, driver)):
            raise OurBug(f"callsim has a bug: there is no delivery for a frustration of {frustration} with {driver!r}")
        step = step_of(frustration)

        def between(key: str) -> float:
            calm, furious = getattr(self.calm, key), getattr(self.furious, key)
            return float(calm + (furious - calm) * step / 100)

        return Delivery(
            engine_voice="" if person else getattr(self.names, driver),
            words_per_minute=round(between("words_per_minute")),
            pitch=round(between("pitch")),
            liveliness=round(between("liveliness")),
            level_dbfs=round(between("level_dbfs"), 1),
            effort=round(between("effort")),
            tremor=round(between("tremor")),
            line=self.line,
            person=person,
        )


def voice_files(folder: Path) -> dict[str, Path]:
    """The voice files of a folder by name (the file's, without its ending), in alphabetical order."""
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_voice(path: Path) -> Voice:
    """Read and check a voice file; raises VoiceError that names the file, the key, and what is allowed."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise VoiceError(f"The voice file {path} cannot be read: {wrong.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise VoiceError(f"The voice file {path} is not TOML: {wrong}") from None
    try:
        return Voice.model_validate(values)
    except ValidationError as wrong:
        raise VoiceError(f"The voice file {path} has a mistake: {_in_words(_telling(wrong.errors()))}") from None


def _telling(mistakes: list[ErrorDetails]) -> ErrorDetails:
    """The mistake to speak of: an unknown key explains a missing one, being often the same key misspelt."""
    return min(mistakes, key=lambda mistake: mistake["type"] != "extra_forbidden")


def _in_words(mistake: ErrorDetails) -> str:
    where = [str(part) for part in mistake["loc"]]
    key = ".".join(where)
    match mistake["type"]:
        case "missing":
            return f"the key {key} is missing"
        case "extra_forbidden":
            return f"there is no key {key}{_near(where)}"
        case "literal_error":
            return f"{key} is {mistake['input']!r}, and allowed is {mistake['ctx']['expected']}"
        case "model_type":
            return f"{key} is {mistake['input']!r}, and allowed is a table [{key}]"
        case _:
            return f"{key} is {mistake['input']!r}: {_lower(mistake['msg'])}"


def _near(where: list[str]) -> str:
    model: Any = Voice
    for part in where[:-1]:
        annotation = model.model_fields[part].annotation
        model = next(iter(get_args(annotation)), annotation)
    known = list(model.model_fields)
    return f": use {', '.join(get_close_matches(where[-1], known) or known)}"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
