"""Shows and keeps a call's scorecard: at once with the words of the call, and again after the second reading."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from rich.text import Text

from callsim.cli.console import OUT
from callsim.cli.scored import Scored
from callsim.cli.second import difference
from callsim.cli.waiting import in_background
from callsim.report.text import show
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.cards import keep_rubric, replace_scorecard
from callsim.sessions.folder import SCORECARD


def present(call: Scored, *, accurate: bool = False, as_json: bool = False, keep_in: Path | None = None) -> None:
    """Print the scorecard, and only then keep it: a full disk must not hide it.

    With `accurate` the words are read a second time while the first scorecard can be read; then the new one takes its
    place. As JSON only the last one is printed. Where the second reading is stopped, the scorecard that was there
    before stays, or the first one where there was none.
    """
    first = call.card()
    if not (accurate and as_json):
        _print(first, as_json=as_json)
    if not (accurate and keep_in and (keep_in / SCORECARD).exists()):
        _keep(first, call, keep_in)
    if accurate:
        second = in_background(call.card_again)
        if not as_json:
            OUT.print(Text(f"\n{difference(first, second)}", style="bold"))
        _print(second, as_json=as_json)
        _keep(second, call, keep_in)


def _print(card: Scorecard, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(card.to_json())
    else:
        show(card, OUT)


def _keep(card: Scorecard, call: Scored, folder: Path | None) -> None:
    if folder is not None:
        keep_rubric(folder, call.made_by)
        replace_scorecard(folder, card.to_json().encode(), datetime.now().astimezone())
