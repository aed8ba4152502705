"""`callsim report`: one session as a file to keep, to send or to print, or as JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from callsim.cli.commands import PATH, callsim, model_option
from callsim.cli.console import ERR
from callsim.cli.scored import Reading, score_session
from callsim.cli.shelving import opened_library, there_is_a_library
from callsim.errors import InputError
from callsim.library.cards import kept_card
from callsim.library.folders import by_name, is_kept
from callsim.library.reviewed import Review
from callsim.report.page import report_file
from callsim.report.replay import Replay, replay_of, with_review
from callsim.report.takes import takes_of
from callsim.scoring.rubric import read_rubric
from callsim.sessions.disk import replace_file
from callsim.sessions.folder import Session, write_scorecard
from callsim.sessions.names import sessions_dir
from callsim.sessions.opus import opus_of


@callsim.command()
@click.argument("session", type=PATH)
@click.option("--html", metavar="FILE", type=PATH, help="Write one HTML file with everything in it, sound included.")
@click.option("--json", "as_json", is_flag=True, help="Print the session as JSON: lines, marks, scores and all.")
@model_option
def report(session: Path, html: Path | None, as_json: bool, model: Path | None) -> None:
    """Make a report of SESSION to keep, to send or to print."""
    if html is None and not as_json:
        raise InputError("Say what to make: --html FILE writes one file with everything in it, --json prints JSON")
    if html is not None and not html.parent.is_dir():
        raise InputError(f"There is no folder {html.parent}: make it first, or choose another place for {html.name}")
    kept = Session.read(by_name(session, sessions_dir(os.environ)))
    replay = _replay(kept, model)
    if html is not None:
        replace_file(html, report_file(replay, opus_of(kept).read_bytes()).encode())
        ERR.print(f"The report is in {html}", soft_wrap=True, markup=False)
    if as_json:
        sys.stdout.write(replay.model_dump_json() + "\n")


def _replay(session: Session, model: Path | None) -> Replay:
    """The session's view; it is scored first where it was not yet, or not by this version."""
    card = kept_card(session.folder)
    if card is None:
        card = score_session(session.folder, read_rubric(None), Reading(model)).card()
        write_scorecard(session.folder, card.to_json().encode())
    replay = replay_of(session, card, takes_of(session.folder.parent, session.about.script))
    review = _review(session.folder)
    return replay if review is None else with_review(replay, card, review)


def _review(folder: Path) -> Review | None:
    """What coaches said of a session of this home; None of another one, and without the library."""
    if not (there_is_a_library() and is_kept(folder, sessions_dir(os.environ))):
        return None
    from callsim.library.review import Reviews  # noqa: PLC0415 - see `opened_library`

    with opened_library() as shelf:
        return Reviews(shelf).seen(folder)
