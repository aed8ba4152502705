"""Who may come into a training room, and who is in.

A sign-in is a random token that only its owner's browser knows: here lies its SHA-256. The moment of signing in is
part of the token, so that it cannot be changed; with it a sign-in has two ends: one when nobody uses it for a while,
one in any case.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sqlalchemy import Connection, delete, func, insert, select, update

from callsim.errors import InputError, UnknownName
from callsim.library.models import AccountRow, SignInRow
from callsim.library.passwords import check_password, hashed, is_outdated, is_right
from callsim.library.reading import folded
from callsim.library.shelf import Library
from callsim.timeline import Ms

Role: TypeAlias = Literal["coach", "trainee"]
# A lesson without a click, and a working day (OWASP's session management cheat sheet: 4 to 8 hours for an office day,
# 15 to 30 minutes of idleness where little is at stake; hearing a long call is no idleness, but has no click).
IDLE_MS: Ms = 60 * 60_000
ABSOLUTE_MS: Ms = 8 * 60 * 60_000
# 256 bits: nobody guesses one.
_TOKEN_BYTES = 32
# Not every click is written down.
_NOTED_EVERY_MS: Ms = 60_000
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in; `made` is a moment in ISO 8601."""

    name: str
    role: Role
    made: str


@dataclass(frozen=True, slots=True)
class Checked(Account):
    """Somebody whose password was right just now, and the hash that it was right for."""

    password: str = field(repr=False)


def accounts(shelf: Library) -> list[Account]:
    """All of them by name."""
    with shelf.reading() as connection:
        rows = connection.execute(select(*_SHOWN).order_by(AccountRow.key)).all()
    return [_account(row.name, row.role, row.made) for row in rows]


def add_account(shelf: Library, name: str, role: Role, password: str, made: str) -> Account:
    """Make an account. Raises InputError where there is one of that name, or name or password cannot be one."""
    shown = " ".join(name.split())
    if not shown or len(shown) > _LONGEST_NAME or not shown.isprintable():
        raise InputError(f"A name has 1 to {_LONGEST_NAME} letters, and {name[:_LONGEST_NAME]!r} cannot be one")
    check_password(password, shown)
    row = {"key": folded(shown), "name": shown, "role": role, "password": hashed(password), "made": made}
    with shelf.writing() as connection:
        if _kept(connection, shown) is not None:
            raise InputError(f"There is an account named {shown!r}: `callsim accounts` lists them")
        connection.execute(insert(AccountRow).values(row))
    return Account(shown, role, made)


def remove_account(shelf: Library, name: str) -> None:
    """Take an account away, and end its sign-ins. Raises UnknownName. The trainee's sessions stay."""
    with shelf.writing() as connection:
        key = _key(connection, name)
        connection.execute(delete(SignInRow).where(SignInRow.account == key))
        connection.execute(delete(AccountRow).where(AccountRow.key == key))


def change_password(shelf: Library, name: str, password: str) -> None:
    """Give an account another password, and end its sign-ins. Raises UnknownName and InputError."""
    check_password(password, name)
    kept = hashed(password)
    with shelf.writing() as connection:
        key = _key(connection, name)
        connection.execute(update(AccountRow).where(AccountRow.key == key).values(password=kept))
        connection.execute(delete(SignInRow).where(SignInRow.account == key))


def with_password(shelf: Library, name: str, password: str) -> Checked | None:
    """Whose name and password these are; nobody's takes as long. A hash of older parameters is made anew."""
    with shelf.reading() as connection:
        kept = _kept(connection, name)
    if not is_right(kept.password if kept else None, password) or kept is None:
        return None
    right_for = _hash_again(shelf, kept, password) if is_outdated(kept.password) else kept.password
    return Checked(kept.account.name, kept.account.role, kept.account.made, right_for)


def sign_in(shelf: Library, account: Account, now_ms: Ms) -> str:
    """A new token for somebody whose password was right.

    Raises UnknownName where the account is gone meanwhile, InputError where it has another password than was checked.
    """
    token = f"{now_ms}.{secrets.token_urlsafe(_TOKEN_BYTES)}"
    with shelf.writing() as connection:
        connection.execute(delete(SignInRow).where(SignInRow.until_ms <= now_ms))
        key = _key(connection, account.name)
        password = connection.execute(select(AccountRow.password).where(AccountRow.key == key)).scalar()
        if isinstance(account, Checked) and account.password != password:
            raise InputError("This password has been changed just now: sign in again")
        row = {"token": digest(token), "account": key, "until_ms": now_ms + IDLE_MS}
        connection.execute(insert(SignInRow).values(row))
    return token


def signed_in(shelf: Library, token: str, now_ms: Ms) -> Account | None:
    """Whose token this is, as long as it holds; to be asked is to be used."""
    query = select(*_SHOWN, SignInRow.until_ms).join(SignInRow, SignInRow.account == AccountRow.key)
    with shelf.reading() as connection:
        row = connection.execute(query.where(SignInRow.token == digest(token))).one_or_none()
    if row is None or row.until_ms <= now_ms:
        return None
    until_ms = min(now_ms + IDLE_MS, _began_ms(token) + ABSOLUTE_MS)
    if until_ms <= now_ms:
        return None
    if until_ms > row.until_ms + _NOTED_EVERY_MS:
        with shelf.writing() as connection:
            which = update(SignInRow).where(SignInRow.token == digest(token))
            connection.execute(which.values(until_ms=until_ms))
    return _account(row.name, row.role, row.made)


def sign_out(shelf: Library, name: str) -> None:
    """End somebody's sign-ins, on whatever computers they are."""
    with shelf.writing() as connection:
        connection.execute(delete(SignInRow).where(SignInRow.account == folded(name)))


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


_SHOWN = AccountRow.name, AccountRow.role, AccountRow.made


@dataclass(frozen=True, slots=True)
class _Kept:
    account: Account
    password: str


def _kept(connection: Connection, name: str) -> _Kept | None:
    query = select(*_SHOWN, AccountRow.password).where(AccountRow.key == folded(name))
    row = connection.execute(query).one_or_none()
    return None if row is None else _Kept(_account(row.name, row.role, row.made), row.password)


def _account(name: str, role: str, made: str) -> Account:
    return Account(name, "coach" if role == "coach" else "trainee", made)


def _key(connection: Connection, name: str) -> str:
    key = folded(name)
    if not connection.execute(select(func.count()).where(AccountRow.key == key)).scalar():
        raise UnknownName("account", name, connection.execute(select(AccountRow.name)).scalars())
    return key


def _hash_again(shelf: Library, kept: _Kept, password: str) -> str:
    new = hashed(password)
    with shelf.writing() as connection:
        same = AccountRow.key == folded(kept.account.name), AccountRow.password == kept.password
        connection.execute(update(AccountRow).where(*same).values(password=new))
    return new


def _began_ms(token: str) -> Ms:
    """When it was made; its hash is known, so that it is one of ours."""
    return int(token.split(".", maxsplit=1)[0])
