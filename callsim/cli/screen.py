"""The call on the screen: timer, who speaks, the caller's mood, level, and in practice the words and a cue."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from callsim.call import Call
from callsim.cli.controls import ControlledPhone, Controls
from callsim.cli.unroll import COLOURS, clock
from callsim.coaching import cue
from callsim.events import Event, Heard, Hearing, LineEnded, LineStarted
from callsim.floor import State
from callsim.script import Script, mood

Mode: TypeAlias = Literal["overview", "practice", "test"]
_PICTURES_A_SECOND = 8
_LINES = 8
# Sparingly: the same advice again and again helps nobody.
_CUE_TIMES = 2
_METER = 20


@dataclass(slots=True)
class Screen:
    """Draws the call from what it is told; `watch` is called by the call, the drawing is done by a thread of rich."""

    script: Script
    mode: Mode
    phone: ControlledPhone
    controls: Controls
    _call: Call | None = None
    _lines: deque[Text] = field(default_factory=lambda: deque(maxlen=_LINES))
    _guess: str = ""
    _cues: Counter[str] = field(default_factory=Counter)
    _cue: str = ""

    def look_at(self, call: Call) -> None:
        """Show this call from now on."""
        self._call = call

    def live(self, console: Console) -> Live:
        """The picture, refreshed a few times a second while entered."""
        return Live(get_renderable=self.picture, console=console, refresh_per_second=_PICTURES_A_SECOND, transient=True)

    def watch(self, event: Event) -> None:
        """An event of the call."""
        match event:
            case LineStarted():
                self._add(event.at_ms, self.script.first_name, event.text)
            case LineEnded() if event.cut:
                self._add(event.at_ms, "", "(cut off)")
            case Hearing():
                self._guess = event.text
            case Heard():
                self._guess = ""
                if event.words:
                    self._add(event.at_ms, "you", event.text)

    def _add(self, at_ms: int, who: str, text: str) -> None:
        self._lines.append(Text.assemble((f"{clock(at_ms)} {who:>8}  ", "dim"), text))

    def picture(self) -> RenderableType:
        """What the trainee sees just now."""
        state = self._call.state if self._call else None
        now_ms = state.now_ms if state else 0
        head = Text(f"{self.script.caller.name}   {clock(now_ms)}   {self._who(state)}", style="bold")
        rows: list[RenderableType] = [Rule(self.script.title), head, self._level()]
        if state and self.mode != "test":
            rows += [self._mood(state), *self._lines, Text(f"      … {self._guess}", style="dim"), self._advice(state)]
        return Group(*rows, Text(self._keys(), style="dim"))

    def _who(self, state: State | None) -> str:
        if "pause" in self.controls.on:
            return "paused"
        if "hold" in self.controls.on:
            return "on hold"
        if state and state.phase == "speaking":
            return f"{self.script.first_name} is speaking"
        return "you are muted" if "mute" in self.controls.on else "your turn"

    def _level(self) -> Text:
        filled = min(_METER, round(self.phone.level**0.5 * _METER))
        return Text.assemble("you   ", ("█" * filled, "cyan"), ("·" * (_METER - filled), "dim"))

    def _mood(self, state: State) -> Text:
        level = state.mind.frustration
        word = mood(level)
        filled, rest = "█" * (level // 5), "·" * (_METER - level // 5)
        return Text.assemble("mood  ", (filled, COLOURS[word]), (rest, "dim"), f" {word}")

    def _advice(self, state: State) -> Text:
        new = cue(state) if self.mode == "practice" else None
        if new and new != self._cue:
            self._cues[new] += 1
        self._cue = new or ""
        shown = self._cue if self._cues[self._cue] <= _CUE_TIMES else ""
        return Text(f"→ {shown}" if shown else "", style="italic yellow")

    def _keys(self) -> str:
        pause = "p pause · " if self.controls.may_pause else ""
        return f"h hold · m mute · r say that again · {pause}q hang up"
