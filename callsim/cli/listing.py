"""The lists of scripts and voices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from callsim.cli.engines import spoken_by
from callsim.script import read_script
from callsim.voice import read_voice


def list_scripts(files: Mapping[str, Path]) -> Table:
    """What there is to practise: name, title, trade, difficulty, who calls."""
    table = _table("script", "title", "trade", "difficulty", "caller")
    for name, path in files.items():
        script = read_script(path)
        table.add_row(name, script.title, script.trade, script.difficulty, script.caller.name)
    return table


def list_voices(files: Mapping[str, Path]) -> Table:
    """The caller voices: name, title, gender, accent, and what speaks them here, or that nothing does."""
    table = _table("voice", "title", "gender", "accent", "spoken by")
    for name, path in files.items():
        voice = read_voice(path)
        table.add_row(name, voice.title, voice.gender, voice.accent, spoken_by(name) or "nothing here")
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for n, column in enumerate(columns):
        table.add_column(column, no_wrap=n == 0)
    return table
