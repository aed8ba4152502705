"""Scenes: what a scripted trainee says, and when. One TOML file each.

    format = "callsim.scene/1"
    title = "Somebody who listens"       # optional
    voice = "marcus"                     # optional: the voice that speaks `text` cues

    [[cue]]
    say = "greeting.flac"                # a sound file beside the scene, or: text = "Good morning, …"
    when = "after caller"                # or "at start", or "into line 2": into the caller's second line
    delay_ms = 400                       # the default

No cue at all is a trainee who stays silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from callsim.checked import read_checked
from callsim.errors import SceneError
from callsim.timeline import Ms


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a cue waits for, in the words of `phone.Cue`; `line` (from 1) is there for "into line" alone."""

    when: Literal["at start", "after caller", "into line"]
    line: int | None = None


def _trigger(given: object) -> Trigger:
    if given == "at start":
        return Trigger("at start")
    if given == "after caller":
        return Trigger("after caller")
    if isinstance(given, str) and (number := re.fullmatch(r"into line ([1-9][0-9]{0,3})", given)):
        return Trigger("into line", int(number[1]))
    raise ValueError(f"should be 'at start', 'after caller' or 'into line 2' (lines count from 1), not {given!r}")


When: TypeAlias = Annotated[Trigger, BeforeValidator(_trigger)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, str_min_length=1)


class SceneCue(_Part):
    """One thing the trainee says: a sound file (`say`, found beside the scene) or a `text` to be spoken."""

    say: Path | None = None
    text: str | None = None
    when: When
    delay_ms: Ms = Field(default=400, ge=0, le=600_000, strict=True)

    @field_validator("say")
    @classmethod
    def _is_there(cls, say: Path, info: ValidationInfo) -> Path:
        sound: Path = info.context["folder"] / say if info.context else say
        if not sound.is_file():
            raise ValueError(f"there is no sound file {sound}")
        return sound

    @model_validator(mode="after")
    def _one_of_both(self) -> SceneCue:
        if (self.say is None) == (self.text is None):
            raise ValueError("needs either say (a sound file) or text (words to be spoken), and not both")
        return self


class Scene(_Part):
    """A scene, checked; its cues in the order in which they are said."""

    format: Literal["callsim.scene/1"]
    title: str | None = None
    voice: str | None = None
    cues: tuple[SceneCue, ...] = Field(default=(), alias="cue")


def read_scene(path: Path) -> Scene:
    """The scene in a TOML file. Raises SceneError: which file, line, cue or key, and what is allowed."""
    return read_checked(path, "scene", Scene, SceneError)
