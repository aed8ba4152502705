"""Whole calls through the command line, with every real part: voice, model, disk."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jiwer
import pytest

from callsim.cli import run
from callsim.sessions.folder import Session

pytestmark = pytest.mark.usefixtures("model_folder")
HERE = Path(__file__).parent / "recordings"
CONTRACT = {
    "format", "overall", "scores", "not_measured", "measures", "speech", "overlaps", "transcript", "acts", "checks",
}  # fmt: skip
MEASURES = {
    "words_per_minute", "articulation_rate", "talk_share", "response_gap_ms", "dead_air", "longest_turn_ms",
    "fillers_per_100_words", "cut_ins", "backchannels", "early_starts", "caller_cut_ins",
}  # fmt: skip
# A shell that runs us in the background lets children ignore Ctrl-C; these must not.
CALLSIM = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from callsim.cli import main; main()",
]


@pytest.fixture(scope="session")
def calls(tmp_path_factory):
    """One headless call for each way to behave, on the script `parcel`: folder and scorecard."""
    folder = tmp_path_factory.mktemp("calls")
    found = {}
    for behaviour in ("good", "interrupting", "rude", "silent"):
        out = folder / behaviour
        assert run(["run", "parcel", "--trainee", str(HERE / f"{behaviour}.toml"), "--out", str(out)]) == 0
        found[behaviour] = (out, json.loads((out / "scorecard.json").read_text()))
    return found


def ending(folder):
    """How the call in a session ended."""
    return Session.read(folder).events[-1].ending


def test_the_scorecard_keeps_the_contract(calls):
    """Every key of the contract is there under its name, with its kind of value."""
    _, card = calls["good"]
    assert set(card) >= CONTRACT
    assert card["format"] == "callsim.scorecard/1"
    assert set(card["measures"]) >= MEASURES
    assert set(card["scores"]) == {"pacing", "interruptions", "phrasing"}
    assert {"id", "dimension", "points", "of", "why", "evidence"} <= set(card["checks"][0])
    assert {"who", "start_ms", "end_ms", "text", "words"} <= set(card["transcript"][0])
    assert {"act", "start_ms", "end_ms", "quote"} <= set(card["acts"][0])


def test_the_transcript_is_what_the_trainee_said(calls):
    """The recognised words of the good trainee are within 15 % of the recorded ones."""
    words = (HERE.parent.parent / "callsim" / "demo" / "words.toml").read_text()
    said = dict(re.findall(r'^(\w+) = "(.+)"$', words, re.MULTILINE))
    clips = re.findall(r"demo/(\w+)\.flac", (HERE / "good.toml").read_text())
    plain = [re.sub(r"[^a-z' ]", "", said[clip].lower()) for clip in clips]
    _, card = calls["good"]
    heard = " ".join(turn["text"] for turn in card["transcript"] if turn["who"] == "trainee")
    assert jiwer.wer(" ".join(plain), heard) <= 0.15


def test_a_listening_trainee_is_thanked(calls):
    """Empathy, an offer with a time and no interruption calm the caller and score high."""
    folder, card = calls["good"]
    assert ending(folder) == "thankful"
    assert card["measures"]["cut_ins"] == 0
    assert min(card["scores"].values()) >= 75


def test_interrupting_costs_the_interruptions_score(calls):
    """Three cut-ins are counted, with the second each, and lower only what they should."""
    _, good = calls["good"]
    _, card = calls["interrupting"]
    assert card["measures"]["cut_ins"] == 3
    assert card["scores"]["interruptions"] < good["scores"]["interruptions"] - 40
    assert sum(overlap["kind"] == "cut_in" for overlap in card["overlaps"]) == 3


def test_blame_and_refusal_lose_the_caller(calls):
    """A rude trainee is hung up on or reported, and phrasing is near nothing."""
    folder, card = calls["rude"]
    assert ending(folder) in {"hang_up", "supervisor"}
    assert card["scores"]["phrasing"] < 25
    assert {"blame", "minimising"} <= {act["act"] for act in card["acts"]}


def test_silence_scores_low_and_is_not_praised(calls):
    """Nobody answering: the caller hangs up; nothing that needs a voice gets points."""
    folder, card = calls["silent"]
    assert ending(folder) == "hang_up"
    assert card["scores"]["phrasing"] in (None, 0) or card["scores"]["phrasing"] < 5
    assert card["measures"]["words_per_minute"] is None
    assert card["overall"] is None or card["overall"] < 20


def test_every_move_of_frustration_has_a_cause(calls):
    """Each change in each call says why."""
    for folder, _ in calls.values():
        moves = [event for event in Session.read(folder).events if event.kind == "decided"]
        assert moves
        assert all(move.because and move.rule for move in moves)


def test_same_inputs_same_bytes(calls, tmp_path):
    """The same call in another process leaves the same events, sound and scorecard, byte for byte."""
    folder, _ = calls["interrupting"]
    again = tmp_path / "again"
    arguments = ["run", "parcel", "--trainee", str(HERE / "interrupting.toml"), "--out", str(again)]
    subprocess.run([*CALLSIM, *arguments], check=True, stdout=subprocess.DEVNULL)
    for name in ("events.jsonl", "call.flac", "scorecard.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_scoring_again_gives_the_same_scorecard(calls):
    """`callsim score SESSION` makes what the call made."""
    folder, _ = calls["good"]
    before = (folder / "scorecard.json").read_bytes()
    assert run(["score", str(folder)]) == 0
    assert (folder / "scorecard.json").read_bytes() == before


def test_json_alone_on_standard_output(calls, capsys):
    """`--json` prints one JSON value and nothing else."""
    folder, card = calls["good"]
    capsys.readouterr()
    assert run(["score", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == card


def test_a_recorded_call_needs_no_script(calls, capsys):
    """The session's own sound, scored as a stranger's two-channel recording, tells the same story."""
    folder, card = calls["interrupting"]
    capsys.readouterr()
    assert run(["score", str(folder / "call.flac"), "--trainee", "left", "--json"]) == 0
    imported = json.loads(capsys.readouterr().out)
    assert imported["measures"]["cut_ins"] == card["measures"]["cut_ins"]
    assert abs(imported["measures"]["talk_share"] - card["measures"]["talk_share"]) < 0.08


def test_the_sides_as_two_files(calls, tmp_path, capsys):
    """Two mono files score as the two channels do."""
    import soundfile

    folder, _ = calls["interrupting"]
    sound, rate_hz = soundfile.read(folder / "call.flac", dtype="int16")
    for channel, name in enumerate(("t.wav", "c.wav")):
        soundfile.write(tmp_path / name, sound[:, channel], rate_hz)
    capsys.readouterr()
    run(["score", str(folder / "call.flac"), "--trainee", "left", "--json"])
    stereo = capsys.readouterr().out
    run(["score", "--trainee-file", str(tmp_path / "t.wav"), "--caller-file", str(tmp_path / "c.wav"), "--json"])
    assert capsys.readouterr().out == stereo


def test_one_recording_of_the_trainee_will_do(calls, tmp_path):
    """A fixed recording cannot react, but is heard, answered and scored."""
    import soundfile

    folder, _ = calls["good"]
    sound, rate_hz = soundfile.read(folder / "call.flac", dtype="int16")
    soundfile.write(tmp_path / "trainee.wav", sound[:, 0], rate_hz)
    out = tmp_path / "out"
    assert run(["run", "parcel", "--trainee", str(tmp_path / "trainee.wav"), "--out", str(out)]) == 0
    assert ending(out) == "thankful"


def test_a_killed_call_is_still_scored(tmp_path):
    """After kill -9 in mid-call what was said until then is heard and scored."""
    out = tmp_path / "killed"
    arguments = ["run", "parcel", "--trainee", str(HERE / "good.toml"), "--out", str(out)]
    process = subprocess.Popen([*CALLSIM, *arguments], stdout=subprocess.DEVNULL)
    wait_for(lambda: "heard" in read(out / "events.jsonl"), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "scorecard.json").exists()
    assert run(["score", str(out)]) == 0
    card = json.loads((out / "scorecard.json").read_text())
    assert "good morning" in card["transcript"][0]["text"]


def test_ctrl_c_keeps_what_was_recorded(tmp_path):
    """Ctrl-C ends with 130, one sentence, and a session that can be scored."""
    out = tmp_path / "stopped"
    arguments = ["run", "parcel", "--trainee", str(HERE / "good.toml"), "--out", str(out)]
    process = subprocess.Popen([*CALLSIM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: "heard" in read(out / "events.jsonl"), process)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert process.returncode == 130
    assert complaint.count("\n") == 1
    assert Session.read(out).events[-1].ending == "abandoned"
    assert run(["score", str(out)]) == 0


def read(path):
    """A file's text; empty where it is not there yet."""
    return path.read_text() if path.exists() else ""


def wait_for(happened, process):
    """Wait for something that a process does; it must not end before."""
    while not happened():
        assert process.poll() is None, "the call ended too early"
        time.sleep(0.02)


OFFLINE = """
import socket, sys
def refused(*_, **__):
    raise AssertionError("the network was touched")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refused
socket.create_connection = socket.getaddrinfo = refused
import _socket
_socket.getaddrinfo = refused
from callsim.cli import run
code = run(sys.argv[1:])
assert "sounddevice" not in sys.modules, "a sound device was asked for"
sys.exit(code)
"""


def test_a_call_and_a_scoring_touch_no_network(tmp_path):
    """With every socket refused, and no network at all where the system can take it away, a call runs and is scored."""
    out = tmp_path / "offline"
    command = [*without_network(), sys.executable, "-c", OFFLINE]
    for arguments in (
        ["run", "broadband", "--trainee", str(HERE / "flat.toml"), "--out", str(out)],
        ["score", str(out)],
    ):
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def without_network():
    """A prefix that takes the network away from a command, where this system lets us."""
    unshare = ["unshare", "--net", "--map-root-user"]
    try:
        able = subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        able = False
    return unshare if able else []


def test_the_demo_ends_with_a_scorecard(tmp_path, capsys):
    """`callsim demo` shows the call, the scorecard with evidence, and where the session lies."""
    out = tmp_path / "demo"
    assert run(["demo", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    for sight in ("Dana", "you", "Overall", "Pacing", str(out)):
        assert sight in shown.replace("\n", "") or sight in shown
    assert ending(out) == "thankful"


@pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")
def test_the_model_named_by_the_environment_is_used(tmp_path, monkeypatch, capsys):
    """CALLSIM_MODEL must be a Vosk model, and is named when it is none."""
    monkeypatch.setenv("CALLSIM_MODEL", str(tmp_path))
    assert run(["run", "parcel", "--trainee", str(HERE / "silent.toml"), "--out", str(tmp_path / "s")]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "s").exists()
