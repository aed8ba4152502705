"""What only people know, carried, deleted and forgotten with its session; on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest
from coaches import LATER, NOON, ROSA, listed, say_everything, shelf_with_a_call
from made_session import names
from shelved import QUIET, put

from callsim.errors import InputError
from callsim.library.archive import PEOPLE, export_library, import_library
from callsim.library.follow_ups import follow_ups
from callsim.library.review import Reviews
from callsim.library.reviewed import Review
from callsim.library.shelf import library


@pytest.fixture
def shelf(url, tmp_path):
    """A library with a session, on each kind of database."""
    with shelf_with_a_call(url, tmp_path) as made:
        yield made


@pytest.fixture
def reviews(shelf):
    """What coaches said there."""
    return Reviews(shelf)


def test_deleting_a_session_deletes_what_was_said_of_it(shelf):
    """And nothing else."""
    put(shelf.sessions, "b", about={"seed": 9})
    say_everything(shelf)
    say_everything(shelf, "b")
    shelf.tag("a", ["x"])
    shelf.delete("a")
    assert {one.session for one in shelf.people().of_sessions()} == {"b"}
    assert len(list(shelf.people().of_sessions())) == 6


def test_forgetting_a_session_forgets_the_words_of_coaches(shelf, reviews):
    """Who judged what and how stays, and with it the coach's score; the rest of the library is not touched."""
    put(shelf.sessions, "b", about={"seed": 9})
    say_everything(shelf)
    say_everything(shelf, "b")
    whole, before = reviews.of("b"), listed(shelf)["a"].coach
    shelf.forget("a", NOON)
    review = reviews.of("a")
    assert [(note.at_ms, note.check, note.text) for note in review.notes] == [
        (500, None, ""), (None, "phrasing.empathy", ""),
    ]  # fmt: skip
    assert [(one.check, one.points, one.by, one.reason) for one in review.overrules] == [
        ("phrasing.empathy", 3, "Rosa", "")
    ]
    assert (len(review.reviewed), review.clips) == (1, ())
    assert [one.text for one in follow_ups(shelf) if one.session == "a"] == [""]
    assert listed(shelf)["a"].coach == before is not None
    assert reviews.of("b") == whole
    assert "twice" not in json.dumps([one.model_dump() for one in shelf.people().of_sessions() if one.session == "a"])


@pytest.fixture
def elsewhere(tmp_path):
    """Another library."""
    with library({"CALLSIM_HOME": str(tmp_path / "elsewhere")}) as made:
        yield made


def test_a_zip_carries_all_of_it(shelf, reviews, elsewhere, tmp_path):
    """As it is, and once, however often it is brought in."""
    say_everything(shelf)
    shelf.tag("a", ["x"])
    export_library(shelf, tmp_path / "all.zip", QUIET)
    for _ in range(2):
        import_library(elsewhere, tmp_path / "all.zip", QUIET)
        assert elsewhere.people() == shelf.people()
    assert listed(elsewhere) == listed(shelf)
    assert Reviews(elsewhere).of("a") == reviews.of("a")
    assert follow_ups(elsewhere) == follow_ups(shelf)


def test_a_session_that_gets_another_name_keeps_what_was_said(shelf, reviews, elsewhere, tmp_path):
    """The one that has the name here gets none of it."""
    say_everything(shelf)
    export_library(shelf, tmp_path / "all.zip", QUIET)
    put(elsewhere.sessions, "a", about={"seed": 99})
    import_library(elsewhere, tmp_path / "all.zip", QUIET)
    theirs = Reviews(elsewhere)
    assert theirs.of("a") == Review()
    assert theirs.of("a-2") == reviews.of("a")
    assert [one.session for one in follow_ups(elsewhere)] == ["a-2"]
    assert listed(elsewhere)["a-2"].coach == listed(shelf)["a"].coach


def test_words_do_not_come_back_to_a_forgotten_session(shelf, elsewhere, tmp_path):
    """Brought in again from a zip that was made before."""
    say_everything(shelf)
    export_library(shelf, tmp_path / "all.zip", QUIET)
    import_library(elsewhere, tmp_path / "all.zip", QUIET)
    elsewhere.forget("a", NOON)
    forgotten = elsewhere.people()
    import_library(elsewhere, tmp_path / "all.zip", QUIET)
    assert elsewhere.people() == forgotten
    assert {note.text for note in Reviews(elsewhere).of("a").notes} == {""}


def test_the_newer_word_of_a_coach_comes_in(shelf, reviews, elsewhere, tmp_path):
    """An older one does not undo it."""
    reviews.overrule("a", "phrasing.empathy", 3, "it came late", **ROSA)
    export_library(shelf, tmp_path / "old.zip", QUIET)
    reviews.overrule("a", "phrasing.empathy", 5, "not so late", by="Rosa", now=LATER)
    export_library(shelf, tmp_path / "new.zip", QUIET)
    for zip in ("old", "new", "old"):
        import_library(elsewhere, tmp_path / f"{zip}.zip", QUIET)
    assert [one.points for one in Reviews(elsewhere).of("a").overrules] == [5]


def test_people_of_version_1_are_still_read(shelf, elsewhere, tmp_path):
    """There were only tags."""
    shelf.tag("a", ["x"])
    export_library(shelf, tmp_path / "all.zip", QUIET)
    old = json.loads(shelf.people().model_dump_json(include={"tags"})) | {"format": "callsim.people/1"}
    replace_people(tmp_path / "all.zip", json.dumps(old).encode())
    import_library(elsewhere, tmp_path / "all.zip", QUIET)
    assert elsewhere.tags("a") == ("x",)


@pytest.mark.parametrize(
    "change",
    [
        {"points": 999},
        {"points": float("nan")},
        {"written": "yesterday"},
        {"written": "2026-06-01T12:00:00"},
        {"fingerprint": "x"},
        {"reason": "x" * 3_000},
        {"reason": "\0"},
        {"by": ""},
        {"more": 1},
    ],
    ids=str,
)
def test_what_nobody_can_have_said_is_refused(shelf, elsewhere, tmp_path, change):
    """Nothing of that zip is put in its place then."""
    say_everything(shelf)
    export_library(shelf, tmp_path / "all.zip", QUIET)
    people = json.loads(shelf.people().model_dump_json())
    people["overrules"][0] |= change
    replace_people(tmp_path / "all.zip", json.dumps(people).encode())
    with pytest.raises(InputError, match=r"people\.json is not known"):
        import_library(elsewhere, tmp_path / "all.zip", QUIET)
    assert not elsewhere.sessions.exists() or names(elsewhere.sessions) == []


def replace_people(zip, people):
    """The zip with other people in it, and a manifest that says so."""
    with zipfile.ZipFile(zip) as old:
        there = {name: old.read(name) for name in old.namelist()}
    there[PEOPLE] = people
    manifest = json.loads(there["library.json"])
    manifest["files"][PEOPLE] = {"sha256": hashlib.sha256(people).hexdigest(), "size": len(people)}
    there["library.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(zip, "w") as new:
        for name, data in there.items():
            new.writestr(name, data)
