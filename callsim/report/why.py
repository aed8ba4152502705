"""Why the caller said that: a kept call, line by line, each with its cause, its rule and what it did to the mood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from callsim.events import Acted, Chose, Decided, Event, Heard, LineStarted
from callsim.script import Script
from callsim.timeline import Ms


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said; of the caller with `id`, `because` and the moves of its frustration that led to it."""

    who: str
    at_ms: Ms
    text: str
    acts: tuple[str, ...] = ()
    id: str = ""
    because: str = ""
    moves: tuple[Decided, ...] = ()


def said_and_why(events: Iterable[Event], script: Script) -> Iterator[Said]:
    """What both sides said, in the order of the events; a cut-in's move belongs to the line that follows it."""
    because, moves, acts, heard = "", list[Decided](), list[str](), list[Heard]()
    for event in events:
        match event:
            case Heard() if event.words:
                heard.append(event)
            case Acted():
                acts.append(event.act)
            case Decided():
                moves.append(event)
            case Chose():
                because = event.because
            case LineStarted():
                yield from _turn(heard, acts)
                yield Said(script.first_name, event.at_ms, event.text, (), event.id, because, tuple(moves))
                because, moves, acts, heard = "", [], [], []
    yield from _turn(heard, acts)


def _turn(heard: list[Heard], acts: list[str]) -> Iterator[Said]:
    if heard:
        yield Said("you", heard[0].at_ms, " ".join(one.text for one in heard), tuple(dict.fromkeys(acts)))


def show_why(events: Iterable[Event], script: Script, console: Console) -> None:
    """Print it; frustration is told before and after each line's causes."""
    level = script.caller.frustration
    for said in said_and_why(events, script):
        level = _show(said, level, console)


def _show(said: Said, level: int, console: Console) -> int:
    head = Text.assemble((_clock(said.at_ms), "dim"), "  ", (f"{said.who:<9}", "bold"), " ", said.text)
    console.print(head)
    if said.acts:
        console.print(Text(f"{'':17}{', '.join(said.acts)}", style="cyan"))
    for move in said.moves:
        by = move.frustration_after - move.frustration_before
        colour = "red" if by > 0 else "green" if by < 0 else "dim"
        row = f"{'':17}{by:+d}  {move.rule}: {move.because}  ({move.frustration_before} → {move.frustration_after})"
        console.print(Text(row, style=colour))
    if said.id:
        after = said.moves[-1].frustration_after if said.moves else level
        told = f"{'':17}{said.id}: {said.because}  (frustration {level} → {after})"
        console.print(Text(told, style="dim"))
        level = after
    return level


def _clock(at_ms: Ms) -> str:
    return f"{at_ms // 60_000:2d}:{at_ms // 1000 % 60:02d}"
