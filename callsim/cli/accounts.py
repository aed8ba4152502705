"""`callsim account`, `accounts` and `audit`: who may come into a training room, and who heard whom there."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from typing import Literal

import click

from callsim.cli.commands import callsim
from callsim.cli.console import OUT
from callsim.cli.shelving import agreed, long_ago, need_the_library, opened_library, plain, times
from callsim.cli.tables import print_table
from callsim.errors import InputError, MachineError

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def need_passwords() -> None:
    """Raises MachineError where the extra `library` is not installed, or an older one is."""
    need_the_library()
    if find_spec("argon2") is None:
        raise MachineError('Passwords need argon2, which is not installed: run `pip install "callsim[library]"`')


@callsim.command()
@_json_option
def accounts(as_json: bool) -> None:
    """List who may sign in to the training room, `callsim app --host`."""
    need_passwords()
    from callsim.library import accounts as room  # noqa: PLC0415 - see `opened_library`

    with opened_library() as shelf:
        found = room.accounts(shelf)
    if as_json:
        _print_as_json([asdict(account) for account in found])
    elif found:
        print_table([("name", "role", "made"), *((plain(one.name), one.role, one.made[:10]) for one in found)])
    else:
        OUT.print("Nobody may sign in yet: `callsim account add NAME --role coach` makes the first account")


@callsim.group()
def account() -> None:
    """Say who may sign in to the training room.

    A trainee hears the calls that are kept under the name of their account; a coach hears everybody's.
    """


@account.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["coach", "trainee"]), required=True, help="What they may see.")
def add(name: str, role: Literal["coach", "trainee"]) -> None:
    """Make an account for NAME; the password is asked for, or read from standard input."""
    need_passwords()
    from callsim.library import accounts as room  # noqa: PLC0415

    with opened_library() as shelf:
        made = room.add_account(shelf, name, role, _password(), _now().isoformat(timespec="seconds"))
    OUT.print(f"{made.name} may sign in as {made.role}", soft_wrap=True, markup=False)


@account.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Take the account of NAME away, and sign them out; their sessions stay."""
    need_passwords()
    from callsim.library import accounts as room  # noqa: PLC0415

    with opened_library() as shelf:
        if not agreed(f"Remove the account of {plain(name)}?", yes=yes):
            OUT.print("Nothing was removed")
            return
        room.remove_account(shelf, name)
        left = sum(one.role == "coach" for one in room.accounts(shelf))
    OUT.print(f"{name} may not sign in any more", soft_wrap=True, markup=False)
    if not left:
        OUT.print("There is no coach any more: the training room starts only when there is one")


@account.command()
@click.argument("name")
def password(name: str) -> None:
    """Give NAME another password, and sign them out wherever they are in."""
    need_passwords()
    from callsim.library import accounts as room  # noqa: PLC0415

    with opened_library() as shelf:
        room.change_password(shelf, name, _password())
    OUT.print(f"{name} has another password", soft_wrap=True, markup=False)


@callsim.command()
@click.option("--since", metavar="DATE|AGE", help="From this day on, as in 2026-01-31, or so long ago, as in 30d.")
@click.option("--trainee", metavar="NAME", help="Only what was heard or read of this trainee.")
@_json_option
def audit(since: str | None, trainee: str | None, as_json: bool) -> None:
    """List who heard or read which call in the training room; nothing of callsim takes a line away.

    What is done on this machine itself, in the terminal or in `callsim app` without --host, is not listed.
    """
    need_the_library()
    from callsim.library.audit import reads  # noqa: PLC0415

    with opened_library() as shelf:
        found = reads(shelf, None if since is None else _moment(since), trainee)
    if as_json:
        _print_as_json([asdict(read) for read in found])
    elif found:
        rows = [(_clock(one.at), *map(plain, (one.by, one.trainee or "-", one.session, one.what))) for one in found]
        print_table([("when", "by", "whose", "session", "what"), *rows])
        OUT.print(f"\n{times(len(found), 'reading')}")
    else:
        OUT.print("Nobody has heard or read a call in the training room" + (" in that time" if since else ""))


def _password() -> str:
    """Typed twice where somebody sits at a terminal, else a line of standard input; never an option, which all see."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True))
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise InputError("No password came: type it at a terminal, or send it as one line to standard input")
    return given


def _moment(since: str) -> datetime:
    try:
        return datetime.strptime(since, "%Y-%m-%d").astimezone()
    except ValueError:
        pass
    try:
        return long_ago(since, _now())
    except InputError:
        raise InputError(f"{since!r} is neither a day nor an age: write 2026-01-31, or 30d, 12w, 2y") from None


def _now() -> datetime:
    return datetime.now().astimezone()


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _print_as_json(rows: Sequence[Mapping[str, object]]) -> None:
    sys.stdout.write("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
