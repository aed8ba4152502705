"""`callsim report`: a session as one HTML file, and as JSON."""

import json
import shutil
from pathlib import Path

import pytest

from callsim.cli import run
from callsim.report.replay import Replay
from callsim.sessions.folder import SCORECARD
from callsim.sessions.opus import SMALL_SOUND

pytestmark = pytest.mark.usefixtures("model_folder")
HERE = Path(__file__).parent / "recordings"


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """A whole call's folder; not to be changed."""
    out = tmp_path_factory.mktemp("reported") / "first"
    assert run(["run", "parcel", "--trainee", str(HERE / "interrupting.toml"), "--out", str(out)]) == 0
    return out


@pytest.fixture
def session(taken, tmp_path):
    """A copy of it to work on."""
    return shutil.copytree(taken, tmp_path / "sessions" / "first")


def printed(capsys, *arguments):
    """What `callsim report` prints."""
    capsys.readouterr()
    assert run(["report", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_it_writes_one_file_with_the_sound_inside(session, tmp_path, capsys):
    """And keeps the packed sound in the session."""
    file = tmp_path / "report.html"
    assert printed(capsys, session, "--html", file) == ""
    html = file.read_text(encoding="utf-8")
    assert "The birthday parcel" in html
    assert "data:audio/ogg;base64,T2dnUw" in html
    assert (session / SMALL_SOUND).is_file()


def test_it_prints_json_that_reads_back(session, capsys):
    """The replay's own form, the scores as in the scorecard."""
    replay = Replay.model_validate_json(printed(capsys, session, "--json"))
    card = json.loads((session / SCORECARD).read_text(encoding="utf-8"))
    assert replay.overall == card["overall"]
    assert replay.script == "parcel"
    assert any(mark.kind == "cut_in" for mark in replay.marks)


def test_a_kept_session_is_given_by_its_name(session, tmp_path, monkeypatch, capsys):
    """As `callsim sessions` lists it, wherever one stands; to be reported, scored, taken again."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    assert Replay.model_validate_json(printed(capsys, "first", "--json")).session == "first"
    assert run(["score", "first", "--json"]) == 0
    assert capsys.readouterr().out == (session / SCORECARD).read_text()
    assert run(["run", "--from", "first", "--turn", "99", "--trainee", "none.wav"]) == 2
    assert "There is no session" not in capsys.readouterr().err


def test_a_session_without_a_scorecard_is_scored_first(session, capsys):
    """And one whose scorecard cannot be read."""
    before = (session / SCORECARD).read_bytes()
    for spoil in ((session / SCORECARD).unlink, lambda: (session / SCORECARD).write_text("{}")):
        spoil()
        printed(capsys, session, "--json")
        assert (session / SCORECARD).read_bytes() == before


def test_the_other_takes_of_the_script_are_beside_it(session, capsys):
    """Those in the same folder that have a scorecard; others and broken ones are left out."""
    shutil.copytree(session, session.parent / "second")
    other = shutil.copytree(session, session.parent / "other")
    about = json.loads((other / "session.json").read_text(encoding="utf-8"))
    (other / "session.json").write_text(json.dumps({**about, "script": "hotel"}), encoding="utf-8")
    (shutil.copytree(session, session.parent / "broken") / SCORECARD).write_text("[1]", encoding="utf-8")
    replay = Replay.model_validate_json(printed(capsys, session, "--json"))
    assert [take.folder for take in replay.takes] == ["first", "second"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Say what to make"),
        (["--html", "no/such/folder/report.html"], "There is no folder"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(session, arguments, told, capsys):
    """With a remedy, and exit code 2."""
    assert run(["report", str(session), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_folder_without_a_session_is_named(tmp_path, capsys):
    """One sentence."""
    assert run(["report", str(tmp_path), "--json"]) == 2
    assert "There is no session in" in capsys.readouterr().err
