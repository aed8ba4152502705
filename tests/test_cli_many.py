"""`callsim score DIR`: many calls side by side, each scored as it would be alone, and none lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import active_children

import pytest
import soundfile
from many_calls import cards, killing, put_recording, put_session, put_sessions
from shelved import card
from spoken import silence

from callsim.cli import run
from callsim.cli.many import How, calls_in, kept
from callsim.devices import whisper_model
from callsim.library.forgetting import forget_session
from callsim.scoring.rubric import Rubric, adapted, read_rubric
from callsim.scoring.scorecard import TranscriptRow, WordRow
from callsim.sessions.cards import earlier_cards

# A shell that runs us in the background lets children ignore Ctrl-C; these must not.
CALLSIM = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from callsim.cli import main; main()",
]
OTHER_RUBRIC = 'format = "callsim.rubric/1"\nname = "other"\n\n[phrasing.thanks]\npoints = 9\n'
YES = WordRow(word="yes", start_ms=0, end_ms=300, confidence=1.0)
on_posix = pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")


@pytest.fixture
def score(capsys):
    """Runs `callsim score`; gives what it printed and what it complained of."""

    def ran(*arguments, code=0):
        capsys.readouterr()
        assert run(["score", *map(str, arguments)]) == code
        return capsys.readouterr()

    return ran


@pytest.fixture
def states(score):
    """Runs `callsim score --json` with two workers; gives each call's state by its name."""

    def ran(*arguments, code=0):
        lines = score(*arguments, "--json", "--workers", 2, code=code).out.splitlines()
        return {one["call"].rsplit(os.sep, 1)[1]: one["state"] for one in map(json.loads, lines)}

    return ran


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("model_folder")
def test_scorecards_are_the_same_to_the_byte_for_any_number_of_workers(tmp_path, score):
    """And as the call gets them alone: sessions, one whose sound is heard again, recordings, by real ears."""
    found = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        put_sessions(folder / "sessions", 2)
        put_session(folder / "lost").joinpath("events.jsonl").write_bytes(b"")
        put_recording(folder / "a.wav")
        put_recording(folder / "sub" / "b.flac", "Let me look that up for you.")
        score(folder, "--trainee", "left", "--workers", workers)
        found.append(cards(folder))
    assert found[0] == found[1]
    assert len(found[0]) == 5
    alone = score(tmp_path / "1" / "sub" / "b.flac", "--trainee", "left", "--json").out
    assert found[0]["sub/b.flac.left.scorecard.json"].decode() == alone
    assert found[0]["lost/scorecard.json"].decode() == score(tmp_path / "1" / "lost", "--json").out


def test_json_is_one_object_a_line_in_the_order_of_the_names(tmp_path, score):
    """Whoever is ready first; the scores are those of the scorecard."""
    sessions = put_sessions(tmp_path, 5)
    lines = [json.loads(line) for line in score(tmp_path, "--json", "--workers", 3).out.splitlines()]
    assert [line["call"] for line in lines] == [str(session) for session in sessions]
    for line in lines:
        card = json.loads((tmp_path / line["scorecard"]).read_text())
        assert (line["state"], line["wrong"]) == ("scored", None)
        assert (line["overall"], line["scores"]) == (card["overall"], card["scores"])


def test_a_table_tells_every_score_and_how_many_there_are(tmp_path, score):
    """One row a call."""
    first, second = put_sessions(tmp_path, 2)
    (second / "script.toml").unlink()
    shown = score(tmp_path, "--workers", 2, code=2).out.splitlines()
    card = json.loads((first / "scorecard.json").read_text())
    assert shown[0].split() == ["call", "overall", "pacing", "interruptions", "phrasing"]
    assert shown[1].split() == ["call-00", *(f"{score:.1f}" for score in (card["overall"], *card["scores"].values()))]
    assert shown[2].split() == ["call-01", "-", "-", "-", "-", "not", "scored"]
    assert shown[-1] == "1 scored, 1 not scored"


# --- which calls ------------------------------------------------------------------------------------------------------


def test_recordings_are_scored_into_a_folder_of_their_own_where_one_is_named(tmp_path, score):
    """In the same places below it, so that two of one name stay apart."""
    put_recording(tmp_path / "calls" / "may" / "a.wav")
    put_recording(tmp_path / "calls" / "june" / "a.wav")
    score(tmp_path / "calls", "--trainee", "left", "--out", tmp_path / "out", "--workers", 1)
    assert cards(tmp_path / "calls") == {}
    assert cards(tmp_path / "out").keys() == {f"{month}/a.wav.left.scorecard.json" for month in ("may", "june")}


def test_what_lies_in_a_session_or_is_hidden_is_no_recording(tmp_path, states):
    """A session's own sound, and what a Mac leaves behind."""
    put_recording(put_session(tmp_path / "call") / "clips" / "a.wav")
    (tmp_path / "._call.wav").write_bytes(b"")
    assert states(tmp_path) == {"call": "scored"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "say which channel the trainee is on"),
        (["--trainee", "left", "--caller-offset-ms", 0], "leave --caller-offset-ms out"),
        (["--trainee", "left", "--workers", 2, "--cluster", "tcp://here:1"], "leave --workers or --cluster out"),
    ],
)
def test_what_a_folder_of_recordings_lacks_or_has_too_much_is_one_sentence(tmp_path, score, given, told):
    """Before anything is begun."""
    put_recording(tmp_path / "a.wav")
    complaint = score(tmp_path, *given, code=2).err
    assert told in complaint
    assert complaint.count("\n") == 1
    assert cards(tmp_path) == {}


@pytest.mark.parametrize("given", [["--workers", 2], ["--again"], ["--out", "x"], ["--cluster", "tcp://here:1"]])
def test_what_is_for_many_is_not_ignored_on_one(tmp_path, score, given):
    """One sentence names the option."""
    assert f"leave {given[0]} out" in score(put_session(tmp_path / "call"), *given, code=2).err


def test_what_is_for_recordings_is_not_ignored_where_there_are_none(tmp_path, score):
    """Sessions know their sides."""
    put_session(tmp_path / "call")
    told = score(tmp_path, "--trainee", "left", "--out", "x", code=2).err
    assert "leave --trainee and --out out" in told


def test_a_folder_with_nothing_to_score_is_told(tmp_path, score):
    """Rather than an empty table."""
    (tmp_path / "notes.txt").touch()
    assert "neither a session nor a recording" in score(tmp_path, code=2).err


# --- what is scored already -------------------------------------------------------------------------------------------


def test_what_is_scored_already_is_left_unless_asked_for_again(tmp_path, states):
    """By this rubric; by another it is scored, and the earlier scorecard kept."""
    first, second = put_sessions(tmp_path, 2)
    assert set(states(tmp_path).values()) == {"scored"}
    before = cards(tmp_path)
    (second / "scorecard.json").unlink()
    assert states(tmp_path) == {"call-00": "kept", "call-01": "scored"}
    assert set(states(tmp_path, "--again").values()) == {"scored"}
    assert cards(tmp_path) == before
    (tmp_path / "other.toml").write_text(OTHER_RUBRIC)
    assert set(states(tmp_path, "--rubric", tmp_path / "other.toml").values()) == {"scored"}
    assert [card.read_bytes() for card in earlier_cards(first)] == [before["call-00/scorecard.json"]]


def test_a_recording_is_scored_already_by_its_side_its_age_and_the_words_asked_for(tmp_path):
    """One that changed since, or of which the caller's words are missing, is scored again."""
    file, how = put_recording(tmp_path / "a.wav"), How(read_rubric(), None, caller_words=False)
    (call,), (other_side,) = calls_in(tmp_path, "left", None), calls_in(tmp_path, "right", None)
    with_words = replace(how, caller_words=True)
    both = (TranscriptRow(who="caller", start_ms=0, end_ms=300, text="yes", words=(YES,)), *card().transcript)
    call.card.write_text(card().model_copy(update={"transcript": both}).to_json())
    assert kept(call, how, again=False) == kept(call, with_words, again=False) is not None
    assert kept(call, how, again=True) is None
    assert kept(call, replace(how, accurate=True), again=False) is None
    assert kept(other_side, how, again=False) is None
    call.card.write_text(card().model_copy(update={"transcript": ()}).to_json())
    assert kept(call, how, again=False) is not None
    assert kept(call, with_words, again=False) is None
    later_s = file.stat().st_mtime + 100
    os.utime(file, (later_s, later_s))
    assert kept(call, how, again=False) is None


@pytest.mark.usefixtures("model_folder")
def test_a_folder_of_imported_sessions_keeps_the_callers_words(tmp_path, states):
    """Those that were read once are read for every later scorecard; none are where nobody asked for them."""
    for name in ("with", "without"):
        folder = put_imported(tmp_path / "calls" / name)
    states(folder.parent, "--again")
    assert told_by(tmp_path / "calls" / "with") == {"trainee"}
    (folder.parent / "without").rename(tmp_path / "without")
    assert states(folder.parent, "--caller-words") == {"with": "scored"}
    (tmp_path / "without").rename(folder.parent / "without")
    (tmp_path / "other.toml").write_text(OTHER_RUBRIC)
    assert states(folder.parent, "--rubric", tmp_path / "other.toml") == {"with": "scored", "without": "scored"}
    assert told_by(folder.parent / "with") == {"trainee", "caller"}
    assert told_by(folder.parent / "without") == {"trainee"}


def told_by(session):
    """Whose words a session's scorecard has."""
    return {row["who"] for row in json.loads((session / "scorecard.json").read_text())["transcript"] if row["words"]}


def put_imported(folder):
    """A session that was a recording."""
    session = put_session(folder, mode="imported")
    (session / "script.toml").unlink()
    put_recording(session / "call.flac")
    return session


def test_the_rubric_that_made_a_scorecard_is_kept_with_it(tmp_path, score):
    """As adapted to the call's own script, for a session alone and for many."""
    own = "\n[rubric.phrasing.thanks]\npoints = 7\n"
    (tmp_path / "other.toml").write_text(OTHER_RUBRIC)
    alone, many = put_sessions(tmp_path / "calls", 2)
    for session in (alone, many):
        (session / "script.toml").write_text((session / "script.toml").read_text() + own)
    rubric = tmp_path / "other.toml"
    score(alone, "--rubric", rubric)
    score(many.parent, "--rubric", rubric, "--workers", 1, "--again")
    expected = adapted(read_rubric(rubric), {"phrasing": {"thanks": {"points": 7}}})
    for session in (alone, many):
        card = json.loads((session / "scorecard.json").read_text())
        (kept_rubric,) = (session / "rubrics").iterdir()
        assert kept_rubric.stem == card["rubric"]["fingerprint"]
        assert Rubric.model_validate_json(kept_rubric.read_bytes()) == expected


def test_another_model_asks_for_all_again(tmp_path, score):
    """No scorecard tells which model heard it, so none may pass for one by this model."""
    put_sessions(tmp_path, 1)
    told = score(tmp_path, "--model", tmp_path, code=2).err
    assert "--again" in told
    assert told.count("\n") == 1
    assert cards(tmp_path) == {}
    assert "1 scored\n" in score(tmp_path, "--model", tmp_path, "--again", "--workers", 1).out


def test_a_session_without_its_words_keeps_the_scorecard_that_it_has(tmp_path, states):
    """There will be no other, whatever is asked for."""
    (session,) = put_sessions(tmp_path, 1)
    states(tmp_path)
    forget_session(session, datetime.now(UTC).isoformat())
    before = cards(tmp_path)
    assert states(tmp_path, "--again") == {"call-00": "kept"}
    assert cards(tmp_path) == before


def test_something_else_of_that_name_is_not_written_over(tmp_path, score):
    """It stays, and is told."""
    put_recording(tmp_path / "a.wav")
    (tmp_path / "a.wav.left.scorecard.json").write_text('{"mine": 1}')
    assert "is no scorecard and stays as it is" in score(tmp_path, "--trainee", "left", "--workers", 1, code=2).err
    assert (tmp_path / "a.wav.left.scorecard.json").read_text() == '{"mine": 1}'


@pytest.mark.usefixtures("model_folder")
def test_the_words_of_many_are_read_a_second_time_as_those_of_one(tmp_path, score):
    """To the byte, though each worker has one thread for it; what is read twice already is left."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `accurate`)")
    if whisper_model.find() is None:
        pytest.skip("the model for the second reading is not in the cache (`callsim setup --accurate`)")
    put_recording(tmp_path / "a.wav")
    put_recording(tmp_path / "b.wav", "Let me look that up for you.")
    score(tmp_path, "--trainee", "left", "--accurate", "--workers", 2)
    kept_card = (tmp_path / "b.wav.left.scorecard.json").read_text()
    assert score(tmp_path / "b.wav", "--trainee", "left", "--accurate", "--json").out == kept_card
    for given in (["--accurate"], []):
        assert "2 scored already" in score(tmp_path, "--trainee", "left", *given).out


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_call_that_fails_is_told_in_one_sentence_and_the_others_go_on(tmp_path, score):
    """In the order of their names, at the end."""
    _, torn, _ = put_sessions(tmp_path, 3)
    (torn / "events.jsonl").write_text("{}\n")
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    soundfile.write(tmp_path / "mono.wav", silence(100), 16_000)
    told = score(tmp_path, "--trainee", "left", "--workers", 2, code=2)
    complaints = told.err.splitlines()
    assert [line.startswith("callsim: ") for line in complaints] == [True] * 3
    assert [name in line for name, line in zip(("broken.wav", "call-01", "mono.wav"), complaints, strict=True)]
    assert "2 scored, 3 not scored" in told.out
    assert len(cards(tmp_path)) == 2


def test_what_is_said_of_a_call_while_it_is_scored_is_said_at_the_end(tmp_path, score):
    """Not by several processes at once."""
    put_session(tmp_path / "lost").joinpath("events.jsonl").write_bytes(b"")
    told = score(tmp_path, "--workers", 2).err
    assert "tells of no line of the caller's" in told
    assert told.count("\n") == 1


@on_posix
def test_a_worker_that_is_killed_loses_nothing(tmp_path, score):
    """What it had is scored by another."""
    put_sessions(tmp_path, 12)
    with killing(tmp_path, lambda: active_children()[0].pid):
        shown = score(tmp_path, "--workers", 2).out
    assert shown.endswith("12 scored\n")
    assert len(cards(tmp_path)) == 12


@on_posix
def test_ctrl_c_ends_it_and_the_next_time_it_goes_on(tmp_path, states):
    """Pressed as at a terminal, where every process hears it: one sentence, whole scorecards, nothing left behind."""
    put_sessions(tmp_path, 16)
    command = [*CALLSIM, "score", str(tmp_path), "--workers", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, **pipes, text=True, start_new_session=True)
    while not cards(tmp_path):
        assert process.poll() is None, "it ended too early"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    shown, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert shown == ""
    assert complaint.count("\n") == 1
    there = cards(tmp_path)
    assert all(json.loads(card)["overall"] is not None for card in there.values())
    assert not list(tmp_path.rglob("*.part"))
    after = states(tmp_path)
    assert sum(state == "kept" for state in after.values()) == len(there) < 16
    assert len(cards(tmp_path)) == 16
