"""The page of sessions finds them by the same queries as the command."""

from __future__ import annotations

import re
from datetime import date

import pytest
from coachs_pages import ROSA, listed, make_home, seen_as, send

from callsim.library.search import Wanted
from callsim.library.shelf import library


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a good call of Ana's and a rude one of Ben's."""
    return make_home(tmp_path, monkeypatch)


@pytest.fixture
def rosa(home, monkeypatch):
    """The app as a coach in a training room sees it."""
    with seen_as(home, ROSA, monkeypatch) as made:
        yield made


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, Wanted()),
        ({"trainee": "ana"}, Wanted(trainee="ana")),
        ({"script": "hotel"}, Wanted(script="hotel")),
        ({"mark": "cut_in"}, Wanted(marks=["cut-in"])),
        ({"said": "manual"}, Wanted(said=["manual"])),
        ({"least": "50"}, Wanted(least=50)),
        ({"most": "50"}, Wanted(most=50)),
        ({"reviewed": "yes"}, Wanted(reviewed=True)),
        ({"reviewed": "no"}, Wanted(reviewed=False)),
        ({"sort": "score"}, Wanted(order="score")),
        ({"sort": "trainee", "least": "", "said": " "}, Wanted(order="trainee")),
        ({"since": "2026-06-02"}, Wanted(since=date(2026, 6, 2))),
        ({"tag": "example"}, Wanted(tags=["example"])),
    ],
    ids=str,
)
def test_the_list_is_narrowed_as_the_command_does(home, rosa, query, wanted):
    """By the same query."""
    send(rosa, "reviewed")
    with library({"CALLSIM_HOME": str(home)}) as shelf:
        shelf.tag("rude", ["example"])
        shelf.refresh(lambda *_: None)
        expected = [one.name for one in shelf.find(wanted)[0]]
    page = rosa.get("/sessions", params=query).text
    assert listed(page) == expected
    assert ("No session is like that" in page) == (not expected)


@pytest.mark.parametrize("query", [{"least": "much"}, {"least": "nan"}, {"mark": "song"}, {"since": "soon"}])
def test_a_field_that_cannot_be_read_is_told(rosa, query):
    """The rest of the list is there."""
    page = rosa.get("/sessions", params=query).text
    assert "could not be read" in page
    assert listed(page) == ["rude", "good"]


def test_a_long_list_has_pages(rosa, monkeypatch):
    """Which keep what was asked for."""
    monkeypatch.setattr("callsim.app.listing.AT_A_TIME", 1)
    first = rosa.get("/sessions", params={"sort": "trainee"}).text
    assert (listed(first), "1 to 1" in first) == (["good"], True)
    more = re.search(r'href="([^"]*offset=1[^"]*)"', first)[1].replace("&amp;", "&")
    second = rosa.get(more).text
    assert (listed(second), 'href="/sessions?sort=trainee"' in second) == (["rude"], True)
