"""The call on the screen: timer, who speaks, the caller's mood, level, and in practice the words and a cue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from callsim.cli.unroll import COLOURS, clock
from callsim.picture import Picture
from callsim.script import Script

_PICTURES_A_SECOND = 8
_LINES = 8
_METER = 20


@dataclass(frozen=True, slots=True)
class Screen:
    """Draws a call; `look` takes the picture of the moment, `may_pause` is whether there is a key for it."""

    script: Script
    look: Callable[[], Picture]
    may_pause: bool

    def live(self, console: Console) -> Live:
        """The picture, refreshed a few times a second by a thread of rich while entered."""
        return Live(get_renderable=self.drawn, console=console, refresh_per_second=_PICTURES_A_SECOND, transient=True)

    def drawn(self) -> RenderableType:
        """What the trainee sees just now."""
        seen = self.look()
        head = Text(f"{self.script.caller.name}   {clock(seen.now_ms)}   {seen.says}", style="bold")
        rows: list[RenderableType] = [Rule(self.script.title), head, _level(seen.level)]
        if seen.frustration is not None:
            words = [*self._words(seen)][-_LINES:]
            rows += [_mood(seen.frustration, str(seen.mood)), *words, Text(f"      … {seen.guess}", style="dim")]
            rows.append(Text(f"→ {seen.cue}" if seen.cue else "", style="italic yellow"))
        pause = "p pause · " if self.may_pause else ""
        return Group(*rows, Text(f"h hold · m mute · r say that again · {pause}q hang up", style="dim"))

    def _words(self, seen: Picture) -> Iterator[Text]:
        for said in seen.said:
            yield _row(said.at_ms, "you" if said.who == "trainee" else self.script.first_name, said.text)
            if said.cut_ms is not None:
                yield _row(said.cut_ms, "", "(cut off)")


def _row(at_ms: int, who: str, text: str) -> Text:
    return Text.assemble((f"{clock(at_ms)} {who:>8}  ", "dim"), text)


def _level(level: float) -> Text:
    filled = min(_METER, round(level**0.5 * _METER))
    return Text.assemble("you   ", ("█" * filled, "cyan"), ("·" * (_METER - filled), "dim"))


def _mood(frustration: int, word: str) -> Text:
    filled, rest = "█" * (frustration // 5), "·" * (_METER - frustration // 5)
    return Text.assemble("mood  ", (filled, COLOURS[word]), (rest, "dim"), f" {word}")
