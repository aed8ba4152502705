"""What a library finds: what is asked for, as the folders are now; on a SQLite file and on a real PostgreSQL alike."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest
from found import everything, names
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shelved import QUIET, put, rescore

from callsim.errors import InputError, SessionError, UnknownName
from callsim.library.search import Wanted
from callsim.library.shelf import library
from callsim.scoring.scorecard import ActRow, OverlapRow, TranscriptRow

# --- finding --------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(shelf):
    """Three sessions, known by what is in them."""
    turn = TranscriptRow(who="trainee", start_ms=61_500, end_ms=63_000, text="that's 100% not_my FAULT", words=())
    theirs = TranscriptRow(who="caller", start_ms=4_000, end_ms=6_000, text="Das ist ja GROSSARTIG, Straße", words=())
    blame = ActRow(act="blame", start_ms=1, end_ms=2, quote="x")
    cut = OverlapRow(start_ms=1, end_ms=2, kind="cut_in")
    a = {"trainee": "Ana", "script": "parcel", "started": "2026-01-01T23:30:00-05:00"}
    b = {"trainee": "ben", "script": "hotel", "started": "2026-01-02T00:30:00+02:00"}
    c = {"trainee": "Zoë Ångström", "script": "Parcel", "started": "2026-01-03T12:00:00+00:00"}
    bad = {"pacing": 10.0, "interruptions": None, "phrasing": 55.0}
    put(shelf.sessions, "a", about=a, overall=80.0, acts=(blame,), overlaps=(), transcript=(turn,))
    put(shelf.sessions, "b", about=b, overall=40.5, scores=bad, acts=(blame,), overlaps=(cut,), transcript=(theirs,))
    put(shelf.sessions, "c", about=c, scored=False)
    return shelf


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["c", "a", "b"]),
        ({"trainee": "ANA"}, ["a"]),
        ({"trainee": "zoë ångström"}, ["c"]),
        ({"trainee": "an"}, []),
        ({"script": "parcel"}, ["c", "a"]),
        ({"since": date(2026, 1, 2)}, ["c", "b"]),
        ({"until": date(2026, 1, 1)}, ["a"]),
        ({"least": 40.5}, ["a", "b"]),
        ({"most": 40.5}, ["b"]),
        ({"most": 10.0, "score": "pacing"}, ["b"]),
        ({"least": 0.0, "score": "interruptions"}, ["a"]),
        ({"marks": ["blame"]}, ["a", "b"]),
        ({"marks": ["blame", "Cut-In"]}, ["b"]),
        ({"marks": ["dead air"]}, []),
        ({"said": ["not my"]}, []),
        ({"said": ["Not_My  fault"]}, ["a"]),
        ({"said": ["100%"]}, ["a"]),
        ({"said": ["100_"]}, []),
        ({"said": ["strasse"]}, ["b"]),
        ({"said": ["fault", "strasse"]}, []),
        ({"order": "score"}, ["b", "a", "c"]),
        ({"order": "score", "reverse": True}, ["a", "b", "c"]),
        ({"order": "trainee"}, ["a", "b", "c"]),
        ({"order": "script"}, ["b", "c", "a"]),
        ({"reverse": True}, ["b", "a", "c"]),
        ({"limit": 1}, ["c"]),
        ({"limit": 1, "offset": 1}, ["a"]),
        ({"offset": 2}, ["b"]),
    ],
    ids=str,
)
def test_sessions_are_found(three, wanted, found):
    """By all that a coach knows of them; the same in both databases."""
    assert names(three, **wanted) == found


def test_a_limit_does_not_hide_how_many_there_are(three):
    """So that a list can say that there is more."""
    three.refresh(QUIET)
    assert three.find(Wanted(limit=1, most=90.0))[1] == 2
    assert three.find(Wanted(offset=1))[1] == 3


def test_a_text_is_found_with_its_moment(three):
    """So that it can be heard at once."""
    three.refresh(QUIET)
    assert three.find(Wanted(said=["fault"]))[0][0].said_ms == (61_500,)


def test_an_unknown_mark_is_refused(three):
    """With the near ones."""
    with pytest.raises(UnknownName, match="blame"):
        three.find(Wanted(marks=["blam"]))


def test_a_session_shows_what_it_came_to(three):
    """What is not measured is None, and so is everything of a call that was never scored."""
    three.refresh(QUIET)
    c, a, b = everything(three)
    assert (a.trainee, a.title, a.overall, a.ending) == ("Ana", "The dead fridge", 80.0, "thankful")
    assert b.scores == {"pacing": 10.0, "interruptions": None, "phrasing": 55.0}
    assert (c.overall, c.length_ms, c.title) == (None, None, "Parcel")


def test_a_session_is_named_or_given_as_a_folder(shelf, tmp_path, monkeypatch):
    """And one that lies elsewhere is not ours to tag or to delete."""
    put(shelf.sessions, "2026-01-31-a")
    put(tmp_path / "elsewhere", "b")
    monkeypatch.chdir(shelf.sessions / "2026-01-31-a")
    assert shelf.folder(".") == shelf.folder("2026-01-31-a") == shelf.sessions / "2026-01-31-a"
    with pytest.raises(InputError, match="does not lie in the library"):
        shelf.delete(str(tmp_path / "elsewhere" / "b"))
    with pytest.raises(UnknownName, match="2026-01-31-a"):
        shelf.folder("2026-01-31-b")
    with pytest.raises(SessionError, match="callsim sessions"):
        shelf.folder("nothing like it")


# --- freshness ------------------------------------------------------------------------------------------------------


def test_the_library_follows_the_folders(shelf):
    """New, rescored and removed sessions, and what stops being one."""
    folder = put(shelf.sessions, "a", overall=10.0)
    put(shelf.sessions, "b")
    assert sorted(names(shelf)) == ["a", "b"]
    rescore(folder, overall=20.5)
    assert names(shelf, most=30.0) == ["a"]
    shutil.rmtree(shelf.sessions / "b")
    assert names(shelf) == ["a"]
    (folder / "session.json").write_text("{}")
    assert names(shelf) == []
    assert shelf.unread() == ["a"]


def test_what_has_not_changed_is_not_read_again(shelf):
    """A second look tells of nothing read."""
    put(shelf.sessions, "a")
    told = []
    for _ in range(2):
        shelf.refresh(lambda done, total: told.append((done, total)))
    assert told == [(0, 1), (1, 1)]


def test_only_folders_with_a_session_count(shelf, tmp_path):
    """No file, no link, no empty folder."""
    real = put(tmp_path / "elsewhere", "real")
    put(shelf.sessions, "mine")
    (shelf.sessions / "file").write_text("x")
    (shelf.sessions / "empty").mkdir()
    (shelf.sessions / "link").symlink_to(real)
    assert names(shelf) == ["mine"]


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(shelf, tmp_path):
    """What is known of it stays."""
    put(shelf.sessions, "a")
    shelf.refresh(QUIET)
    shelf.sessions.rename(tmp_path / "aside")
    shelf.sessions.write_text("not a folder")
    with pytest.raises(SessionError, match="cannot be read"):
        shelf.refresh(QUIET)
    assert [one.name for one in everything(shelf)] == ["a"]


def test_two_homes_share_a_database_and_not_their_sessions(shelf, library_home, tmp_path):
    """Neither takes the other's sessions for gone."""
    put(shelf.sessions, "a")
    with library(library_home | {"CALLSIM_HOME": str(tmp_path / "second")}) as second:
        put(second.sessions, "b")
        assert names(second) == ["b"]
        assert names(shelf) == ["a"]
        second.rebuild(QUIET)
        assert [one.name for one in everything(shelf)] == ["a"]


def test_nothing_that_no_database_takes_stops_it(shelf):
    """A zero byte and half a character, which JSON can hold and PostgreSQL cannot."""
    folder = put(shelf.sessions, "a")
    card = json.loads((folder / "scorecard.json").read_bytes())
    card["transcript"][0]["text"] = "bad \0 and \ud800 worse"
    (folder / "scorecard.json").write_text(json.dumps(card))
    assert names(shelf, said=["and ? worse"]) == ["a"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "score", "remove", "tag", "look"]), st.sampled_from("abc"), st.integers(0, 100)),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_rebuilt_is_the_same_as_brought_up_to_date(library_home, tmp_path_factory, steps):
    """Whatever happens to the folders in between, and whenever somebody looked."""
    with library(library_home | {"CALLSIM_HOME": str(tmp_path_factory.mktemp("home"))}) as shelf:
        for what, name, number in steps:
            folder = shelf.sessions / name
            if what == "put" and not folder.exists():
                put(shelf.sessions, name, about={"seed": number})
            elif what == "look":
                shelf.refresh(QUIET)
            elif folder.exists() and what == "score":
                rescore(folder, overall=float(number))
            elif folder.exists() and what == "remove":
                shutil.rmtree(folder)
            elif folder.exists() and what == "tag":
                shelf.tag(name, [f"tag {number}"])
        shelf.refresh(QUIET)
        grown = everything(shelf)
        shelf.rebuild(QUIET)
        assert everything(shelf) == grown
        assert sorted(one.name for one in grown) == sorted(path.name for path in shelf.sessions.glob("*"))
