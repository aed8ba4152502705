"""`callsim score` on what there is: sides that begin at different times, lost events, a second reading, progress."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from many_calls import put_recording, put_session
from scenes import good_call
from spoken import sentence, silence

from callsim.cli import run
from callsim.cli.second import difference
from callsim.devices import whisper_model
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import ChangeRow, score
from callsim.sessions.folder import Session

pytestmark = pytest.mark.usefixtures("model_folder")
HERE = Path(__file__).parent / "recordings"
# A shell that runs us in the background lets children ignore Ctrl-C; these must not.
CALLSIM = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from callsim.cli import main; main()",
]


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """A whole call's folder; not to be changed."""
    out = tmp_path_factory.mktemp("scored") / "call"
    assert run(["run", "parcel", "--trainee", str(HERE / "interrupting.toml"), "--out", str(out)]) == 0
    return out


@pytest.fixture
def imported(tmp_path):
    """A session that was a recording of some seconds."""
    folder = put_session(tmp_path / "imported", mode="imported")
    (folder / "script.toml").unlink()
    put_recording(folder / "call.flac")
    return folder


@pytest.fixture
def session(taken, tmp_path):
    """A copy of it to work on, without its scorecard."""
    copy = shutil.copytree(taken, tmp_path / "session")
    (copy / "scorecard.json").unlink()
    return copy


def scored(capsys, *arguments):
    """The scorecard that a command prints."""
    capsys.readouterr()
    assert run(["score", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


# --- two files that begin at different times --------------------------------------------------------------------------


@pytest.fixture
def sides(tmp_path):
    """Both sides of a little call, each a file of its own; and a way to write them anew, silence first."""
    voices = {
        "trainee": np.concatenate([silence(400), sentence(), silence(3000), sentence()]),
        "caller": np.concatenate([silence(2000), sentence("Where is my parcel?"), silence(1500)]),
    }

    def written(wait_ms=None):
        waits = {"trainee": 0, "caller": 0} | (wait_ms or {})
        files = []
        for who, voice in voices.items():
            files += [f"--{who}-file", tmp_path / f"{who}-{waits[who]}.wav"]
            soundfile.write(files[-1], np.concatenate([silence(waits[who]), voice]), 16_000)
        return files

    return written


@pytest.mark.parametrize(
    ("offset_ms", "silence_ms"), [(0, {}), (1, {"caller": 1}), (1730, {"caller": 1730}), (-1730, {"trainee": 1730})]
)
def test_an_offset_is_the_same_as_recorded_silence(sides, capsys, offset_ms, silence_ms):
    """The side that begins later is heard as if its recorder had run from the start."""
    with_offset = scored(capsys, *sides(), "--caller-offset-ms", offset_ms)
    assert with_offset == scored(capsys, *sides(silence_ms))
    assert len(with_offset["speech"]["trainee"]) == 2
    assert len(with_offset["speech"]["caller"]) == 1


# --- a session --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [["--trainee", "left"], ["--caller-words"], ["--trainee", "right", "--caller-words"]])
def test_what_is_for_recordings_is_not_ignored_on_a_session(session, capsys, given):
    """A session knows its sides: one sentence names the option that says otherwise."""
    assert run(["score", str(session), *given]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert str(session) in complaint
    assert f"leave {' and '.join(one for one in given if one.startswith('--'))} out" in complaint


def test_an_imported_session_keeps_the_callers_words_that_were_read_once(imported, capsys):
    """They are read where that is asked for, and again for every scorecard after that one."""
    told_by = lambda card: {row["who"] for row in card["transcript"]}  # noqa: E731
    assert told_by(scored(capsys, imported)) == {"trainee"}
    with_words = scored(capsys, imported, "--caller-words")
    assert told_by(with_words) == {"trainee", "caller"}
    assert scored(capsys, imported) == with_words


def test_an_imported_session_knows_its_sides(imported, capsys):
    """And nothing is said of words that it does not know."""
    assert run(["score", str(imported), "--trainee", "left", "--caller-words"]) == 2
    told = capsys.readouterr().err
    assert told.endswith("is a session, which knows its sides: leave --trainee out.\n")


def test_lost_events_are_told_and_both_sides_heard_again(session, capsys):
    """Who spoke when is in the sound: the cut-ins are found again, the caller's share too; the needs are not known."""
    before = json.loads(json.dumps(scored(capsys, session)))
    (session / "events.jsonl").write_bytes(b"")
    assert run(["score", str(session), "--json"]) == 0
    out, err = capsys.readouterr()
    again = json.loads(out)
    assert str(session / "events.jsonl") in err
    assert err.count("\n") == 1
    assert again["measures"]["cut_ins"] == before["measures"]["cut_ins"] == 3
    assert abs(again["measures"]["talk_share"] - before["measures"]["talk_share"]) < 0.08
    assert again["needs"] is None
    assert any(row["who"] == "trainee" for row in again["transcript"])
    assert json.loads((session / "scorecard.json").read_text()) == again


def test_a_call_that_died_before_the_caller_spoke_is_scored_as_a_session(session, capsys):
    """No event and no voice of the caller's: nothing was lost."""
    Session.read(session)
    (session / "events.jsonl").write_bytes(b"")
    (session / "call.flac").unlink()
    ours = np.concatenate([silence(300), sentence(), silence(500)])
    soundfile.write(session / "call.flac", np.column_stack([ours, np.zeros_like(ours)]), 16_000)
    card = scored(capsys, session)
    assert card["needs"] is not None
    assert "sorry about the delay" in card["transcript"][0]["text"]


# --- the second reading -----------------------------------------------------------------------------------------------


@pytest.fixture
def _second_reading():
    """Needs the extra and its weights."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `accurate`)")
    if whisper_model.find() is None:
        pytest.skip("the model for the second reading is not in the cache (`callsim setup --accurate`)")


@pytest.mark.usefixtures("_second_reading")
def test_the_first_scorecard_comes_before_the_second_reading(session, capsys):
    """Vosk's words, then what the second reading changed, then Whisper's words; these are kept."""
    assert run(["score", str(session), "--accurate"]) == 0
    shown = capsys.readouterr().out
    order = [shown.index(words) for words in ("read by Vosk", "The second reading", "read by Whisper")]
    assert order == sorted(order)
    assert shown.count("Overall") == 2
    card = json.loads((session / "scorecard.json").read_text())
    assert card["recogniser"] == "whisper"
    assert ("heard the same words" in shown) == (not card["changed"])


@pytest.mark.usefixtures("_second_reading")
def test_as_json_only_the_last_scorecard_is_printed(session, capsys):
    """One JSON value, and it is the one that is kept."""
    card = scored(capsys, session, "--accurate")
    assert card["recogniser"] == "whisper"
    assert json.loads((session / "scorecard.json").read_text()) == card


@pytest.mark.usefixtures("_second_reading")
def test_of_an_imported_call_both_sides_are_read_again(sides, capsys):
    """Neither has a script."""
    card = scored(capsys, *sides(), "--accurate")
    assert {row["who"] for row in card["transcript"]} == {"trainee", "caller"}


@pytest.mark.usefixtures("_second_reading")
@pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")
def test_ctrl_c_in_the_second_reading_keeps_the_first_scorecard(session):
    """Exit code 130, one sentence, and the scorecard with Vosk's words shown and kept."""
    command = [*CALLSIM, "score", str(session), "--accurate"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (session / "scorecard.json").exists():
        assert process.poll() is None, "scoring ended too early"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    shown, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complaint.count("\n") == 1
    assert "read by Vosk" in shown
    assert "read by Whisper" not in shown
    assert json.loads((session / "scorecard.json").read_text())["recogniser"] == "vosk"


def test_what_the_second_reading_changed_is_one_sentence():
    """How many places, and which scores moved from where to where."""
    first = score(good_call().evidence(), read_rubric())
    row = ChangeRow(start_ms=0, end_ms=300, before="way", after="wait")
    assert difference(first, first) == "The second reading heard the same words."
    same = difference(first, first.model_copy(update={"changed": (row,)}))
    assert same == "The second reading changed the words in 1 place: the scores stay as they are."
    scores = first.scores | {"pacing": 80.0, "phrasing": None}
    other = first.model_copy(update={"changed": (row, row), "overall": 71.5, "scores": scores})
    assert difference(first, other) == (
        f"The second reading changed the words in 2 places: overall {first.overall} to 71.5, "
        f"pacing {first.scores['pacing']} to 80.0, phrasing {first.scores['phrasing']} to not measured."
    )


@pytest.mark.parametrize("command", [["score", "call"], ["run", "parcel", "--trainee", "x.wav"], ["call", "parcel"]])
def test_without_the_extra_nothing_is_begun(monkeypatch, capsys, command):
    """Better told before a call than after it."""
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    assert run([*command, "--accurate"]) == 2
    complaint = capsys.readouterr().err
    assert "pip install callsim[accurate]" in complaint
    assert complaint.count("\n") == 1


# --- progress ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="there is no such terminal elsewhere")
def test_a_long_recording_shows_on_a_terminal_how_far_it_is(tmp_path):
    """On standard error, so that the scorecard stays clean; two minutes with a voice at each end."""
    import pty

    voice = np.concatenate([silence(500), sentence(), silence(120_000), sentence()])
    other = np.concatenate([silence(60_000), sentence("Where is my parcel?")])
    both = np.column_stack([voice, np.pad(other, (0, len(voice) - len(other)))])
    soundfile.write(tmp_path / "call.flac", both, 16_000)
    ours, theirs = pty.openpty()
    command = [*CALLSIM, "score", str(tmp_path / "call.flac"), "--trainee", "left", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = all_of(ours)
        printed = process.stdout.read()
    assert process.returncode == 0
    assert "Listening to the call" in shown
    assert json.loads(printed)["length_ms"] > 120_000


def all_of(terminal):
    """Everything that is written to a terminal until nobody has it open."""
    said = b""
    try:
        while piece := os.read(terminal, 4096):
            said += piece
    except OSError:
        pass
    os.close(terminal)
    return said.decode(errors="replace")
