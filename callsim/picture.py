"""What the trainee sees of a call just now, on a terminal or on a page. Pure: whoever shows the call draws it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from callsim.coaching import cue
from callsim.events import Event, Heard, Hearing, Key, LineEnded, LineStarted, Who
from callsim.floor import State
from callsim.script import Mood, Script, mood
from callsim.timeline import Ms

Mode: TypeAlias = Literal["overview", "practice", "test"]
Floor: TypeAlias = Literal["caller", "trainee", "muted", "hold", "pause"]

# Sparingly: the same advice again and again helps nobody.
_CUE_TIMES = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What one side said, as known by now; `cut_ms` is when a line of the caller was stopped before its end."""

    at_ms: Ms
    who: Who
    text: str
    cut_ms: Ms | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A call at one moment. What the mode does not let the trainee see is not in it.

    `floor` tells who is to speak or what keeps the trainee from it, `says` the same in words, `level` is the loudness
    of the trainee (0 to 1), `on` are the keys that are switched on, `guess` what the trainee seems to be saying.
    """

    now_ms: Ms
    floor: Floor
    says: str
    level: float
    on: frozenset[Key] = frozenset()
    frustration: int | None = None
    said: tuple[Said, ...] = ()
    guess: str = ""
    cue: str = ""

    @property
    def mood(self) -> Mood | None:
        """The word for the frustration."""
        return None if self.frustration is None else mood(self.frustration)


@dataclass(slots=True)
class Board:
    """Collects what pictures are made of: the call tells it each event (`watch`), another thread may take pictures."""

    script: Script
    mode: Mode
    _said: tuple[Said, ...] = ()
    _guess: str = ""
    _cue: str = ""
    _cues: Counter[str] = field(default_factory=Counter)

    def watch(self, event: Event) -> None:
        """An event of the call."""
        match event:
            case LineStarted():
                self._said = (*self._said, Said(event.at_ms, "caller", event.text))
            case LineEnded() if event.cut:
                self._said = tuple(_cut(self._said, event.at_ms))
            case Hearing():
                self._guess = event.text
            case Heard():
                self._guess = ""
                if event.words:
                    self._said = (*self._said, Said(event.at_ms, "trainee", event.text))

    def picture(self, state: State, on: Collection[Key], level: float) -> Picture:
        """The call as it stands; `on` are the keys that are switched on."""
        floor = _floor(state, on)
        seen = Picture(state.now_ms, floor, self._says(floor), level, frozenset(on))
        if self.mode == "test":
            return seen
        seen = replace(seen, frustration=state.mind.frustration)
        if self.mode == "overview":
            return seen
        return replace(seen, said=self._said, guess=self._guess, cue=self._advice(state))

    def _says(self, floor: Floor) -> str:
        return {
            "pause": "paused",
            "hold": "on hold",
            "caller": f"{self.script.first_name} is speaking",
            "muted": "you are muted",
            "trainee": "your turn",
        }[floor]

    def _advice(self, state: State) -> str:
        new = cue(state)
        if new and new != self._cue:
            self._cues[new] += 1
        self._cue = new or ""
        return self._cue if self._cues[self._cue] <= _CUE_TIMES else ""


def _floor(state: State, on: Collection[Key]) -> Floor:
    if "pause" in on:
        return "pause"
    if "hold" in on:
        return "hold"
    if state.phase == "speaking":
        return "caller"
    return "muted" if "mute" in on else "trainee"


def _cut(said: tuple[Said, ...], at_ms: Ms) -> list[Said]:
    """The caller's last line ended there."""
    last = max((number for number, one in enumerate(said) if one.who == "caller"), default=None)
    return [replace(one, cut_ms=at_ms) if number == last else one for number, one in enumerate(said)]
