"""The commands for authors, and the call told again."""

from __future__ import annotations

import io
import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from callsim.catalogue import script_files
from callsim.cli import run
from callsim.script import Script
from callsim.script_schema import script_schema

HERE = Path(__file__).parent / "recordings"


def test_a_new_script_is_there_and_can_be_tried(tmp_path, capsys, monkeypatch):
    """Template and schema are written; typed turns are answered until the caller hangs up."""
    file = tmp_path / "mine"
    assert run(["new-script", str(file)]) == 0
    assert (tmp_path / "script.schema.json").read_text(encoding="utf-8") == script_schema()
    said = ("good morning smith repairs", "oh no that must be awful", "we will send somebody out", "it is free", "bye")
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*said, *[""] * 5])))
    assert run(["try", f"{file}.toml", "--seed", "2"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "empathy: “that must be awful”" in told
    assert "you showed that you understand how this feels" in told
    assert "✓ somebody comes to mend it" in told
    assert "The call is over: " in told


def test_a_new_script_overwrites_nothing(tmp_path, capsys):
    """The file that is there stays."""
    (tmp_path / "mine.toml").write_text("mine")
    assert run(["new-script", str(tmp_path / "mine.toml")]) == 2
    assert "already" in capsys.readouterr().err
    assert (tmp_path / "mine.toml").read_text() == "mine"


def test_hanging_up_ends_a_try(capsys, monkeypatch):
    """Ctrl-D at once."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert run(["try", "parcel"]) == 0
    assert "You hung up" in capsys.readouterr().out


@pytest.mark.parametrize("name", script_files())
def test_a_drawing_has_every_part_of_the_script(name, capsys):
    """Story, needs, and all four endings, each once, and nothing that Mermaid would stumble over."""
    assert run(["draw", name]) == 0
    rows = capsys.readouterr().out.split("\n")
    assert rows[0] == "flowchart TD"
    for ending in ("thankful", "cool", "supervisor", "hang_up"):
        assert sum(f" {ending}([" in row for row in rows) == 1
    assert all(row.count('"') % 2 == 0 for row in rows)


def test_the_schema_knows_every_key_and_asks_for_none_that_everyday_gives(capsys):
    """An editor completes them; reactions and prompts may be left out."""
    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert set(schema["properties"]) == set(Script.model_fields)
    assert "story" in schema["required"]
    assert "reactions" not in schema["required"]
    plain_list = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    assert plain_list in schema["$defs"]["Told"]["properties"]["say"]["anyOf"]


@pytest.mark.usefixtures("model_folder")
def test_a_call_tells_why_the_caller_said_each_line(tmp_path, capsys):
    """Each line with its rule and cause, and every step of frustration with before and after."""
    folder = tmp_path / "call"
    assert run(["run", "parcel", "--trainee", str(HERE / "good.toml"), "--out", str(folder)]) == 0
    capsys.readouterr()
    assert run(["replay", str(folder), "--why"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "of the story comes next" in told
    assert "-7 empathy: you showed that you understand how this feels (" in told
    assert "ending.thankful: everything that the caller needed is promised" in told
    assert run(["replay", str(folder)]) == 0
    assert "Dana" in capsys.readouterr().out


@pytest.mark.usefixtures("model_folder")
@pytest.mark.parametrize("second", [True, False])
def test_a_second_problem_counts_only_where_it_came_up(tmp_path, capsys, second):
    """A need that the trainee never heard of costs no points; the others do."""
    template = files("callsim").joinpath("template.toml").read_text(encoding="utf-8")
    script, folder = tmp_path / "mine.toml", tmp_path / "call"
    script.write_text(template if second else template.replace("second = true\n", ""), encoding="utf-8")
    scene = tmp_path / "scene.toml"
    scene.write_text('format = "callsim.scene/1"\n[[cue]]\ntext = "good morning"\nwhen = "at start"\n')
    assert run(["run", str(script), "--trainee", str(scene), "--out", str(folder), "--json"]) == 0
    card = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
    why = next(check["why"] for check in card["checks"] if check["id"] == "phrasing.needs")
    assert ("bill" in why or "2" in why) is not second
    capsys.readouterr()


def test_what_is_no_session_cannot_be_replayed(tmp_path, capsys):
    """One sentence, 2."""
    assert run(["replay", str(tmp_path), "--why"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
