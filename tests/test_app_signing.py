"""Signing in to a training room and out of it, and guessing."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from training import ORIGIN, PASSWORDS, SESSIONS, come_in, training

from callsim.app import signing
from callsim.app.forms import way
from callsim.app.room import COOKIE
from callsim.library.accounts import ABSOLUTE_MS, IDLE_MS, change_password, remove_account, with_password


@pytest.fixture
def room(tmp_path):
    """A coach, two trainees, a call of each."""
    with training(tmp_path) as made:
        yield made


@pytest.fixture
def stranger(room):
    """A browser with which nobody has signed in."""
    return room.browser()


def test_nobody_is_led_to_the_page_to_sign_in(stranger):
    """Which leads on to what they wanted."""
    refused = stranger.get("/sessions/x?at=5")
    assert (refused.status_code, refused.headers["location"]) == (303, "/sign-in?to=%2Fsessions%2Fx%3Fat%3D5")
    page = stranger.get(refused.headers["location"])
    assert page.status_code == 200
    assert 'name="to" value="/sessions/x?at=5"' in page.text
    assert stranger.get("/").headers["location"] == "/sign-in"
    came = come_in(stranger, "Ben", PASSWORDS["Ben"], to="/sessions/x?at=5")
    assert (came.status_code, came.headers["location"]) == (303, "/sessions/x?at=5")


def test_the_page_is_made_for_people_and_their_password_managers(stranger):
    """Labels, what to fill in, no script."""
    page = stranger.get("/sign-in").text
    assert '<label for="name">' in page
    assert 'autocomplete="username"' in page
    assert 'type="password" autocomplete="current-password"' in page
    assert "<script" not in page
    assert "Sessions" not in page


def test_the_cookie_is_locked_down(stranger):
    """No script, no other site, no page without TLS and no sub-domain reads or sets it."""
    cookie = come_in(stranger, "Ben", PASSWORDS["Ben"]).headers["set-cookie"]
    assert cookie.startswith("__Host-callsim=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"httponly", "path=/", "samesite=strict", "secure"}


def test_who_is_in_stands_on_every_page(room):
    """With the way out, which ends it here and elsewhere."""
    here, elsewhere = room.signed_in("Ben"), room.signed_in("Ben", "192.0.2.8")
    for path in ("/", "/sessions", f"/sessions/{SESSIONS['Ben']}", "/recordings", "/nothing"):
        page = here.get(path).text
        assert "Ben, trainee" in page
        assert 'action="/sign-out"' in page
        assert "/headset" not in page
    left = here.post("/sign-out")
    assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
    assert here.get("/sessions").status_code == elsewhere.get("/sessions").status_code == 303


def test_a_cookie_from_before_is_of_no_use_afterwards(room):
    """Somebody who kept it gets in no more."""
    ben = room.signed_in("Ben")
    cookie = ben.cookies[COOKIE]
    ben.post("/sign-out")
    thief = room.browser()
    thief.cookies.set(COOKIE, cookie)
    assert thief.get("/sessions").status_code == 303


def test_a_token_that_somebody_was_given_is_not_kept(room, stranger):
    """Each sign-in makes its own: nobody can prepare one for another (session fixation)."""
    stranger.cookies.set(COOKIE, "1767225600000.prepared", domain="room.example")
    assert come_in(stranger, "Ben", PASSWORDS["Ben"]).status_code == 303
    assert "prepared" not in stranger.cookies[COOKIE]
    other = room.browser()
    other.cookies.set(COOKIE, "1767225600000.prepared")
    assert other.get("/").status_code == 303


def test_two_sign_ins_have_two_tokens(room):
    """Even of one person in one moment."""
    assert room.signed_in("Ben").cookies[COOKIE] != room.signed_in("Ben").cookies[COOKIE]


def test_it_ends_by_itself(room):
    """After an hour without a click, and after a day of work in any case."""
    ben = room.signed_in("Ben")
    room.clock.ms += IDLE_MS - 1
    assert ben.get("/").status_code == 200
    room.clock.ms += IDLE_MS
    assert ben.get("/").status_code == 303
    ben = room.signed_in("Ben")
    for _ in range(ABSOLUTE_MS // (IDLE_MS // 2)):
        assert ben.get("/").status_code == 200
        room.clock.ms += IDLE_MS // 2
    assert ben.get("/").status_code == 303


@pytest.mark.parametrize(
    "end",
    [
        lambda shelf: change_password(shelf, "Ben", "another password"),
        lambda shelf: remove_account(shelf, "Ben"),
    ],
)
def test_another_password_and_no_account_end_it(room, end):
    """At once."""
    ben = room.signed_in("Ben")
    end(room.shelf)
    assert ben.get("/sessions").status_code == 303


def test_a_sign_in_under_way_does_not_outlive_the_old_password(stranger, monkeypatch):
    """It is told so, and the new one lets in."""

    def changed_meanwhile(shelf, name, password):
        account = with_password(shelf, name, password)
        change_password(shelf, name, "another password")
        return account

    with monkeypatch.context() as patch:
        patch.setattr(signing, "with_password", changed_meanwhile)
        answer = come_in(stranger, "Ben", PASSWORDS["Ben"])
    assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)
    assert "sign in again" in answer.text
    assert come_in(stranger, "Ben", "another password").status_code == 303


def test_who_is_in_is_not_asked_again(room):
    """The page to sign in leads on."""
    answer = room.signed_in("Ben").get("/sign-in?to=/sessions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil", "x", "", "/\n"]
)
def test_nobody_is_led_elsewhere(stranger, to):
    """A link to the page to sign in cannot lead to another site afterwards."""
    assert way(to) == "/"
    assert come_in(stranger, "Ben", PASSWORDS["Ben"], to=to).headers["location"] == "/"


def test_a_wrong_password_and_a_wrong_name_are_answered_alike(room):
    """To the letter, the name that was typed apart."""
    wrong = come_in(room.browser("192.0.2.10"), "Ben", "wrong wrong wrong")
    nobody = come_in(room.browser("192.0.2.11"), "Nob", "wrong wrong wrong")
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace('"Ben"', '"Nob"') == nobody.text
    assert "wrong wrong" not in wrong.text
    assert "set-cookie" not in wrong.headers
    length = {"content-length"}
    assert {k: v for k, v in wrong.headers.items() if k not in length} == {
        k: v for k, v in nobody.headers.items() if k not in length
    }


@pytest.mark.parametrize("name", ["Ben", "Nobody"])
def test_guessing_is_slowed_down(room, name):
    """After five tries, whether or not there is such an account; then even the right one waits, and is let in after."""
    client = room.browser()
    assert [come_in(client, name, f"guess number {n}").status_code for n in range(7)] == [401] * 5 + [429] * 2
    slowed = come_in(client, name, PASSWORDS.get(name, ""))
    assert slowed.status_code == 429
    assert slowed.headers["retry-after"] == "1"
    assert "Wait 1 second, then try again" in slowed.text
    room.clock.ms += 1001
    assert come_in(client, name, PASSWORDS.get(name, "x")).status_code == (303 if name == "Ben" else 401)


def test_many_tries_at_once_gain_nothing(room, monkeypatch):
    """They are counted before they are looked at; and only two are looked at in one moment."""
    now, most, loop = 0, 0, threading.current_thread()

    def slow(*_):
        nonlocal now, most
        assert threading.current_thread() is not loop
        now += 1
        most = max(most, now)
        time.sleep(0.02)
        now -= 1

    monkeypatch.setattr(signing, "with_password", slow)
    same = [("Ben", f"guess number {n}") for n in range(30)]
    many = [(f"name {n}", f"guess number {n}", f"192.0.2.{n}") for n in range(60)]
    of_same, of_many = asyncio.run(both_at_once(room, same, many))
    assert of_same == [401] * 5 + [429] * 25
    assert of_many == [401] * 20 + [503] * 40
    assert most == 2


async def both_at_once(room, *groups):
    """The answers to groups of forms, each of which comes in one moment; sorted."""
    return [await at_once(room, group) for group in groups]


async def at_once(room, tries):
    """The answers to many forms that come in one moment, sorted."""
    import httpx2 as httpx

    async def one(name, password, address="192.0.2.99"):
        transport = httpx.ASGITransport(room.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            form = {"name": name, "password": password}
            return (await client.post("/sign-in", data=form, headers={"origin": ORIGIN})).status_code

    return sorted(await asyncio.gather(*(one(*given) for given in tries)))


def test_a_large_form_is_refused(stranger):
    """It fills no memory."""
    assert come_in(stranger, "Ben", "x" * 20_000).status_code == 413


@pytest.mark.parametrize("name", ["", "\0", "ben'; DROP TABLE accounts; --", "é" * 500, "%00", "../Ben"])
def test_odd_names_are_wrong_names(room, stranger, name):
    """And break nothing."""
    assert come_in(stranger, name, "wrong wrong wrong").status_code == 401
    assert room.signed_in("Ben", "192.0.2.50").get("/").status_code == 200
