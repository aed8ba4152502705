"""The pages of trends: what they show is what the terminal prints, to whom it is theirs to see."""

from __future__ import annotations

import html
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from app_client import TOKEN, place
from practised import learning, practise
from starlette.testclient import TestClient

from callsim.app import trends as pages
from callsim.app.desk import Desk
from callsim.app.server import application
from callsim.app.shelves import shelf_of
from callsim.app.trends import address_of
from callsim.app.visitor import KEY, Visitor
from callsim.cli import run
from callsim.library.follow_ups import follow_up
from callsim.library.review import Reviews

HOSTILE = "<script>alert(1)</script>&\"'"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of our own."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    return tmp_path


@contextmanager
def as_somebody(home, visitor=None):
    """A browser that is in; `visitor` is whom a training room would have let in."""
    app = application(place(home), Desk())

    async def known(scope, receive, send):
        if visitor is not None:
            scope[KEY] = visitor
        await app(scope, receive, send)

    with TestClient(known, "http://127.0.0.1:8123", follow_redirects=False) as browser:
        browser.get(f"/?token={TOKEN}")
        yield browser


def text_of(page):
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def printed(capsys, *arguments):
    """What the command prints."""
    capsys.readouterr()
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


def test_every_figure_is_the_terminal_s(home, capsys):
    """Each line that `callsim trends NAME` prints stands on the page, and each cell of its table."""
    practise(home / "sessions", "Ana", learning(14, 0.3, 0.9))
    with as_somebody(home) as browser:
        page = text_of(browser.get("/trends/Ana").text)
    out = printed(capsys, "trends", "Ana")
    sentences = [line.strip() for line in out.splitlines() if line.startswith("  ") and "--json" not in line]
    assert len(sentences) > 15
    for sentence in sentences:
        assert sentence in page
    for row in out.split("\n\n")[1].splitlines()[1:]:
        for cell in re.split(r"  +", row):
            assert cell in page


def test_the_team_s_figures_too(home, capsys):
    """Row by row."""
    practise(home / "sessions", "Ana", learning(9, 0.3, 0.9))
    practise(home / "sessions", "Ben", learning(2, 0.5, 0.5))
    told = json.loads(printed(capsys, "trends", "--json"))
    with as_somebody(home) as browser:
        page = text_of(browser.get("/trends").text)
    for row in printed(capsys, "trends").splitlines()[1:3]:
        name, calls, now, change, day, *_ = re.split(r"  +", row)
        assert f"{name} {calls} {now} {change} {day}" in page
    assert [row["trainee"] for row in told] == ["Ana", "Ben"]


@pytest.mark.parametrize("name", [HOSTILE, "a/../b", "..", ".", "", "a?b#c%2F", "小林", "x" * 300, "a//b", "\\..\\a"])
def test_a_name_may_be_anything(home, name):
    """It is shown as it is, and the table's link leads to its page."""
    practise(home / "sessions", name, learning(2, 0.5, 0.5))
    with as_somebody(home) as browser:
        team = browser.get("/trends").text
        assert HOSTILE not in team
        link = re.search(r'<th scope="row"><a href="([^"]*)"', team)[1]
        page = browser.get(html.unescape(link))
    assert page.status_code == 200
    assert HOSTILE not in page.text
    assert html.unescape(re.search(r"<h1>(.*)</h1>", page.text)[1]) == (name or "(no name)")


def test_a_trainee_sees_their_own_and_nobody_else_s(home):
    """Other names are as good as not there; no table of all, no files."""
    for name in ("Ana", "Ben"):
        practise(home / "sessions", name, learning(3, 0.5, 0.5))
    with as_somebody(home, Visitor("ana", "trainee")) as browser:
        to = browser.get("/trends")
        assert (to.status_code, to.headers["location"]) == (303, "/trends/ana")
        own = browser.get("/trends/ana")
        assert own.status_code == 200
        assert "Against your own start" in own.text
        assert "/export/" not in own.text
        assert "Ben" not in own.text
        assert browser.get("/trends/Ben").status_code == 404
        assert browser.get("/trends", params={"of": "Ben"}).status_code == 404
        assert browser.get("/export/sessions.csv").status_code == 403
    with as_somebody(home, Visitor("new", "trainee")) as browser:
        assert "Nothing to see yet" in browser.get("/trends/new").text


def test_files_are_what_the_command_writes(home, tmp_path):
    """Byte for byte, for all or for one trainee."""
    practise(home / "sessions", "Ana", learning(3, 0.5, 0.5))
    practise(home / "sessions", "Ben", learning(1, 0.5, 0.5))
    site = "https://training.example.org"
    asked = {"csv": ({}, []), "xlsx": ({"trainee": "Ana"}, ["--trainee", "Ana"])}
    asked["json"] = {"home-page": site, "pass-at": "60"}, ["--home-page", site, "--pass-at", "60"]
    with as_somebody(home) as browser:
        for kind, (query, options) in asked.items():
            got = browser.get(f"/export/sessions.{kind}", params=query)
            file = tmp_path / f"ours.{kind}"
            assert run(["export", str(file), *options]) == 0
            assert got.content == file.read_bytes()
            assert f'filename="sessions.{kind}"' in got.headers["content-disposition"]
        assert browser.get("/export/sessions.json").status_code == 400
        assert browser.get("/export/sessions.zip").status_code == 404
        assert browser.get("/export/other.csv").status_code == 404
        assert browser.get("/export/sessions.json", params={"home-page": site, "pass-at": "x"}).status_code == 400


def test_days_and_points_are_asked_for(home):
    """What a form asks is what is shown; what is no day is told."""
    practise(home / "sessions", "Ana", learning(10, 0.5, 0.5), days=1)
    with as_somebody(home) as browser:
        page = text_of(browser.get("/trends/Ana?from=2026-06-03&to=2026-06-05&by=month&script=").text)
        assert "3 calls, 3 Jun 2026 to 5 Jun 2026." in page
        assert "June 2026 3" in page
        assert "No scored call is like that" in browser.get("/trends/Ana?from=2030-01-01").text
        assert "No trainee has a scored call in those days" in browser.get("/trends?from=2030-01-01").text
        assert browser.get("/trends/Ana?from=yesterday").status_code == 400
        assert browser.get("/trends/Nobody").status_code == 404


def test_the_other_s_points_are_of_the_same_calls(home, capsys):
    """The link from the machine's points to a coach's, and back, keeps what was chosen; on a page it is said."""
    session, *_ = practise(home / "sessions", "Ana", learning(10, 0.5, 0.5), days=1)
    practise(home / "sessions", "..", learning(1, 0.5, 0.5))
    printed(capsys, "trends")
    with shelf_of(home / "sessions") as shelf:
        Reviews(shelf).overrule(session, "phrasing.recap", 0, "No.", by="Kim", now=datetime(2026, 7, 1, tzinfo=UTC))
    asked = "script=parcel&from=2026-06-01&to=2026-06-08"
    with as_somebody(home) as browser:
        for address in ("/trends", "/trends/Ana"):
            page = html.unescape(browser.get(f"{address}?{asked}").text)
            assert f'href="{address}?{asked}&whose=coach"' in page
            back = html.unescape(browser.get(f"{address}?{asked}&whose=coach").text)
            assert f'href="{address}?{asked}"' in back
        assert "rests on every call there is (10)." in text_of(page)
        assert "goes by all calls of a trainee" in text_of(browser.get(f"/trends?{asked}").text)
        odd = html.unescape(browser.get("/trends?of=..&from=2026-06-01&whose=coach").text)
        assert 'href="/trends?of=..&from=2026-06-01"' in odd


def test_who_has_yet_to_begin_has_a_page(home):
    """The table of all leads there; who was never asked to take a call has none."""
    with shelf_of(home / "sessions") as shelf:
        follow_up(shelf, "Zoe", "parcel", by="Kim", now=datetime(2026, 6, 1, tzinfo=UTC))
    with as_somebody(home) as browser:
        assert 'href="/trends/Zoe"' in browser.get("/trends").text
        page = browser.get("/trends/Zoe")
        assert page.status_code == 200
        assert "Zoe No calls yet." in text_of(page.text)
        assert browser.get("/trends/Zeo").status_code == 404


def test_there_is_something_to_read_before_the_first_call(home):
    """What it will show, and where to begin."""
    with as_somebody(home) as browser:
        assert "Nothing to see yet" in browser.get("/trends").text


def test_without_the_library_the_page_says_what_to_install(home, monkeypatch):
    """In a sentence; nothing else stops."""
    monkeypatch.setattr(pages, "there_is_a_library", lambda: False)
    with as_somebody(home) as browser:
        for address in ("/trends", "/trends/Ana", "/export/sessions.csv"):
            assert "callsim[library]" in html.unescape(browser.get(address).text)


def test_an_address_holds_no_more_than_a_name():
    """Nothing in a name leads elsewhere."""
    assert address_of("Ana Kovač/ä?#") == f"/trends/{quote('Ana Kovač/ä?#', safe='')}"
    for name in ("..", ".", "", "a/../b", "a//b", "\\x", "50%"):
        assert address_of(name).startswith("/trends?of=")
