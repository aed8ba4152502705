"""A turn taken again: what the call needs of the first take, and both takes compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from callsim.again import Moment, moment_before
from callsim.cli.scored import Reading, score_session
from callsim.errors import InputError
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score
from callsim.scoring.takes import compared, since
from callsim.script import Script, read_script
from callsim.sessions.folder import SCRIPT, Session, TakeOf


@dataclass(frozen=True, slots=True)
class Take:
    """What is taken again: the script's file in the session, its voice and seed, and where the call stood."""

    file: Path
    script: Script
    name: str
    voice: str
    seed: int
    moment: Moment
    of: TakeOf


def take_again(folder: Path, turn: int | None) -> Take:
    """The take of a session's turn. Raises InputError where no turn is named or the call has none of that number."""
    session, script = Session.read(folder), read_script(folder / SCRIPT)
    if turn is None:
        raise InputError("Say which turn to take again: --turn 1 is your first; `callsim replay` shows them all")
    moment, about = moment_before(session.events, script, turn), session.about
    of = TakeOf(session=str(folder), turn=turn, at_ms=moment.at_ms)
    return Take(folder / SCRIPT, script, about.script, about.voice, about.seed, moment, of)


def show_takes(folder: Path, take: Take, model: Path | None, console: Console) -> None:
    """Print the new take's scores beside those of the first one from the same moment on."""
    rubric, reading = read_rubric(None), Reading(model)
    first = since(score_session(Path(take.of.session), rubric, reading).evidence, take.of.at_ms)
    again = score_session(folder, rubric, reading)
    table = Table(title=f"Turn {take.of.turn} on: both takes", box=None, pad_edge=False, title_justify="left")
    table.add_column("")
    for column in ("first", "again", ""):
        table.add_column(column, justify="right")
    for row in compared(score(first, rubric), again.card()):
        better = "" if row.first is None or row.again is None else f"{row.again - row.first:+.0f}"
        table.add_row(row.what, _told(row.first), _told(row.again), better)
    console.print()
    console.print(table)


def _told(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.0f}"
