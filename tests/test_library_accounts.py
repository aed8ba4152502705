"""Accounts, sign-ins and the audit, on a SQLite file and on a real PostgreSQL alike."""

from __future__ import annotations

from datetime import datetime

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from shelved import QUIET, put
from sqlalchemy import select, text, update

from callsim.errors import InputError, MachineError, UnknownName
from callsim.library import passwords
from callsim.library.accounts import (
    ABSOLUTE_MS,
    IDLE_MS,
    Account,
    accounts,
    add_account,
    change_password,
    digest,
    remove_account,
    sign_in,
    sign_out,
    signed_in,
    with_password,
)
from callsim.library.audit import Read, note_reads, reads
from callsim.library.models import AccountRow, SignInRow

MADE = "2026-01-01T00:00:00+00:00"
NOON = 1_767_268_800_000
PASSWORD = "correct horse battery"


@pytest.fixture
def ben(shelf):
    """A trainee's account."""
    return add_account(shelf, "Ben", "trainee", PASSWORD, MADE)


def kept(shelf, column):
    """All of a column."""
    with shelf.reading() as connection:
        return list(connection.execute(select(column)).scalars())


def test_accounts_are_listed_by_name(shelf, ben):
    """However they are written."""
    anna = add_account(shelf, "  anna   Élise ", "coach", PASSWORD, MADE)
    assert accounts(shelf) == [anna, ben] == [Account("anna Élise", "coach", MADE), Account("Ben", "trainee", MADE)]


@pytest.mark.parametrize("name", ["BEN", " ben ", "Ｂen"])
def test_one_name_is_one_account(shelf, ben, name):
    """Nobody gets at somebody's calls by writing their name another way."""
    with pytest.raises(InputError, match="There is an account named"):
        add_account(shelf, name, "trainee", PASSWORD, MADE)
    assert with_password(shelf, name, PASSWORD).name == ben.name


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a\nb\x07", "x" * 81])
def test_what_cannot_be_a_name(shelf, name):
    """Is said."""
    with pytest.raises(InputError, match="A name has 1 to 80 letters"):
        add_account(shelf, name, "trainee", PASSWORD, MADE)


@pytest.mark.parametrize("password", ["", "eleven lett", "x" * 257])
def test_a_password_is_long_enough(shelf, password):
    """And what it was is in no message."""
    with pytest.raises(InputError, match="12 to 256") as wrong:
        add_account(shelf, "Ben", "trainee", password, MADE)
    assert not password or password not in str(wrong.value)


def test_a_password_is_not_the_name(shelf):
    """In any case of letters."""
    with pytest.raises(InputError, match="not the name"):
        add_account(shelf, "Wilhelmina Long", "trainee", "wilhelmina LONG", MADE)


@pytest.mark.usefixtures("ben")
def test_a_password_is_kept_as_argon2id_with_the_parameters_of_the_rfc(shelf):
    """And is nowhere itself; two of the same are kept differently."""
    add_account(shelf, "Cleo", "trainee", PASSWORD, MADE)
    one, other = kept(shelf, AccountRow.password)
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert extract_parameters(one) == RFC_9106_LOW_MEMORY
    assert one != other
    assert PASSWORD not in one + other


def test_only_the_password_lets_in(shelf, ben):
    """Not another's, not a part of it, not one of nobody."""
    assert with_password(shelf, "Ben", PASSWORD).name == ben.name
    for name, password in (("Ben", PASSWORD + "x"), ("Ben", PASSWORD[:-1]), ("Ben", ""), ("Nobody", PASSWORD)):
        assert with_password(shelf, name, password) is None


def test_a_keyboard_that_makes_letters_otherwise_lets_in_too(shelf):
    """An é of one sign or of two."""
    add_account(shelf, "Zoé", "coach", "caf\u00e9 au lait au lait", MADE)
    assert with_password(shelf, "Zoe\u0301", "cafe\u0301 au lait au lait") is not None


@pytest.mark.usefixtures("ben")
def test_nobodys_password_is_looked_at_as_long(shelf, monkeypatch):
    """The same hash is computed for a name that there is not, so that the time tells nothing."""
    asked = []
    verify = PasswordHasher.verify

    def watching(self, kept, password):
        asked.append(extract_parameters(kept))
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", watching)
    for name in ("Ben", "Nobody", "", "\0", "x" * 5000):
        with_password(shelf, name, "wrong wrong wrong")
    assert asked == [RFC_9106_LOW_MEMORY] * 5


def test_a_hash_of_older_parameters_is_made_anew(shelf, ben):
    """When its owner comes in, since only then the password is known."""
    older = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with shelf.writing() as connection:
        connection.execute(update(AccountRow).values(password=older))
    assert passwords.is_outdated(older)
    assert with_password(shelf, "ben", "wrong wrong wrong") is None
    assert kept(shelf, AccountRow.password) == [older]
    checked = with_password(shelf, "ben", PASSWORD)
    assert not passwords.is_outdated(kept(shelf, AccountRow.password)[0])
    assert signed_in(shelf, sign_in(shelf, checked, NOON), NOON) == ben
    assert with_password(shelf, "ben", PASSWORD).name == ben.name


@pytest.mark.usefixtures("ben")
def test_a_broken_hash_lets_nobody_in(shelf):
    """It is no crash either."""
    with shelf.writing() as connection:
        connection.execute(update(AccountRow).values(password="nonsense"))
    assert with_password(shelf, "ben", "nonsense") is None


def test_a_token_is_long_new_and_kept_only_as_its_hash(shelf, ben):
    """Who reads the database can sign in as nobody."""
    one, other = sign_in(shelf, ben, NOON), sign_in(shelf, ben, NOON)
    assert one != other
    assert len(one.split(".")[1]) == 43
    assert sorted(kept(shelf, SignInRow.token)) == sorted([digest(one), digest(other)])
    assert signed_in(shelf, digest(one), NOON) is None
    assert signed_in(shelf, one, NOON) == ben


@pytest.mark.parametrize("token", ["", ".", "x", "9999999999999.x", "\0", "é" * 50])
def test_another_token_is_nobodys(shelf, ben, token):
    """Whatever it looks like."""
    sign_in(shelf, ben, NOON)
    assert signed_in(shelf, token, NOON) is None


def test_a_sign_in_ends_when_nobody_uses_it(shelf, ben):
    """An hour after the last use, which moves its end."""
    token = sign_in(shelf, ben, NOON)
    later = NOON + IDLE_MS - 1
    assert signed_in(shelf, token, later) == ben
    assert signed_in(shelf, token, later + IDLE_MS - 1) == ben
    assert signed_in(shelf, token, later + 3 * IDLE_MS) is None


def test_a_sign_in_ends_in_any_case(shelf, ben):
    """However often it is used; its beginning is in the token and cannot be changed."""
    token = sign_in(shelf, ben, NOON)
    for minutes in range(0, ABSOLUTE_MS // 60_000, 30):
        assert signed_in(shelf, token, NOON + minutes * 60_000) == ben
    assert signed_in(shelf, token, NOON + ABSOLUTE_MS - 1) == ben
    assert signed_in(shelf, token, NOON + ABSOLUTE_MS) is None
    assert signed_in(shelf, f"{NOON + ABSOLUTE_MS}.{token.split('.')[1]}", NOON + ABSOLUTE_MS) is None


def test_what_has_ended_is_removed(shelf, ben):
    """When the next one signs in."""
    sign_in(shelf, ben, NOON)
    sign_in(shelf, ben, NOON + 1)
    new = sign_in(shelf, ben, NOON + IDLE_MS)
    assert digest(new) in kept(shelf, SignInRow.token)
    assert len(kept(shelf, SignInRow.token)) == 2


@pytest.mark.parametrize(
    "end",
    [
        lambda shelf: sign_out(shelf, "BEN"),
        lambda shelf: change_password(shelf, "ben", "another password"),
        lambda shelf: remove_account(shelf, "ben"),
    ],
)
def test_all_sign_ins_of_somebody_end(shelf, ben, end):
    """By signing out, by another password, by the account's end; those of others go on."""
    cleo = add_account(shelf, "Cleo", "coach", PASSWORD, MADE)
    theirs, other = [sign_in(shelf, ben, NOON) for _ in range(2)], sign_in(shelf, cleo, NOON)
    end(shelf)
    assert [signed_in(shelf, token, NOON) for token in theirs] == [None, None]
    assert signed_in(shelf, other, NOON) == cleo
    assert len(kept(shelf, SignInRow.token)) == 1


def test_another_password_is_the_only_one(shelf, ben):
    """The old one is over."""
    change_password(shelf, "BEN", "another password")
    assert with_password(shelf, "Ben", PASSWORD) is None
    assert with_password(shelf, "Ben", "another password").name == ben.name


def test_a_password_that_is_changed_meanwhile_lets_nobody_in(shelf, ben):
    """Between the look at it and the sign-in; else whoever knew the old one would stay in."""
    checked = with_password(shelf, "Ben", PASSWORD)
    assert signed_in(shelf, sign_in(shelf, checked, NOON), NOON) == ben
    change_password(shelf, "Ben", "another password")
    with pytest.raises(InputError, match="changed just now: sign in again"):
        sign_in(shelf, checked, NOON)
    assert kept(shelf, SignInRow.token) == []
    assert PASSWORD not in repr(checked)
    assert checked.password not in repr(checked)


@pytest.mark.usefixtures("ben")
def test_nobody_is_told(shelf):
    """With the name that comes near."""
    with pytest.raises(UnknownName, match="did you mean Ben"):
        remove_account(shelf, "Benn")
    with pytest.raises(UnknownName, match="account"):
        change_password(shelf, "Benn", "another password")
    with pytest.raises(UnknownName):
        sign_in(shelf, Account("Gone", "coach", MADE), NOON)


def read(**of):
    """A line."""
    ben = {"at": "2026-02-01T10:00:00+01:00", "by": "Anna", "session": "s-1", "trainee": "Ben", "what": "sound"}
    return Read(**{**ben, **of})


def test_the_audit_lists_what_was_noted(shelf):
    """In that order; of one trainee however written, and from a moment on in any time zone."""
    lines = [read(), read(trainee="Cleo", at="2026-02-02T00:30:00+02:00"), read(what="replay", trainee="BEN\0")]
    note_reads(shelf, *lines[:2])
    note_reads(shelf, lines[2])
    lines[2] = read(what="replay", trainee="BEN ")
    assert reads(shelf) == lines
    assert reads(shelf, trainee="ben") == [lines[0], lines[2]]
    since = datetime.fromisoformat("2026-02-01T22:30:00+00:00")
    assert reads(shelf, since) == [lines[1]]


def test_the_audit_outlives_the_session(shelf):
    """Deleted, forgotten, the library made anew, the account gone: the lines stay."""
    put(shelf.sessions, "s-1", about={"trainee": "Ben"})
    add_account(shelf, "Ben", "trainee", PASSWORD, MADE)
    note_reads(shelf, read())
    shelf.refresh(QUIET)
    shelf.forget("s-1", datetime.fromisoformat(MADE))
    shelf.delete("s-1")
    shelf.rebuild(QUIET)
    remove_account(shelf, "Ben")
    assert reads(shelf) == [read()]


def test_what_cannot_be_noted_is_said(shelf):
    """As a mistake of the machine's, without what was to be written."""
    with shelf.writing() as connection:
        connection.execute(text("DROP TABLE reads"))
    with pytest.raises(MachineError) as wrong:
        note_reads(shelf, read(session="secret-name"))
    assert "secret-name" not in str(wrong.value)
