"""`callsim rescore`: past sessions by another rubric; first as a what-if, then for good."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from functools import partial

import click

from callsim.cli.commands import callsim
from callsim.cli.console import ERR, OUT
from callsim.cli.pool import cores
from callsim.cli.rescore import Rescoring, all_sessions, figures_of, rescore_all, with_coaches
from callsim.cli.shelving import counting, plain, times
from callsim.cli.tables import print_table
from callsim.errors import InputError
from callsim.library.folders import session_folder
from callsim.library.rubrics import STANDARD, rubric_named
from callsim.report.rescored import HEAD, changed_told, coaches_told, rows_told
from callsim.scoring.rescored import WithCoaches, changes
from callsim.sessions.names import sessions_dir

_SHOWN = 40
_NOTHING = "Nothing was changed; without --what-if the new scores take the place of the old ones, which are kept"


@callsim.command()
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option(
    "--rubric",
    default=STANDARD,
    show_default=True,
    metavar="FILE",
    help="A rubric file, or the name of one that the app's page saved.",
)
@click.option("--what-if", "--dry-run", "what_if", is_flag=True, help="Show old and new side by side, change nothing.")
@click.option("--workers", type=click.IntRange(1, 256), help="So many processes (else one for each core).")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON and nothing else.")
@click.pass_context
def rescore(  # noqa: PLR0917 - click passes them by name
    context: click.Context, sessions: tuple[str, ...], rubric: str, what_if: bool, workers: int | None, as_json: bool
) -> None:
    """Score past sessions by another rubric, and keep the old results: these SESSIONs, else all that are scored."""
    home = sessions_dir(os.environ)
    rules = rubric_named(rubric, home)
    folders = list(dict.fromkeys(session_folder(one, home) for one in sessions)) if sessions else all_sessions(home)
    if not folders:
        raise InputError(f"There is no scored session in {home} yet")
    clock = None if what_if else partial(datetime.now, UTC)
    with counting() as progress:
        found = rescore_all(folders, rules, workers or cores(), lambda *many: progress.step("Scoring", *many), clock)
    coaches = with_coaches(found, os.environ) if what_if else None
    if as_json:
        sys.stdout.write(json.dumps(figures_of(found, coaches), indent=1, ensure_ascii=False) + "\n")
    else:
        _show(found, coaches, what_if=what_if)
    context.exit(2 if found.failed else 0)


def _show(found: Rescoring, coaches: WithCoaches | None, *, what_if: bool) -> None:
    if found.sessions:
        rows = [(plain(name), *cells) for name, *cells in rows_told(found.sessions)]
        print_table([("session", *HEAD), *rows[:_SHOWN]], range(1, len(HEAD) + 1))
        if len(found.sessions) > _SHOWN:
            OUT.print(f"… and {len(found.sessions) - _SHOWN} more; --json has them all")
        sys.stdout.write("\n")
        print_table(changed_told(changes(found.sessions)), range(1, 6))
    if coaches:
        OUT.print(f"\n{coaches_told(coaches)}", soft_wrap=True)
    written, same = (sum(getattr(one, what) for one in found.sessions) for what in ("written", "same"))
    if same:
        OUT.print(f"\n{times(same, 'session')} had been scored by this rubric already", soft_wrap=True)
    if found.forgotten:
        many = times(len(found.forgotten), "session keeps its scores", "sessions keep their scores")
        OUT.print(f"\n{many}: sound and words were removed", soft_wrap=True)
    done = f"Scored again: {times(written, 'session')}; the old results are kept"
    OUT.print(f"\n{_NOTHING if what_if else done}", soft_wrap=True)
    for sentence in found.failed:
        ERR.print(f"callsim: {plain(sentence)}", soft_wrap=True, markup=False)
