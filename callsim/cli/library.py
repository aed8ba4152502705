"""The commands for many sessions: find, look at, tag, remove, carry in and out."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from callsim.cli.commands import callsim
from callsim.cli.console import OUT
from callsim.cli.shelving import (
    agreed,
    counting,
    current_library,
    long_ago,
    need_the_library,
    opened_library,
    plain,
    print_as_json,
    print_sessions,
    times,
)
from callsim.errors import InputError, SessionError
from callsim.library.cards import kept_card
from callsim.report.coached import coached
from callsim.report.coached_text import show_coached
from callsim.report.text import show as show_card
from callsim.sessions.folder import read_about

if TYPE_CHECKING:
    from callsim.library.search import Order, Score

_DAY = click.DateTime(["%Y-%m-%d"])
_POINTS = click.FloatRange(0, 100)
_AT_A_TIME = 50
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@callsim.command()
@click.option("--trainee", help="Of this trainee.")
@click.option("--script", help="Of this call script.")
@click.option("--from", "since", type=_DAY, metavar="DAY", help="From this day on, as in 2026-01-31.")
@click.option("--to", "until", type=_DAY, metavar="DAY", help="Up to this day, which counts.")
@click.option(
    "--score",
    type=click.Choice(["overall", "pacing", "interruptions", "phrasing"]),
    default="overall",
    show_default=True,
    help="Which score --least, --most and --sort score speak of.",
)
@click.option("--least", type=_POINTS, help="With this score or more.")
@click.option("--most", type=_POINTS, help="With this score or less.")
@click.option("--mark", "marks", multiple=True, help="That shows one: cut-in, dead-air, blame … (again: and also).")
@click.option("--said", multiple=True, metavar="TEXT", help="In which somebody said this (again: and also).")
@click.option("--tag", "tags", multiple=True, help="With this tag (again: and also).")
@click.option("--reviewed/--not-reviewed", default=None, help="That a coach reviewed, or nobody did yet.")
@click.option(
    "--sort",
    "order",
    type=click.Choice(["date", "score", "trainee", "script"]),
    default="date",
    show_default=True,
    help="The newest, the weakest, or the first in the alphabet first.",
)
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=1), help=f"At most so many (else {_AT_A_TIME}; with --json all).")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Leave so many out at the beginning.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def sessions(  # noqa: PLR0917 - click passes them by name
    trainee: str | None,
    script: str | None,
    since: datetime | None,
    until: datetime | None,
    score: Score,
    least: float | None,
    most: float | None,
    marks: tuple[str, ...],
    said: tuple[str, ...],
    tags: tuple[str, ...],
    reviewed: bool | None,
    order: Order,
    reverse: bool,
    limit: int | None,
    offset: int,
    as_json: bool,
) -> None:
    """List the sessions, or those that you look for."""
    need_the_library()
    from callsim.library.search import Wanted  # noqa: PLC0415 - see `opened_library`

    wanted = Wanted(
        trainee=trainee,
        script=script,
        since=since.date() if since else None,
        until=until.date() if until else None,
        score=score,
        least=least,
        most=most,
        marks=marks,
        said=said,
        tags=tags,
        reviewed=reviewed,
        order=order,
        reverse=reverse,
        limit=limit if limit or as_json else _AT_A_TIME,
        offset=offset,
    )
    with current_library() as shelf:
        listed, count = shelf.find(wanted)
    if as_json:
        print_as_json(listed)
    elif listed:
        print_sessions(listed, count)
    else:
        OUT.print("No session is like that; without options `callsim sessions` lists all there are", soft_wrap=True)


@callsim.command()
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON and nothing else.")
def show(session: str, as_json: bool) -> None:
    """Show the scorecard of SESSION: its folder, or its name in the library."""
    need_the_library()
    from callsim.library.review import Reviews  # noqa: PLC0415 - see `opened_library`

    with opened_library() as shelf:
        folder, tags = shelf.look_up(session)
        review = Reviews(shelf).seen(folder)
    card, about = kept_card(folder), read_about(folder)
    if card is None:
        raise SessionError(f"{folder} has no scorecard of this version of callsim: callsim score {folder} makes one")
    if as_json:
        sys.stdout.write(card.to_json())
        return
    show_card(card, OUT)
    show_coached(card, coached(card, review), OUT)
    if tags:
        OUT.print(f"\nTags: {', '.join(tags)}", soft_wrap=True, markup=False)
    if about.forgotten:
        OUT.print(f"\nThe sound and the words were removed on {about.forgotten[:10]}", soft_wrap=True)


@callsim.command()
@click.argument("session")
@click.argument("tags", nargs=-1, metavar="[TAG]...")
@click.option("--remove", is_flag=True, help="Take the tags off instead.")
def tag(session: str, tags: tuple[str, ...], remove: bool) -> None:
    """Give SESSION tags, and say which it has."""
    if remove and not tags:
        raise InputError("Name the tags to take off")
    with opened_library() as shelf:
        (shelf.untag if remove else shelf.tag)(session, tags)
        there = shelf.tags(session)
    OUT.print(plain(", ".join(there)) or "No tags", soft_wrap=True, markup=False)


@callsim.command()
@click.argument("sessions", nargs=-1, required=True, metavar="SESSION...")
@yes_option
def delete(sessions: tuple[str, ...], yes: bool) -> None:
    """Remove sessions for good: folder, sound, scores, and what people wrote of them."""
    with opened_library() as shelf:
        names = list(dict.fromkeys(shelf.folder(session).name for session in sessions))
        what = plain(names[0]) if len(names) == 1 else times(len(names), "session")
        if not agreed(f"Remove {what} for good?", yes=yes):
            OUT.print("Nothing was removed")
            return
        for name in names:
            shelf.delete(name)
    OUT.print(f"Removed: {what}", soft_wrap=True, markup=False)


@callsim.command()
@click.option("--older-than", "age", required=True, metavar="AGE", help="As in 90d, 12w or 2y.")
@yes_option
def forget(age: str, yes: bool) -> None:
    """Remove the sound and the words of old sessions, and keep their figures."""
    now = datetime.now().astimezone()
    before = long_ago(age, now)
    with current_library() as shelf:
        names, unread = shelf.older(before), shelf.unread()
        if unread:
            many = times(len(unread), "folder is", "folders are")
            OUT.print(f"{many} of another version of callsim, and left as they are", soft_wrap=True)
        if not names:
            OUT.print(f"No session from before {before:%Y-%m-%d %H:%M} holds sound or words")
            return
        OUT.print(
            f"{times(len(names), 'session')} from before {before:%Y-%m-%d %H:%M}: sound, transcript, quotes and advice "
            "are removed, and so are clips and the words of coaches; scores, marks, times and coaches' points stay. "
            "Nothing brings them back.",
            soft_wrap=True,
        )
        if not agreed("Remove them?", yes=yes):
            OUT.print("Nothing was removed")
            return
        with counting() as progress:
            for done, name in enumerate(names):
                progress.step("Forgetting", done, len(names))
                shelf.forget(name, now)
        shelf.refresh(lambda *_: None)
    OUT.print(f"Removed: sound and words of {times(len(names), 'session')}", soft_wrap=True)


@callsim.group()
def library() -> None:
    """Look after the library: library.db beside the sessions, or the database that CALLSIM_LIBRARY names."""


@library.command()
def rebuild() -> None:
    """Make the library again from the session folders; what people wrote stays."""
    with opened_library() as shelf:
        with counting() as progress:
            shelf.rebuild(lambda done, total: progress.step("Reading sessions", done, total))
        count = len(shelf.names())
    OUT.print(f"Read: {times(count, 'session')} in {shelf.sessions}", soft_wrap=True, markup=False)
