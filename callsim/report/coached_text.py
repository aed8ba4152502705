"""What coaches said of a call, in the terminal: machine's and coach's score side by side, overrules, notes, clips."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from callsim.report.coached import Coached
from callsim.report.names import check_name
from callsim.report.shown import day
from callsim.report.text import clock
from callsim.scoring.checks import DIMENSIONS
from callsim.scoring.scorecard import Scorecard

_SHORT_ID = 8


def show_coached(card: Scorecard, of: Coached, console: Console) -> None:
    """Print all of it; nothing where nobody said anything."""
    if of.overruled:
        _section(console, "Machine and coach", _scores(card, of))
        _section(console, "Overruled", _overruled(card, of))
    if of.notes:
        _section(console, "Notes", _notes(of))
    if of.clips:
        _section(console, "Clips", _clips(of))
    for one in of.reviewed:
        console.print(f"\nReviewed by {one.by} on {day(one.written)}", soft_wrap=True, markup=False, highlight=False)


def _scores(card: Scorecard, of: Coached) -> Table:
    rows = _grid(14, 8, None)
    rows.add_row("", Text("machine", style="dim"), Text("coach", style="dim"))
    for name in DIMENSIONS:
        rows.add_row(name.capitalize(), _number(card.scores[name]), _number(of.scores[name]))
    rows.add_row(Text("Overall", style="bold"), _number(card.overall), Text(_number(of.overall), style="bold"))
    return rows


def _overruled(card: Scorecard, of: Coached) -> Table:
    rows = _grid(16, None)
    for check in card.checks:
        if one := of.overruled.get(check.id):
            points = f"{check.points:g} -> {one.points:g} of {check.of:g}"
            told = f"{check_name(check.id)} ({check.id}), {one.by}{f': {one.reason}' if one.reason else ''}"
            rows.add_row(points, Text(told))
    return rows


def _notes(of: Coached) -> Table:
    rows = _grid(8, None, _SHORT_ID + 1)
    for note in of.notes:
        told = Text(f"{note.by}{f' on {note.name}' if note.name else ''}: ").append(note.text or "(words removed)")
        rows.add_row("" if note.at_ms is None else clock(note.at_ms), told, Text(note.id[:_SHORT_ID], style="dim"))
    return rows


def _clips(of: Coached) -> Table:
    rows = _grid(14, None, _SHORT_ID + 1)
    for clip in of.clips:
        told = Text(", ".join(part for part in (clip.title, clip.by) if part))
        rows.add_row(f"{clock(clip.start_ms)} - {clock(clip.end_ms)}", told, Text(clip.id[:_SHORT_ID], style="dim"))
    return rows


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _grid(*widths: int | None) -> Table:
    rows = Table.grid(padding=(0, 1), expand=True)
    for width in widths:
        rows.add_column(width=width, ratio=None if width else 1)
    return rows


def _section(console: Console, title: str, body: Table) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Padding(body, (0, 0, 0, 2)))
