"""Bad input of any kind: one clear sentence, exit code 2, no traceback."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callsim.cli import run

pytestmark = pytest.mark.usefixtures("model_folder")
HERE = Path(__file__).parent / "recordings"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with some recordings, good and bad."""
    monkeypatch.chdir(tmp_path)
    voice = np.random.default_rng(1).integers(-3_000, 3_000, 16_000, dtype=np.int16)
    soundfile.write("mono.wav", voice, 16_000)
    soundfile.write("silent.wav", np.zeros((16_000, 2), np.int16), 16_000)
    soundfile.write("empty.wav", np.zeros((0, 2), np.int16), 16_000)
    soundfile.write("slow.wav", np.stack([voice, voice], axis=1), 4_000)
    soundfile.write("left.wav", np.stack([voice, np.zeros_like(voice)], axis=1), 16_000)
    soundfile.write("both.wav", np.stack([voice, voice], axis=1), 16_000)
    Path("broken.wav").write_bytes(b"RIFF\x00\x00")
    Path("text.txt").write_text("hello")
    Path("scene.toml").write_text('format = "callsim.scene/1"\n[[cue]]\nsay = "mono.wav"\nwhen = "after calle"\n')
    Path("script.toml").write_text("format = 1\n[caller")
    Path("noname.toml").write_text('format = "callsim.script/1"\ntitel = "x"\n')
    return tmp_path


# Each of them lasts a second.
TWO_FILES = ["score", "--trainee-file", "mono.wav", "--caller-file", "mono.wav"]
BAD = [
    (["run", "parcle", "--trainee", "mono.wav"], "parcel"),
    (["run", "parcel", "--trainee", "none.wav"], "none.wav"),
    (["run", "parcel", "--trainee", "broken.wav"], "broken.wav"),
    (["run", "parcel", "--trainee", "text.txt"], "text.txt"),
    (["run", "parcel", "--trainee", "empty.wav"], "empty.wav"),
    (["run", "parcel", "--trainee", "silent.wav"], "silent"),
    (["run", "parcel", "--trainee", "slow.wav"], "4000"),
    (["run", "parcel", "--trainee", "scene.toml"], "after caller"),
    (["run", "parcel", "--trainee", "mono.wav", "--voice", "dan"], "dana"),
    (["run", "parcel", "--trainee", "mono.wav", "--seed", "x"], "seed"),
    (["run", "script.toml", "--trainee", "mono.wav"], "script.toml"),
    (["run", "noname.toml", "--trainee", "mono.wav"], "titel"),
    (["run", "parcel"], "--trainee"),
    (["score", "none"], "none"),
    (["score", "."], "--trainee left"),
    (["score", "mono.wav", "--trainee", "left"], "two"),
    (["score", "left.wav"], "--trainee left"),
    (["score", "left.wav", "--trainee", "right"], "silent"),
    (["score", "left.wav", "--trainee", "middle"], "middle"),
    (["score", "silent.wav", "--trainee", "left"], "silent"),
    (["score"], "--trainee-file"),
    (["score", "--trainee-file", "mono.wav"], "--caller-file"),
    (["score", "both.wav", "--trainee", "left", "--caller-offset-ms", "40"], "--caller-offset-ms"),
    (["score", "--trainee-file", "mono.wav", "--caller-offset-ms", "40"], "--caller-file"),
    ([*TWO_FILES, "--caller-offset-ms", "1000"], "--caller-offset-ms 1000"),
    ([*TWO_FILES, "--caller-offset-ms", "-1000"], "--caller-offset-ms -1000"),
    ([*TWO_FILES, "--caller-offset-ms", "0.5s"], "0.5s"),
    (["score", "left.wav", "--trainee", "left", "--rubric", "none.toml"], "none.toml"),
    (["score", "both.wav", "--trainee", "left", "--model", "nowhere"], "nowhere"),
    (["setup", "--from", "none.zip"], "none.zip"),
    (["setup", "--from", "text.txt"], "text.txt"),
    (["nothing"], "nothing"),
    (["run", "parcel", "--traine", "x"], "traine"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), BAD, ids=lambda value: "_".join(value) if isinstance(value, list) else ""
)
def test_one_sentence_and_exit_code_2(folder, capsys, arguments, named):
    """Each mistake is said in one line that names the value at fault."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
    assert err.startswith("callsim: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_a_taken_folder_is_left_alone(folder, capsys):
    """`--out` into a folder with a session says so and changes nothing in it."""
    taken = folder / "taken"
    taken.mkdir()
    (taken / "session.json").write_text("mine")
    assert run(["run", "parcel", "--trainee", str(HERE / "silent.toml"), "--out", "taken"]) == 2
    assert "taken" in capsys.readouterr().err
    assert [path.name for path in taken.iterdir()] == ["session.json"]
    assert (taken / "session.json").read_text() == "mine"


def test_acts_keep_their_contract(monkeypatch, capsys):
    """One utterance a line in, one JSON object a line out."""
    monkeypatch.setattr("sys.stdin", io.StringIO("i am so sorry dana\n\nthat's your own fault\n"))
    assert run(["acts", "--name", "Dana Whitfield", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["text"] for line in lines] == ["i am so sorry dana", "", "that's your own fault"]
    assert {act["act"] for act in lines[0]["acts"]} >= {"apology", "name_use"}
    assert lines[1]["acts"] == []
    assert {"act": "blame", "quote": lines[2]["acts"][0]["quote"]} in lines[2]["acts"]


@pytest.mark.parametrize("command", ["scripts", "voices", "--help", "--version", "run --help"])
def test_looking_around_always_works(capsys, command):
    """Lists and help need no model, no device and no network."""
    assert run(command.split()) == 0
    assert capsys.readouterr().out


def test_check_says_what_is_ready(capsys):
    """`callsim check` names model, voice engine, headset and disk, each with its state."""
    assert run(["check"]) == 0
    shown = capsys.readouterr().out
    for what in ("speech model", "speech engine", "headset", "disk"):
        assert what in shown
