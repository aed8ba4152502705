"""The commands of a coach: notes, overrules, reviewed, follow-ups, clips."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from callsim.catalogue import script_files
from callsim.cli.commands import PATH, callsim
from callsim.cli.console import OUT
from callsim.cli.shelving import current_library, need_the_library, opened_library, plain
from callsim.errors import InputError, UnknownName
from callsim.sessions.clips import cut, form_of
from callsim.sessions.names import own_name

if TYPE_CHECKING:
    from callsim.library.review import Reviews
    from callsim.library.reviewed import FollowUp

_DAY = click.DateTime(["%Y-%m-%d"])
_SHORT_ID = 8
as_option = click.option("--as", "by", metavar="NAME", default=own_name, show_default="you", help="Who says it.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@callsim.command()
@click.argument("session")
@click.argument("text", required=False)
@click.option("--at", metavar="1:23", help="Let it stand at this moment of the call.")
@click.option("--check", metavar="ID", help="Let it stand on this check, as in phrasing.empathy.")
@click.option("--take-back", metavar="ID", help="Take back a note; `callsim show` tells its id.")
@as_option
def note(  # noqa: PLR0917 - click passes them by name
    session: str,
    text: str | None,
    at: str | None,
    check: str | None,
    take_back: str | None,
    by: str,
) -> None:
    """Write a note on SESSION: on the whole call, at a moment or on a check."""
    if (text is None) == (take_back is None):
        raise InputError("Write a note's text behind the session, or take one back with --take-back ID")
    with _reviews() as reviews:
        if text is None:
            reviews.take_back_note(take_back or "")
        else:
            reviews.note(session, text, by=by, now=_now(), at_ms=None if at is None else _ms(at), check=check)
    OUT.print("Taken back" if text is None else "Noted")


@callsim.command()
@click.argument("session")
@click.argument("check")
@click.argument("points", type=float, required=False)
@click.option("--because", metavar="TEXT", help="Why; the trainee reads it.")
@click.option("--take-back", is_flag=True, help="Let the machine's points count again.")
@as_option
def overrule(  # noqa: PLR0917 - click passes them by name
    session: str,
    check: str,
    points: float | None,
    because: str | None,
    take_back: bool,
    by: str,
) -> None:
    """Give CHECK of SESSION other POINTS than the machine did, up or down; both scores are shown."""
    if take_back == (points is not None):
        raise InputError("Say how many points the check should have, or --take-back")
    with _reviews() as reviews:
        if points is None:
            reviews.take_back_overrule(session, check, by=by)
            OUT.print(f"Taken back: {check}", markup=False)
            return
        said = reviews.overrule(session, check, points, because or "", by=by, now=_now())
    OUT.print(f"{check}: {said.machine:g} -> {said.points:g} of {said.of:g} points", markup=False, highlight=False)


@callsim.command()
@click.argument("session")
@click.option("--take-back", is_flag=True, help="Say that you have not.")
@as_option
def reviewed(session: str, take_back: bool, by: str) -> None:
    """Say that you have heard and judged SESSION: what you did not overrule, you agree with."""
    with _reviews() as reviews:
        if take_back:
            reviews.not_reviewed(session, by=by)
        else:
            reviews.reviewed(session, by=by, now=_now())
    OUT.print("Taken back" if take_back else f"Reviewed by {by}", markup=False)


@callsim.command("follow-up")
@click.argument("trainee", required=False)
@click.argument("script", required=False)
@click.argument("text", default="")
@click.option("--by", "due", type=_DAY, metavar="DAY", help="By this day, which counts, as in 2026-12-01.")
@click.option("--session", help="The session that gave cause.")
@click.option("--take-back", metavar="ID", help="Ask for it no more; `callsim follow-ups` tells its id.")
@as_option
def follow_up(  # noqa: PLR0917 - click passes them by name
    trainee: str | None,
    script: str | None,
    text: str,
    due: datetime | None,
    session: str | None,
    take_back: str | None,
    by: str,
) -> None:
    """Ask TRAINEE to take the call SCRIPT; done is what they do after that."""
    need_the_library()
    from callsim.library import follow_ups as asked  # noqa: PLC0415 - see `opened_library`

    if take_back is None and (trainee is None or script is None):
        raise InputError("Say who is to take which call: callsim follow-up TRAINEE SCRIPT")
    with opened_library() as shelf:
        if trainee is None or script is None:
            asked.take_back_follow_up(shelf, take_back or "")
            OUT.print("Taken back")
            return
        known = script_files()
        if script not in known and not Path(script).is_file():
            raise UnknownName("script", script, known)
        day = due.date() if due else None
        asked.follow_up(shelf, trainee, script, by=by, now=_now(), due=day, text=text, session=session)
    OUT.print(f"Asked: {trainee} takes {script}{f' by {day}' if day else ''}", markup=False, highlight=False)


@callsim.command("follow-ups")
@click.option("--trainee", help="Of this trainee.")
@json_option
def follow_ups(trainee: str | None, as_json: bool) -> None:
    """List what trainees are asked to do: the open ones first, by when they are due."""
    need_the_library()
    from callsim.library.follow_ups import follow_ups as all_of_them  # noqa: PLC0415 - see `opened_library`

    with current_library() as shelf:
        found = all_of_them(shelf, trainee)
    if as_json:
        sys.stdout.write("".join(f"{one.model_dump_json()}\n" for one in found))
        return
    for one in found:
        OUT.print(plain(_told(one)), soft_wrap=True, markup=False, highlight=False)
    if not found:
        OUT.print("Nothing is asked of anybody: callsim follow-up TRAINEE SCRIPT does", soft_wrap=True)


@callsim.command()
@click.argument("session")
@click.argument("start", metavar="[FROM]", required=False)
@click.argument("end", metavar="[TO]", required=False)
@click.argument("title", default="")
@click.option("--file", type=PATH, help="Write it as this file too: .ogg (Opus), .flac or .wav.")
@click.option("--take-back", metavar="ID", help="Keep a clip no longer; `callsim clips` tells its id.")
@as_option
def clip(  # noqa: PLR0917 - click passes them by name
    session: str,
    start: str | None,
    end: str | None,
    title: str,
    file: Path | None,
    take_back: str | None,
    by: str,
) -> None:
    """Keep a passage of SESSION, FROM 1:23 TO 1:40, as an example."""
    if (end is None) == (take_back is None):
        raise InputError("Say where the passage begins and ends, as in 1:23 1:40.5, or --take-back ID")
    if file is not None:
        form_of(file)
    with _reviews() as reviews:
        if start is None or end is None:
            reviews.take_back_clip(take_back or "")
            OUT.print("Taken back")
            return
        kept = reviews.clip(session, _ms(start), _ms(end), title, by=by, now=_now())
        if file is not None:
            cut(reviews.sound(session), kept.start_ms, kept.end_ms, file)
    OUT.print(f"Kept{f', and written to {file}' if file else ''}", soft_wrap=True, markup=False)


@callsim.command()
@json_option
def clips(as_json: bool) -> None:
    """List the passages that are kept as examples."""
    with current_library() as shelf:
        from callsim.library.review import Reviews  # noqa: PLC0415 - see `opened_library`

        found = Reviews(shelf).clips()
    if as_json:
        rows = ({"session": name, **one.model_dump()} for name, one in found)
        sys.stdout.write("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
        return
    for name, one in found:
        told = f"{one.id[:_SHORT_ID]}  {name}  {_clock(one.start_ms)} - {_clock(one.end_ms)}  {one.title}"
        OUT.print(plain(told.rstrip()), soft_wrap=True, markup=False, highlight=False)
    if not found:
        OUT.print("No clip is kept: callsim clip SESSION FROM TO keeps one", soft_wrap=True)


@contextmanager
def _reviews() -> Iterator[Reviews]:
    need_the_library()
    from callsim.library.review import Reviews  # noqa: PLC0415 - see `opened_library`

    with current_library() as shelf:
        yield Reviews(shelf)


def _now() -> datetime:
    return datetime.now().astimezone()


def _ms(moment: str) -> int:
    """From "1:23", "1:23.5" or "83". Raises InputError."""
    match = re.fullmatch(r"(?:(\d{1,4}):)?(\d{1,5}(?:\.\d{1,3})?)", moment.strip())
    if match is None or (match[1] and float(match[2]) >= 60):
        raise InputError(f"{moment!r} is no moment of a call: give minutes and seconds, as in 1:23 or 1:23.5")
    return int(match[1] or 0) * 60_000 + round(float(match[2]) * 1000)


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms % 60_000 / 1000:04.1f}"


def _told(one: FollowUp) -> str:
    by = f" by {one.due}" if one.due else ""
    state = f"done ({one.done})" if one.done else one.state(_now().date())
    return f"{one.id[:_SHORT_ID]}  {one.trainee}: {one.script}{by}, {state}{f'  {one.text}' if one.text else ''}"
