"""The commands that carry sessions in and out: a recording, a whole library."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import click

from callsim.app.imports import keep_recording
from callsim.cli.cards import present
from callsim.cli.commands import DAY, PATH, Side, callsim, model_option
from callsim.cli.console import OUT
from callsim.cli.exporting import export_figures
from callsim.cli.scored import Reading, score_session
from callsim.cli.shelving import counting, need_the_library, opened_library, plain, times
from callsim.errors import InputError, RecordingError
from callsim.scoring.rubric import read_rubric
from callsim.sessions.disk import replace_file
from callsim.sessions.folder import ABOUT, read_about


@callsim.command("import")
@click.argument("file", type=PATH)
@click.option("--trainee", type=click.Choice(["left", "right"]), help="Which channel of a recording the trainee is on.")
@click.option("--name", help="Whose call it is.")
@model_option
def import_(file: Path, trainee: Side | None, name: str | None, model: Path | None) -> None:
    """Bring in a recorded call as a session, or a whole library from the zip of `callsim export`."""
    if not zipfile.is_zipfile(file):
        _import_recording(file, trainee, name, model)
    elif trainee or name or model:
        raise InputError(f"{file} is a library: leave --trainee, --name and --model out")
    else:
        _import_library(file)


def _import_recording(file: Path, trainee: Side | None, name: str | None, model: Path | None) -> None:
    if trainee is None and file.exists():
        raise RecordingError(f"Say which channel of {file} the trainee is on: --trainee left or --trainee right")
    with counting() as progress:
        folder = keep_recording(file, str(file), trainee or "left", progress)
    if name:
        about = read_about(folder).model_copy(update={"trainee": name})
        replace_file(folder / ABOUT, f"{about.model_dump_json(indent=2)}\n".encode())
    try:
        present(score_session(folder, read_rubric(None), Reading(model)), keep_in=folder)
    finally:
        OUT.print(f"\nThe session lies in {folder}", soft_wrap=True, markup=False)


def _import_library(file: Path) -> None:
    need_the_library()
    from callsim.library.archive import import_library  # noqa: PLC0415 - see `opened_library`

    with opened_library() as shelf, counting() as progress:
        brought = import_library(shelf, file, lambda done, total: progress.step("Bringing in", done, total))
        shelf.refresh(lambda done, total: progress.step("Reading sessions", done, total))
    here = f"; {times(len(brought.here), 'was', 'were')} here already" if brought.here else ""
    OUT.print(f"Brought in: {times(len(brought.new), 'session')}{here}", soft_wrap=True)
    for name, place in brought.renamed.items():
        OUT.print(f"{plain(name)} is now {plain(place)}: another call has that name here", soft_wrap=True, markup=False)


@callsim.command()
@click.argument("file", type=PATH)
@click.option("--trainee", help="Of a table or statements: only this trainee's sessions.")
@click.option("--script", help="… only those of this call script.")
@click.option("--from", "since", type=DAY, metavar="DAY", help="… from this day on, as in 2026-01-31.")
@click.option("--to", "until", type=DAY, metavar="DAY", help="… up to this day, which counts.")
@click.option(
    "--home-page", metavar="URL", help="Of statements: the address under which trainees and scripts are named."
)
@click.option("--pass-at", type=click.FloatRange(0, 100), help="Of statements: the overall score that is a success.")
def export(  # noqa: PLR0917 - click passes them by name
    file: Path,
    trainee: str | None,
    script: str | None,
    since: datetime | None,
    until: datetime | None,
    home_page: str | None,
    pass_at: float | None,
) -> None:
    """Write all sessions, and what people know of them, into the zip FILE; `callsim import` reads it.

    A FILE.csv or FILE.xlsx becomes a table of all scores, measures and checks instead, a FILE.json (or .jsonl, one a
    line) xAPI statements for a learning record store.
    """
    need_the_library()
    from callsim.library.exported import kind_of  # noqa: PLC0415 - see `opened_library`
    from callsim.library.exports import Chosen  # noqa: PLC0415

    if file.is_dir() or not file.parent.is_dir():
        raise InputError(f"{file} cannot be a file: give the name of one, in a folder that there is")
    chosen = Chosen(trainee, script, *(day.date() if day else None for day in (since, until)))
    kind = kind_of(file.suffix)
    if kind is not None:
        count = export_figures(file, kind, chosen, home_page, pass_at)
    elif chosen != Chosen() or home_page or pass_at is not None:
        raise InputError(f"{file} becomes the whole library: leave the options out, or write a .csv, .xlsx or .json")
    else:
        count = _export_library(file)
    OUT.print(f"{times(count, 'session')} in {file}", soft_wrap=True, markup=False)


def _export_library(file: Path) -> int:
    from callsim.library.archive import export_library  # noqa: PLC0415 - see `opened_library`

    with opened_library() as shelf, counting() as progress:
        return export_library(shelf, file, lambda done, total: progress.step("Packing", done, total))
