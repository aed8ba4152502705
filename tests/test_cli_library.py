"""The commands for many sessions, as somebody at a terminal or a script of theirs meets them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from live_calls import DEMO
from shelved import card, put

from callsim.cli import library as commands
from callsim.cli import run, shelving
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.folder import read_about


@pytest.fixture
def sessions(tmp_path, monkeypatch):
    """The folder of sessions of a home of our own."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    return tmp_path / "sessions"


@pytest.fixture
def said(capsys):
    """What a command says; it ends well."""

    def of(*arguments, code=0):
        assert run(list(arguments)) == code
        out, err = capsys.readouterr()
        assert (err == "") == (code == 0)
        return out if code == 0 else err

    return of


@pytest.fixture
def answering(monkeypatch):
    """Somebody at a terminal who gives one answer."""

    def with_answer(answer):
        asked = []
        monkeypatch.setattr(shelving, "at_a_terminal", lambda: True)
        monkeypatch.setattr(shelving.click, "confirm", lambda question, **_: asked.append(question) or answer)
        return asked

    return with_answer


def test_sessions_are_listed(sessions, said):
    """The newest first, with scores, tags and what is missing."""
    put(sessions, "old", about={"trainee": "Ana", "started": "2026-01-01T09:30:00+01:00"}, overall=61.5)
    put(sessions, "new", about={"trainee": "小林", "started": "2026-01-02T09:30:00+01:00"}, scored=False)
    said("tag", "old", "Good Example")
    head, first, second = said("sessions").splitlines()
    assert head.split() == ["when", "session", "trainee", "overall", "coach", "pacing", "interruptions", "phrasing"]
    assert first.split() == ["2026-01-02", "09:30", "new", "小林", *"-----", "not", "scored"]
    assert second.startswith("2026-01-01 09:30  old      Ana")
    assert second.endswith("#good example")
    assert " 61.5 " in second


def test_a_long_list_says_that_there_is_more(sessions, said):
    """And how to see it."""
    for number in range(3):
        put(sessions, f"a{number}")
    assert said("sessions", "--limit", "2").splitlines()[-1] == "2 of 3 sessions; --limit 3 shows all of them"
    assert len(said("sessions", "--offset", "1", "--limit", "2").splitlines()) == 5
    assert len(said("sessions").splitlines()) == 4


def test_sessions_as_json(sessions, said):
    """One object a line, every one of them."""
    put(sessions, "a", about={"trainee": "Zoë"}, overall=61.5)
    put(sessions, "b", about={"started": "2025-01-01T00:00:00+00:00"})
    first, second = map(json.loads, said("sessions", "--json", "--said", "how upsetting").splitlines())
    assert (first["name"], first["trainee"], first["overall"], second["name"]) == ("a", "Zoë", 61.5, "b")
    assert first["scores"] == dict(card().scores)
    assert len(first["said_ms"]) == 1


def test_all_that_can_be_looked_for(sessions, said):
    """At once."""
    put(sessions, "a", about={"trainee": "Ana"}, overall=61.5)
    put(sessions, "b")
    said("tag", "a", "x")
    options = "--trainee ana --script late-parcel --from 2026-01-31 --to 2026-01-31 --least 60 --most 62 --mark empathy"
    more = ["--said", "ALL YOUR food", "--tag", "X", "--sort", "score", "--reverse", "--json"]
    assert json.loads(said("sessions", *options.split(), *more))["name"] == "a"
    assert "No session is like that" in said("sessions", *options.split(), "--mark", "blame")


def test_no_name_in_a_session_can_move_the_terminal(sessions, said):
    """Escape sequences in a file that may be anybody's come out as question marks."""
    put(sessions, "a", about={"trainee": "A\x1b[2Jna\nx"})
    assert "A?[2Jna?x" in said("sessions")


def test_a_session_is_shown(sessions, said, tmp_path):
    """By its name or as a folder, in the library or not; what `score` printed, and its tags."""
    folder = put(sessions, "a", overall=61.5)
    said("tag", "a", "good")
    shown = said("show", "a")
    assert "The dead fridge" in shown
    assert "61.5" in shown
    assert shown.endswith("Tags: good\n")
    assert said("show", str(folder)) == shown
    assert "Tags" not in said("show", str(put(tmp_path / "elsewhere", "a", overall=61.5)))
    assert Scorecard.model_validate_json(said("show", "a", "--json")).overall == 61.5


def test_tags_are_given_listed_and_taken_off(sessions, said):
    """Each time it says which there are."""
    put(sessions, "a")
    assert said("tag", "a") == "No tags\n"
    assert said("tag", "a", "Good", "week 3") == "good, week 3\n"
    assert said("tag", "a", "good", "--remove") == "week 3\n"
    assert said("tag", "a") == "week 3\n"


def test_delete_asks_first(sessions, said, answering):
    """And takes no for an answer."""
    put(sessions, "a")
    put(sessions, "b")
    asked = answering(False)
    assert said("delete", "a") == "Nothing was removed\n"
    assert asked == ["Remove a for good?"]
    assert (sessions / "a").exists()
    answering(True)
    assert said("delete", "a", str(sessions / "b"), "a") == "Removed: 2 sessions\n"
    assert list(sessions.iterdir()) == []


def test_forget_says_what_it_will_do_and_asks(sessions, said, answering):
    """Then the list says what is gone."""
    put(sessions, "old", about={"started": "2020-01-01T09:30:00+01:00"})
    put(sessions, "new", about={"started": "2999-01-01T09:30:00+01:00"})
    asked = answering(False)
    refused = said("forget", "--older-than", "90d")
    assert refused.startswith("1 session from before ")
    assert refused.endswith("Nothing was removed\n")
    assert asked == ["Remove them?"]
    assert (sessions / "old" / "call.flac").exists()
    assert said("forget", "--older-than", "12w", "--yes").endswith("Removed: sound and words of 1 session\n")
    new, old = said("sessions").splitlines()[1:]
    assert old.endswith("words removed")
    assert "removed" not in new
    assert (sessions / "new" / "call.flac").exists()
    assert said("show", "old").splitlines()[-1].startswith("The sound and the words were removed on 2")
    assert "No session from before" in said("forget", "--older-than", "90d")


def test_forget_tells_of_what_it_cannot_read(sessions, said):
    """Nobody takes it for forgotten."""
    (put(sessions, "a") / "session.json").write_text("{}")
    assert said("forget", "--older-than", "1y").startswith("1 folder is of another version of callsim")


def test_a_library_goes_out_and_comes_in(sessions, said, tmp_path, monkeypatch):
    """With tags, and with a word about each name that was taken."""
    put(sessions, "a")
    put(sessions, "b")
    said("tag", "a", "good")
    zip = tmp_path / "ALL.zip"
    assert said("export", str(zip)) == f"2 sessions in {zip}\n"
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path / "other"))
    put(tmp_path / "other" / "sessions", "a", about={"seed": 99})
    first, second = said("import", str(zip)).splitlines()
    assert first == "Brought in: 2 sessions"
    assert second == "a is now a-2: another call has that name here"
    assert said("import", str(zip)).splitlines()[0] == "Brought in: 0 sessions; 2 were here already"
    assert said("tag", "a-2") == "good\n"


def test_rebuild_reads_everything_again(sessions, said):
    """And says how many there are."""
    put(sessions, "a")
    said("tag", "a", "good")
    assert said("library", "rebuild") == f"Read: 1 session in {sessions}\n"
    assert said("sessions").endswith("#good\n")


@pytest.mark.usefixtures("sessions", "model_folder")
def test_a_recording_becomes_a_session(said, tmp_path):
    """Scored, with the trainee's name, and found by what was said."""
    parts = [soundfile.read(DEMO / f"{name}.flac", dtype="int16")[0] for name in ("greeting", "sorry")]
    sound = np.zeros((sum(map(len, parts)), 2), np.int16)
    sound[: len(parts[0]), 1], sound[len(parts[0]) :, 0] = parts
    soundfile.write(tmp_path / "monday.wav", sound, 16_000)
    told = said("import", str(tmp_path / "monday.wav"), "--trainee", "right", "--name", "Ana")
    assert "Overall" in told or "not measured" in told
    folder = Path(told.splitlines()[-1].removeprefix("The session lies in "))
    about = read_about(folder)
    assert (about.trainee, about.mode, about.script) == ("Ana", "imported", "monday")
    assert json.loads(said("sessions", "--json", "--said", "good morning"))["name"] == folder.name


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["sessions", "--mark", "blam"], "blame"),
        (["sessions", "--from", "yesterday"], "yesterday"),
        (["sessions", "--least", "120"], "120"),
        (["sessions", "--sort", "size"], "size"),
        (["show", "2026-01-31-a"], "2026-01-31-there"),
        (["show", "nothing"], "callsim sessions"),
        (["show", "."], "session"),
        (["show", "unscored"], "callsim score"),
        (["tag", "2026-01-31-there", ""], "tag"),
        (["tag", "2026-01-31-there", "x", "--remove"], "x"),
        (["tag", "2026-01-31-there", "--remove"], "Name the tags"),
        (["delete", "nothing", "--yes"], "nothing"),
        (["delete", "2026-01-31-there"], "--yes"),
        (["delete"], "SESSION"),
        (["forget", "--older-than", "soon", "--yes"], "soon"),
        (["forget", "--older-than", "0d", "--yes"], "0d"),
        (["forget", "--older-than", "999999y", "--yes"], "999999y"),
        (["forget", "--older-than", "1d"], "--yes"),
        (["forget"], "--older-than"),
        (["import", "none.zip"], "none.zip"),
        (["import", "none.zip", "--trainee", "left"], "none.zip"),
        (["import", "text.txt", "--trainee", "left"], "text.txt"),
        (["import", "text.txt"], "--trainee left"),
        (["import", "other.zip"], "library.json"),
        (["import", "other.zip", "--trainee", "left"], "--trainee"),
        (["import", "."], "."),
        (["export", "no-such-folder/all.zip"], "no-such-folder"),
        (["export", "."], "."),
        (["library"], "rebuild"),
        (["library", "burn"], "burn"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_one_sentence_and_exit_code_2(sessions, said, monkeypatch, arguments, named):
    """Whatever is wrong."""
    monkeypatch.chdir(sessions.parent)
    put(sessions, "2026-01-31-there")
    put(sessions, "unscored", scored=False)
    Path("text.txt").write_text("hello")
    with zipfile.ZipFile("other.zip", "w") as other:
        other.writestr("x", "y")
    told = said(*arguments, code=2)
    assert named in told
    assert told.startswith("callsim: ")
    assert "Traceback" not in told
    assert (sessions / "2026-01-31-there" / "call.flac").exists()


def test_a_home_that_cannot_be_written_is_told(said, tmp_path, monkeypatch):
    """A file where the folder should be."""
    (tmp_path / "home").write_text("x")
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path / "home"))
    assert "cannot be written" in said("sessions", code=2)


def test_other_commands_do_not_load_the_database():
    """Half a second that nobody else should wait for."""
    program = "import sys\nfrom callsim.cli import run\nrun(['--version'])\nprint('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert commands.library.name == "library"


@pytest.mark.parametrize("asked", [["sessions"], ["show", "x"], ["export", "all.zip"], ["library", "rebuild"]])
def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch, capsys, asked):
    """Everything else works without a database."""
    monkeypatch.setattr(shelving, "find_spec", lambda _: None)
    assert run(asked) == 2
    complaint = capsys.readouterr().err
    assert 'pip install "callsim[library]"' in complaint
    assert complaint.count("\n") == 1
