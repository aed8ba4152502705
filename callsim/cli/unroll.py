"""The call as it unrolls in the terminal: who says what, and what it does to the caller."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from callsim.events import Decided, Ended, Event, Heard, LineEnded, LineStarted, NeedMet
from callsim.script import Script, mood

COLOURS: dict[str, str] = {"calm": "green", "upset": "yellow", "furious": "red"}
_ENDINGS = {
    "thankful": "The caller thanks you and hangs up.",
    "cool": "The caller takes the solution, and hangs up without warmth.",
    "supervisor": "The caller is handed to a supervisor.",
    "hang_up": "The caller hangs up on you.",
    "abandoned": "The call was broken off.",
}


class Unroll:
    """Prints each event of a call that a person wants to see; give it to `Call.watch`."""

    def __init__(self, script: Script, console: Console) -> None:
        self._name = script.first_name
        self._needs = {need.id: need.what for need in script.needs}
        self._console = console
        self._frustration = script.caller.frustration

    def __call__(self, event: Event) -> None:
        """Print what the event means, or nothing."""
        match event:
            case LineStarted():
                self._say(event.at_ms, self._name, event.text, COLOURS[mood(self._frustration)], self._meter())
            case LineEnded() if event.cut:
                self._aside(f"(cut off after {event.heard_ms / 1000:.1f} s)")
            case Heard() if event.words:
                self._say(event.at_ms, "you", event.text, "cyan", "")
            case NeedMet():
                self._aside(f"✓ {self._needs.get(event.need, event.need)}", "green")
            case Decided():
                self._moved(event)
            case Ended():
                self._console.print(Text(f"{clock(event.at_ms)}  {_ENDINGS[event.ending]}", style="bold"))

    def _moved(self, event: Decided) -> None:
        self._frustration = event.frustration_after
        by = event.frustration_after - event.frustration_before
        if by:
            self._aside(f"{by:+d}  {event.because}", "red" if by > 0 else "green")

    def _meter(self) -> str:
        filled = round(self._frustration / 10)
        full, empty = "#." if self._console.options.ascii_only else "▮▯"
        return f"{full * filled}{empty * (10 - filled)} {self._frustration:3d} {mood(self._frustration)}"

    def _say(self, at_ms: int, who: str, text: str, colour: str, meter: str) -> None:
        head = Text.assemble((clock(at_ms), "dim"), "  ", (f"{who:<9}", f"bold {colour}"), " ")
        if meter:
            self._console.print(Text.assemble(head, (meter, colour)))
            head = Text(" " * len(head.plain))
        words = Text(text)
        for n, line in enumerate(words.wrap(self._console, max(20, self._console.width - len(head.plain)))):
            self._console.print(Text.assemble(head if n == 0 else " " * len(head.plain), line))

    def _aside(self, text: str, style: str = "dim") -> None:
        self._console.print(Text(f"{'':17}{text}", style=style))


def clock(at_ms: int) -> str:
    """Minutes and seconds into the call."""
    return f"{at_ms // 60_000:2d}:{at_ms // 1000 % 60:02d}"
