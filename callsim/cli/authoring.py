"""For authors of call scripts: check a script, draw it, begin a new one, try it by typing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.text import Text

from callsim.caller import answer, said_whole, speak_up
from callsim.cli.engines import vocabulary
from callsim.cli.unroll import COLOURS
from callsim.errors import InputError
from callsim.linting import Finding, findings
from callsim.mind import Mind, Response, new_mind
from callsim.places import line_of_text
from callsim.scoring.rubric import read_scorable
from callsim.script import Script, mood
from callsim.script_schema import script_schema

SCHEMA = "script.schema.json"


def lint_file(path: Path, model: Path | None, console: Console) -> bool:
    """Print all remarks on a script, each with its file and line; whether there is nothing to mend.

    Raises ScriptError for a file that is no script at all.
    """
    script = read_scorable(path)
    source = path.read_text(encoding="utf-8")
    found = list(findings(script, _texts(tomllib.loads(source)), vocabulary(model)))
    for one in found:
        _print(one, path, source, console)
    errors = sum(one.kind == "error" for one in found)
    console.print(f"{path}: {_counted(errors, 'error')}, {_counted(len(found) - errors, 'hint')}", soft_wrap=True)
    return not errors


def _print(one: Finding, path: Path, source: str, console: Console) -> None:
    line = line_of_text(source, one.near)
    place = f"{path}:{line}" if line else f"{path}"
    colour = "red" if one.kind == "error" else "yellow"
    console.print(Text.assemble(f"{place}: ", (one.kind, colour), f": {one.said}"), soft_wrap=True)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part.strip()
    elif isinstance(part, dict | list):
        for item in part.values() if isinstance(part, dict) else part:
            yield from _texts(item)


def begin_script(path: Path) -> tuple[Path, Path]:
    """A commented template at `path`, the schema for editors beside it. Raises InputError where there is a file."""
    path = path if path.suffix == ".toml" else path.with_name(f"{path.name}.toml")
    if path.exists():
        raise InputError(f"There is a file {path} already: choose another name for the new script")
    template = files("callsim").joinpath("template.toml").read_text(encoding="utf-8")
    schema = path.with_name(SCHEMA)
    try:
        path.write_text(template, encoding="utf-8")
        schema.write_text(script_schema(), encoding="utf-8")
    except OSError as wrong:
        raise InputError(f"The new script {path} cannot be written: {wrong.strerror}") from None
    return path, schema


def try_script(script: Script, seed: int, typed: Iterable[str], console: Console) -> None:
    """A call in writing: each typed line is a turn of the trainee, an empty one silence; ends as the caller ends it."""
    mind = new_mind(script, seed)
    console.print(Text(" ".join(script.briefing.situation.split()), style="dim"))
    console.print("The phone is picked up. Type what you say; an empty line is silence, Ctrl-D hangs up.\n")
    for text in typed:
        response = answer(mind, text) if text.strip() else speak_up(mind)
        _show_turn(script, response, console)
        mind = said_whole(_counted_line(response), response.reply)
        if response.ending:
            return
    console.print("You hung up.")


def _counted_line(response: Response) -> Mind:
    return replace(response.mind, lines=response.mind.lines + 1)


def _show_turn(script: Script, response: Response, console: Console) -> None:
    for act in response.acts:
        console.print(Text(f"      {act.act}: “{act.quote}”", style="cyan"))
    for felt in response.felt:
        by = felt.after - felt.before
        console.print(Text(f"      {by:+d}  {felt.move.because}", style="red" if by > 0 else "green" if by else "dim"))
    names = {need.id: need.what for need in script.needs}
    for need in response.met:
        console.print(Text(f"      ✓  {names[need]}", style="green"))
    level = response.mind.frustration
    console.print(Text(f"      {response.reply.id}: {response.why}", style="dim"))
    head = f"{script.first_name} ({level}, {mood(level)}): "
    console.print(Text.assemble((head, f"bold {COLOURS[mood(level)]}"), response.reply.text))
    if response.ending:
        console.print(Text(f"The call is over: {response.ending}.", style="bold"))
