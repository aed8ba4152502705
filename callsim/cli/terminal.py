"""A live call at the terminal: its keys, its screen, or what it prints where nobody can press a key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.progress import track

from callsim.cli.keys import at_a_terminal, listening_to_keys
from callsim.cli.livecall import OnAir
from callsim.cli.ringing import ring_once, ring_until
from callsim.cli.screen import Screen
from callsim.cli.unroll import Unroll
from callsim.devices.hushed import hushed
from callsim.events import Event
from callsim.foreseen import Foreseen
from callsim.picture import Mode
from callsim.script import Script


class Terminal:
    """`livecall.Front` for whoever sits at a terminal, or reads later what was printed."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, sentence: str) -> None:
        """Printed."""
        self._console.print(sentence, style="yellow")

    def prepare(self, lines: Sequence[Foreseen]) -> Iterable[Foreseen]:
        """With a progress bar."""
        about, console = "Preparing what the caller says …", self._console
        return track(lines, about, console=console, transient=True, disable=not console.is_terminal)

    def brief(self, script: Script, mode: Mode) -> None:
        """What the trainee may know; in the overview also the caller's story and what good looks like."""
        briefing = script.briefing
        rows = [
            " ".join(briefing.situation.split()),
            "",
            "You may offer:",
            *(f"  · {offer}" for offer in briefing.may_offer),
        ]
        if mode == "overview":
            story = (part.say.variants(script.caller.frustration)[0] for part in script.story)
            rows += ["", f"{script.first_name} will say:", *(f"  · {said}" for said in story)]
            rows += ["", "What good looks like:", *(f"  · {good}" for good in briefing.good)]
        self._console.print(Panel("\n".join(rows), title=f"{script.title} ({briefing.company})", expand=False))

    def ring(self, speaker: str | None) -> None:
        """Until a key is pressed; where nobody can press one, once. `q` declines, as Ctrl-C does."""
        keys = " Press any key to answer, q to decline." if at_a_terminal() else ""
        self._console.print(f"☎  The phone rings.{keys}")
        if not at_a_terminal():
            ring_once(speaker)
            return
        pressed: list[str] = []
        answered = threading.Event()

        def on_key(key: str) -> None:
            pressed.append(key)
            answered.set()

        with listening_to_keys(on_key):
            ring_until(answered, speaker)
        if "q" in pressed:
            raise KeyboardInterrupt

    def watcher(self, script: Script) -> Callable[[Event], None]:
        """Prints the events where there is no screen to draw."""
        return (lambda _: None) if at_a_terminal() else Unroll(script, self._console)

    @contextmanager
    def on_air(self, call: OnAir) -> Iterator[None]:
        """The screen, and the keys."""
        if not at_a_terminal():
            yield
            return
        screen = Screen(call.script, call.look, call.may_pause)
        with screen.live(self._console), listening_to_keys(call.press), hushed():
            yield
