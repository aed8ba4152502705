"""A training room in a real browser: sign in, one's own sessions, another's refused, sign out."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from browser import NARROW, WIDE, Watched, launched, needs_chromium, until
from playwright.sync_api import expect
from room_process import add, certificate, open_room
from training import PASSWORDS, ROLES, SESSIONS, put_calls

pytestmark = needs_chromium
SOON_MS = 60_000
expect.set_options(timeout=SOON_MS)


@pytest.fixture(scope="module")
def chrome():
    """One browser; each test has a page of its own."""
    with launched() as made:
        yield made


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A room with its people and calls, served with TLS."""
    home = tmp_path_factory.mktemp("home")
    put_calls(home / "sessions")
    for name, password in PASSWORDS.items():
        assert add(home, name, ROLES[name], password).returncode == 0
    files = certificate(tmp_path_factory.mktemp("tls"))
    with open_room(home, "--certificate", str(files.certificate), "--key", str(files.key)) as made:
        yield made


@contextmanager
def at_a_computer(chrome, *, scripts=True, size=WIDE):
    """A page of its own, cookies and all. The browser does not know our authority."""
    with chrome.new_context(viewport=size, ignore_https_errors=True, java_script_enabled=scripts) as context:
        seen = Watched(context.new_page()).watch()
        seen.page.set_default_timeout(SOON_MS)
        yield seen


def come_in(page, room, name, password=None, path="/"):
    """Type and send."""
    page.goto(f"{room.address}{path}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password or PASSWORDS[name])
    page.get_by_role("button", name="Sign in").click()


def test_the_whole_way(chrome, room):
    """What a trainee does; nothing goes wrong on the way but what is refused."""
    with at_a_computer(chrome) as seen:
        page = seen.page
        page.goto(f"{room.address}/sessions")
        assert "/sign-in?to=" in page.url
        expect(page.get_by_label("Name")).to_be_focused()
        assert seen.serious() == []
        page.keyboard.type("ben")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORDS["Ben"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/sessions")
        expect(page.get_by_text("Ben, trainee")).to_be_visible()
        expect(page.get_by_text("Title of Ben")).to_be_visible()
        assert page.get_by_text("Title of Cleo").count() == 0
        assert seen.serious() == []
        page.get_by_role("link", name="Title of Ben").click()
        page.wait_for_url(f"**/sessions/{SESSIONS['Ben']}")
        until(page, "!document.getElementById('play').disabled")
        expect(page.get_by_text("zeppelin").first).to_be_visible()
        assert seen.wrong == []
        refused = page.goto(f"{room.address}/sessions/{SESSIONS['Cleo']}")
        assert refused.status == 404
        assert page.get_by_text("marmalade").count() == 0
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        page.go_back()
        assert page.get_by_text("zeppelin").count() == 0
        page.goto(f"{room.address}/sessions/{SESSIONS['Ben']}")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert [one for one in seen.wrong if "404" not in one] == []


def test_the_cookie_is_out_of_reach(chrome, room):
    """No script of a page sees it, and it goes to this host alone."""
    with at_a_computer(chrome) as seen:
        come_in(seen.page, room, "Ben")
        expect(seen.page.get_by_text("Ben, trainee")).to_be_visible()
        assert seen.page.evaluate("document.cookie") == ""
        (cookie,) = seen.page.context.cookies()
        assert cookie["name"] == "__Host-callsim"
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")


def test_it_works_without_scripts(chrome, room):
    """The page to sign in, what went wrong there, and the way out."""
    with at_a_computer(chrome, scripts=False, size=NARROW) as seen:
        page = seen.page
        come_in(page, room, "Cleo", "not the password")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        expect(page.get_by_label("Name")).to_have_value("Cleo")
        page.get_by_label("Password").fill(PASSWORDS["Cleo"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Cleo, trainee")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_sticks_out(chrome, room, size):
    """On a phone too; and the pages of the room are for everybody."""
    with at_a_computer(chrome, size=size) as seen:
        page = seen.page
        come_in(page, room, "Ben", "not the password")
        assert seen.serious() == []
        come_in(page, room, "Anna")
        for path in ("/", "/sessions", "/calls/parcel", "/recordings", "/trends", "/headset"):
            page.goto(f"{room.address}{path}")
            assert seen.serious() == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_socket_with_tls_tells_how_far_scoring_is(chrome, room):
    """The page of a call that is being scored speaks to the app as every other: by TLS."""
    with at_a_computer(chrome) as seen:
        come_in(seen.page, room, "Anna")
        expect(seen.page.get_by_text("Anna, coach")).to_be_visible()
        with seen.page.expect_websocket() as opening:
            seen.page.evaluate("import('/static/app/live.js').then((m) => m.follow('recording', () => {}, () => {}))")
        assert opening.value.url.startswith("wss://")
