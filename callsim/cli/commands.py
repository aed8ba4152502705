"""Every command by name, each loaded when it is asked for; and the options that several share."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

PATH = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
Side = Literal["left", "right"]

# What `callsim --help` says of a command without loading it: the first sentence of the command's own help.
SENTENCES = {
    "account": "Say who may sign in to the training room.",
    "accounts": "List who may sign in to the training room, `callsim app --host`.",
    "acts": "Say what utterances do: one a line on standard input, one JSON object a line on standard output.",
    "app": "Open callsim in the browser, where calls are taken and heard again.",
    "audit": "List who heard or read which call in the training room; nothing of callsim takes a line away.",
    "calibrate": "Say how far the machine and coaches agree on each check, and which checks to change.",
    "call": "Take a live call with your headset.",
    "check": "Say what is ready on this machine and what is not, each with its remedy.",
    "delete": "Remove sessions for good: folder, sound, scores, and what people wrote of them.",
    "clip": "Keep a passage of SESSION, FROM 1:23 TO 1:40, as an example.",
    "clips": "List the passages that are kept as examples.",
    "demo": "Hear and score a whole call, with a recorded trainee and no sound device.",
    "draw": "Draw a call script as a Mermaid flowchart, on standard output.",
    "export": "Write all sessions, and what people know of them, into the zip FILE; `callsim import` reads it.",
    "follow-up": "Ask TRAINEE to take the call SCRIPT; done is what they do after that.",
    "follow-ups": "List what trainees are asked to do: the open ones first, by when they are due.",
    "forget": "Remove the sound and the words of old sessions, and keep their figures.",
    "import": "Bring in a recorded call as a session, or a whole library from the zip of `callsim export`.",
    "library": "Look after the library: library.db beside the sessions, or the database that CALLSIM_LIBRARY names.",
    "lint": "Check call scripts: what no caller would say, what never comes up, what nobody can hear.",
    "new-script": "Begin a new call script at FILE: a commented template, and the schema that editors complete it by.",
    "note": "Write a note on SESSION: on the whole call, at a moment or on a check.",
    "overrule": "Give CHECK of SESSION other POINTS than the machine did, up or down; both scores are shown.",
    "replay": "Tell a kept call again: what was said, and why the caller said that.",
    "report": "Make a report of SESSION to keep, to send or to print.",
    "reviewed": "Say that you have heard and judged SESSION: what you did not overrule, you agree with.",
    "rescore": "Score past sessions by another rubric, and keep the old results: "
    "these SESSIONs, else all that are scored.",
    "run": "Take a call headless, faster than real time: SCRIPT against a recorded or scripted trainee.",
    "schema": "Print the JSON Schema of call scripts, for editors.",
    "score": "Score a session again, any recorded two-channel call (no script needed), or a whole folder of them.",
    "scripts": "List the call scripts.",
    "sessions": "List the sessions, or those that you look for.",
    "setup": "Fetch the models once, so that callsim needs no network afterwards.",
    "show": "Show the scorecard of SESSION: its folder, or its name in the library.",
    "tag": "Give SESSION tags, and say which it has.",
    "trends": "Show how TRAINEE's scores move and what to practise next; without a name, all trainees in a table.",
    "try": "Try a call script in writing: type the trainee's answers, see how the caller reacts and why.",
    "voices": "List the caller voices, and what speaks them here.",
}


def load(command: str) -> None:  # noqa: PLR0912 - a case for each module
    """Import the module that holds a command: nobody waits for the engines of the others.

    A new command needs its sentence above, and its name in a case here; its own module says `@callsim.command()`.
    """
    match command:
        case "account" | "accounts" | "audit":
            from callsim.cli import accounts  # noqa: F401, PLC0415
        case "acts":
            from callsim.cli import words  # noqa: F401, PLC0415
        case "app":
            from callsim.cli import app  # noqa: F401, PLC0415
        case "calibrate":
            from callsim.cli import calibrating  # noqa: F401, PLC0415
        case "call" | "demo" | "run":
            from callsim.cli import calls  # noqa: F401, PLC0415
        case "check" | "scripts" | "setup" | "voices":
            from callsim.cli import machine  # noqa: F401, PLC0415
        case "delete" | "forget" | "library" | "sessions" | "show" | "tag":
            from callsim.cli import library  # noqa: F401, PLC0415
        case "draw" | "lint" | "new-script" | "replay" | "schema" | "try":
            from callsim.cli import authors  # noqa: F401, PLC0415
        case "clip" | "clips" | "follow-up" | "follow-ups" | "note" | "overrule" | "reviewed":
            from callsim.cli import reviewing  # noqa: F401, PLC0415
        case "export" | "import":
            from callsim.cli import carrying  # noqa: F401, PLC0415
        case "report":
            from callsim.cli import reporting  # noqa: F401, PLC0415
        case "rescore":
            from callsim.cli import rescoring  # noqa: F401, PLC0415
        case "score":
            from callsim.cli import scoring  # noqa: F401, PLC0415
        case "trends":
            from callsim.cli import trends  # noqa: F401, PLC0415


class Commands(click.Group):
    """Knows its commands by their sentences, and loads one when it is asked for it."""

    def list_commands(self, _: click.Context) -> list[str]:
        """All names."""
        return sorted(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, or None where there is none of that name."""
        load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help."""
        told = [click.Command(name, help=sentence) for name, sentence in SENTENCES.items()]
        click.Group(commands=told).format_commands(ctx, formatter)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="callsim", message="callsim %(version)s")
@click.pass_context
def callsim(context: click.Context) -> None:
    """Practise difficult phone calls: a frustrated caller you can talk to, and a score you can check.

    Without a command it opens in the browser, as `callsim app` does.
    """
    if context.invoked_subcommand is None and (app := callsim.get_command(context, "app")):
        context.invoke(app)


def _with_its_extra(_: click.Context, __: click.Parameter, accurate: bool) -> bool:
    if accurate:
        from callsim.cli.second import need_the_extra  # noqa: PLC0415 - an engine

        need_the_extra()
    return accurate


model_option = click.option("--model", type=PATH, help="Another Vosk model's folder (else CALLSIM_MODEL, else ours).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON and nothing else.")
rubric_option = click.option("--rubric", type=PATH, help="Another rubric file to score by.")
accurate_option = click.option(
    "--accurate",
    is_flag=True,
    callback=_with_its_extra,
    help="Read the words a second time, by Whisper (needs the extra `accurate`).",
)
