"""The commands for authors of call scripts, and the one that tells a kept call again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from callsim.catalogue import find_script
from callsim.cli.authoring import begin_script, lint_file, try_script
from callsim.cli.commands import PATH, callsim, model_option
from callsim.cli.console import OUT, complain
from callsim.cli.keys import at_a_terminal
from callsim.cli.replaying import replay_session
from callsim.errors import InputError
from callsim.library.folders import session_folder
from callsim.report.drawing import mermaid
from callsim.script import read_script
from callsim.script_schema import script_schema
from callsim.sessions.names import sessions_dir


@callsim.command()
@click.argument("scripts", nargs=-1, required=True, metavar="SCRIPT...")
@model_option
@click.pass_context
def lint(context: click.Context, scripts: tuple[str, ...], model: Path | None) -> None:
    """Check call scripts: what no caller would say, what never comes up, what nobody can hear. 2: something to mend."""
    well = True
    for script in scripts:
        try:
            well = lint_file(find_script(script), model, OUT) and well
        except InputError as wrong:
            complain(str(wrong))
            well = False
    context.exit(0 if well else 2)


@callsim.command("new-script")
@click.argument("file", type=PATH)
def new_script(file: Path) -> None:
    """Begin a new call script at FILE: a commented template, and the schema that editors complete it by."""
    script, beside = begin_script(file)
    OUT.print(f"Written: {script}, and {beside} for your editor", soft_wrap=True)
    OUT.print(f"Change it, then: callsim lint {script}, callsim try {script}", soft_wrap=True)


@callsim.command()
@click.argument("script")
def draw(script: str) -> None:
    """Draw a call script as a Mermaid flowchart, on standard output."""
    sys.stdout.write(mermaid(read_script(find_script(script))))


@callsim.command()
def schema() -> None:
    """Print the JSON Schema of call scripts, for editors."""
    sys.stdout.write(script_schema())


@callsim.command("try")
@click.argument("script")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same caller.")
def try_(script: str, seed: int) -> None:
    """Try a call script in writing: type the trainee's answers, see how the caller reacts and why."""
    try_script(read_script(find_script(script)), seed, _typed(), OUT)


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("you: " if at_a_terminal() else "")
        except EOFError:
            return


@callsim.command()
@click.argument("session")
@click.option("--why", is_flag=True, help="Each line with its cause, its rule, and the frustration before and after.")
@click.option("--play", is_flag=True, help="Also play the sound, through your sound device.")
def replay(session: str, why: bool, play: bool) -> None:
    """Tell a kept call again: what was said, and why the caller said that."""
    replay_session(session_folder(session, sessions_dir(os.environ)), OUT, why=why, play=play)
