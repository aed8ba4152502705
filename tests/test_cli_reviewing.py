"""The coach's commands, as somebody at a terminal or a script of theirs meets them."""

from __future__ import annotations

import json

import pytest
import soundfile
from shelved import card, put

from callsim.cli import run
from callsim.library.review import Reviews
from callsim.library.shelf import library
from callsim.sessions.names import own_name


@pytest.fixture
def sessions(tmp_path, monkeypatch):
    """A home of our own with two sessions of a second."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    put(tmp_path / "sessions", "a", about={"trainee": "Ana", "script": "parcel"})
    put(tmp_path / "sessions", "b", about={"trainee": "Ben", "script": "parcel", "seed": 9})
    return tmp_path / "sessions"


@pytest.fixture
def said(sessions, capsys):
    """What a command says, and how it ends."""
    assert sessions.is_dir()

    def of(*arguments, code=0):
        assert run(list(arguments)) == code, capsys.readouterr().err
        out, err = capsys.readouterr()
        assert (err == "") == (code == 0)
        return out if code == 0 else err

    return of


def review(sessions, name="a"):
    """What the library knows then."""
    with library({"CALLSIM_HOME": str(sessions.parent)}) as shelf:
        return Reviews(shelf).of(name)


def test_notes(sessions, said):
    """At a moment, on a check, on the whole call; by whoever sits here, or whom they name; taken back by their id."""
    said("note", "a", "Say what you will do.", "--at", "0:00.5")
    said("note", "a", "Warm.", "--check", "phrasing.empathy", "--as", "Rosa")
    said("note", "a", "Well done.")
    notes = review(sessions).notes
    assert [(note.at_ms, note.check, note.by) for note in notes] == [
        (500, None, own_name()), (None, "phrasing.empathy", "Rosa"), (None, None, own_name()),
    ]  # fmt: skip
    shown = said("show", "a")
    assert "0:00     " in shown
    assert f"Rosa on Understanding: Warm. {notes[1].id[:8]}" in " ".join(shown.split())
    assert said("note", "a", "--take-back", notes[1].id[:8]) == "Taken back\n"
    assert len(review(sessions).notes) == 2


def test_overrules(said):
    """Both scores side by side, what was overruled and why; taken back, the machine's counts again."""
    told = said("overrule", "a", "phrasing.empathy", "3", "--because", "It came late.", "--as", "Rosa")
    assert told == "phrasing.empathy: 14 -> 3 of 14 points\n"
    shown = " ".join(said("show", "a").split())
    assert "machine coach" in shown
    assert "14 -> 3 of 14 Understanding (phrasing.empathy), Rosa: It came late." in shown
    row = json.loads(said("sessions", "--json", "--trainee", "ana"))
    assert f"Overall {row['overall']:.1f} {row['coach']:.1f}" in shown
    assert row["coach"] < row["overall"] == card().overall
    assert f" {row['overall']:.1f}   {row['coach']:.1f} " in said("sessions")
    said("overrule", "a", "phrasing.empathy", "--take-back", "--as", "Rosa")
    assert "coach" not in said("show", "a")


def test_reviewed(said):
    """In the list, and as what one looks for."""
    said("reviewed", "a", "--as", "Rosa")
    assert said("sessions", "--reviewed").splitlines()[1].endswith("reviewed by Rosa")
    assert json.loads(said("sessions", "--not-reviewed", "--json"))["name"] == "b"
    assert "Reviewed by Rosa on" in said("show", "a")
    said("reviewed", "a", "--as", "Rosa", "--take-back")
    assert "No session is like that" in said("sessions", "--reviewed")


def test_follow_ups(said):
    """Asked, listed, done by a call after that, taken back."""
    assert "Nothing is asked" in said("follow-ups")
    told = said("follow-up", "Ana", "parcel", "calmly", "--by", "2126-12-01")
    assert told == "Asked: Ana takes parcel by 2126-12-01\n"
    said("follow-up", "Ben", "hotel")
    first, second = said("follow-ups").splitlines()
    assert first[8:] == "  Ana: parcel by 2126-12-01, open  calmly"
    assert second[8:] == "  Ben: hotel, open"
    row = json.loads(said("follow-ups", "--trainee", "ANA", "--json"))
    assert (row["script"], row["due"], row["done"]) == ("parcel", "2126-12-01", None)
    said("follow-up", "--take-back", row["id"][:8])
    assert len(said("follow-ups").splitlines()) == 1


def test_a_follow_up_that_was_done_says_by_which_call(sessions, said):
    """One that began after it was asked for."""
    said("follow-up", "Ana", "parcel")
    put(
        sessions,
        "then",
        about={"mode": "practice", "trainee": "Ana", "script": "parcel", "started": "2126-01-31T09:30:00+01:00"},
    )
    assert said("follow-ups")[8:] == "  Ana: parcel, done (then)\n"


def test_clips(said, tmp_path):
    """Kept, listed, written as a file."""
    assert "No clip is kept" in said("clips")
    file = tmp_path / "clip.ogg"
    assert said("clip", "a", "0:00.1", "0.9", "How to", "--file", str(file)) == f"Kept, and written to {file}\n"
    assert soundfile.info(file).frames == 12_800
    assert said("clips")[8:] == "  a  0:00.1 - 0:00.9  How to\n"
    row = json.loads(said("clips", "--json"))
    assert (row["session"], row["start_ms"], row["end_ms"], row["by"]) == ("a", 100, 900, own_name())
    assert "0:00 - 0:00" in said("show", "a")
    said("clip", "a", "--take-back", row["id"])
    assert "No clip is kept" in said("clips")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("note", "a"), "Write a note's text"),
        (("note", "a", "x", "--take-back", "y"), "Write a note's text"),
        (("note", "a", "x", "--at", "soon"), "'soon' is no moment of a call"),
        (("note", "a", "x", "--at", "1:75"), "'1:75' is no moment of a call"),
        (("note", "a", "x", "--at", "9:59"), "9:59 is not in the call"),
        (("note", "nowhere", "x"), "There is no session named 'nowhere'"),
        (("note", "a", "x", "--as", " "), "A coach's name is empty"),
        (("overrule", "a", "phrasing.empathy"), "Say how many points"),
        (("overrule", "a", "phrasing.empathy", "3"), "A reason is empty"),
        (("overrule", "a", "phrasing.empathy", "99", "--because", "x"), "has 0 to 14 points"),
        (("overrule", "a", "phrasing.empaty", "3", "--because", "x"), "did you mean phrasing.empathy"),
        (("overrule", "a", "phrasing.empathy", "--take-back"), "has not overruled"),
        (("reviewed", "a", "--take-back"), "has not marked a as reviewed"),
        (("follow-up", "Ana"), "Say who is to take which call"),
        (("follow-up", "Ana", "parcle"), "did you mean parcel"),
        (("follow-up", "Ana", "parcel", "--by", "2020-01-01"), "is over already"),
        (("follow-up", "--take-back", "x"), "There is no follow-up 'x'"),
        (("clip", "a", "0:00"), "Say where the passage begins and ends"),
        (("clip", "a", "0:00", "0:00.1"), "lasts 0.2 s or more"),
        (("clip", "a", "0:00", "0:00.5", "x", "--file", "clip.mp3"), "is no name for a clip"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(said, command, says):
    """And nothing is kept."""
    told = said(*command, code=2)
    assert says in told
    assert told.count("\n") == 1
    assert "No clip" in said("clips")


def test_the_report_tells_what_coaches_said(sessions, said):
    """The same figures as `callsim show` and `callsim sessions`."""
    said("overrule", "a", "phrasing.empathy", "3", "--because", "It came late.", "--as", "Rosa")
    said("note", "a", "Warm.", "--at", "0:00.5", "--as", "Rosa")
    replay = json.loads(said("report", str(sessions / "a"), "--json"))
    row = json.loads(said("sessions", "--json", "--trainee", "ana"))
    assert (replay["coach"]["overall"], replay["overall"]) == (row["coach"], row["overall"])
    assert replay["coach"]["overruled"]["phrasing.empathy"]["points"] == 3
    assert [(mark["name"], mark["quote"]) for mark in replay["marks"] if mark["kind"] == "note"] == [("Rosa", "Warm.")]
