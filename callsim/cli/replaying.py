"""A kept call, told again: what was said, why the caller said it, and the sound."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from callsim.cli.playing import play_session
from callsim.cli.unroll import Unroll
from callsim.report.why import show_why
from callsim.script import read_script
from callsim.sessions.folder import SCRIPT, Session


def replay_session(folder: Path, console: Console, *, why: bool, play: bool) -> None:
    """Print a session's call, with each line's cause where `why`; `play` lets it be heard, the words as they come."""
    session, script = Session.read(folder), read_script(folder / SCRIPT)
    if play and not why:
        play_session(folder, console)
        return
    if why:
        show_why(session.events, script, console)
    else:
        unroll = Unroll(script, console)
        for event in session.events:
            unroll(event)
    if play:
        play_session(folder, console)
