"""The commands that take a call: recorded, headless, live."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click
from rich.console import Console

from callsim.catalogue import script_files
from callsim.cli.calling import Request, take_call
from callsim.cli.cards import present
from callsim.cli.commands import PATH, accurate_option, callsim, json_option, model_option
from callsim.cli.console import ERR, OUT
from callsim.cli.headset import PrintedGuide, check_headset, remembered
from callsim.cli.keys import at_a_terminal
from callsim.cli.listing import list_scripts
from callsim.cli.livecall import LiveRequest, take_live_call
from callsim.cli.playing import play_session
from callsim.cli.scored import Reading, score_session
from callsim.cli.takes import Take, show_takes, take_again
from callsim.cli.terminal import Terminal
from callsim.cli.unroll import Unroll
from callsim.errors import InputError
from callsim.library.folders import by_name
from callsim.picture import Mode
from callsim.scoring.rubric import read_rubric
from callsim.sessions.names import sessions_dir, whose

from_option = click.option("--from", "first", type=PATH, help="Take a turn of this session again …")
turn_option = click.option("--turn", type=int, help="… from before your turn of this number, with the same caller.")


@callsim.command()
@click.option("--play", is_flag=True, help="Also play the call, through your sound device.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", type=PATH, help="The session's folder (new or empty).")
@model_option
def demo(play: bool, seed: int, out: Path | None, model: Path | None) -> None:
    """Hear and score a whole call, with a recorded trainee and no sound device."""
    scene = Path(__file__).parent.parent / "demo" / "scene.toml"
    _take_and_show(Request("parcel", scene, seed=seed, out=out, model=model), play=play)


@callsim.command()
@click.argument("script", required=False)
@click.option("--trainee", type=PATH, required=True, help="A recording of the trainee's side, or a scene (TOML).")
@click.option("--voice", help="The caller's voice (else the script's own).")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same caller (else 0).")
@click.option("--out", type=PATH, help="The session's folder (new or empty).")
@from_option
@turn_option
@accurate_option
@json_option
@model_option
def run(script: str | None, seed: int | None, first: Path | None, turn: int | None, **asked: object) -> None:
    """Take a call headless, faster than real time: SCRIPT against a recorded or scripted trainee."""
    as_json, accurate = bool(asked.pop("as_json")), bool(asked.pop("accurate"))
    take = _take(script, seed, first, turn)
    if take is None and script is None:
        raise InputError("Name a call script; `callsim scripts` lists them")
    asked |= {"script": take.name if take else script, "seed": take.seed if take else seed or 0, "take": take}
    _take_and_show(Request(**asked), as_json=as_json, accurate=accurate)  # type: ignore[arg-type]


def _take(script: str | None, seed: int | None, first: Path | None, turn: int | None) -> Take | None:
    """What to take again; a script or a seed and a session to take again exclude each other."""
    if first is None and turn is None:
        return None
    if first is None or script is not None or seed is not None:
        raise InputError("To take a turn again, give --from SESSION and --turn N, and no script and no --seed")
    return take_again(by_name(first, sessions_dir(os.environ)), turn)


def _take_and_show(request: Request, *, as_json: bool = False, play: bool = False, accurate: bool = False) -> None:
    console = ERR if as_json else OUT
    folder = take_call(request, lambda script: Unroll(script, console))
    _score_taken(folder, request.model, console, accurate=accurate, as_json=as_json)
    if request.take:
        show_takes(folder, request.take, request.model, console)
    if play:
        play_session(folder, console)


@callsim.command()
@click.argument("script", required=False)
@click.option("--voice", help="The caller's voice (else the script's own).")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same caller (else another one each time).")
@click.option(
    "--mode",
    type=click.Choice(["overview", "practice", "test"]),
    default="practice",
    show_default=True,
    help="overview shows the story first, practice gives cues, test shows nothing but the call.",
)
@click.option("--name", "trainee", help="Whose call it is (else the name that this machine knows you by).")
@click.option("--microphone", help="Its name, or a part of it (else the one of the last headset check).")
@click.option("--speaker", help="Its name, or a part of it (else the one of the last headset check).")
@click.option("--out", type=PATH, help="The session's folder (new or empty).")
@from_option
@turn_option
@accurate_option
@model_option
def call(  # noqa: PLR0917 - click passes them by name
    script: str | None,
    first: Path | None,
    turn: int | None,
    voice: str | None,
    seed: int | None,
    mode: Mode,
    trainee: str | None,
    microphone: str | None,
    speaker: str | None,
    out: Path | None,
    accurate: bool,
    model: Path | None,
) -> None:
    """Take a live call with your headset."""
    take, last, trainee = _take(script, seed, first, turn), remembered(), whose(trainee)
    microphone, speaker = microphone or last.microphone, speaker or last.speaker
    if last.fit is None and at_a_terminal() and click.confirm("Check the headset first?", default=True):
        check_headset(microphone, speaker, PrintedGuide(OUT))
    name = take.name if take else script or _chosen_script()
    chosen = take.seed if take else secrets.randbelow(10_000) if seed is None else seed
    request = LiveRequest(name, mode, chosen, voice, out, model, microphone, speaker, take, trainee)
    folder = take_live_call(request, Terminal(OUT))
    _score_taken(folder, model, OUT, accurate=accurate, as_json=False)
    if take:
        show_takes(folder, take, model, OUT)


def _score_taken(folder: Path, model: Path | None, console: Console, *, accurate: bool, as_json: bool) -> None:
    """The scorecard of the call just taken, and where the session lies, however the scoring ends."""
    try:
        call = score_session(folder, read_rubric(None), Reading(model))
        present(call, accurate=accurate, as_json=as_json, keep_in=folder)
    finally:
        console.print(f"\nThe session lies in {folder}", soft_wrap=True)


def _chosen_script() -> str:
    """The script that the trainee chooses from the list; the first one where nobody can choose."""
    names = list(script_files())
    if not at_a_terminal():
        return names[0]
    OUT.print(list_scripts(script_files()))
    return str(click.prompt("Which call?", type=click.Choice(names), default=names[-1]))
