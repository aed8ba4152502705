"""`callsim trends` and the tables of `callsim export`, as somebody at a terminal meets them."""

from __future__ import annotations

import csv
import json
from importlib import util

import pytest
from practised import learning, practise

from callsim.cli import run


@pytest.fixture
def sessions(tmp_path, monkeypatch):
    """The folder of sessions of a home of our own."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    return tmp_path / "sessions"


@pytest.fixture
def said(capsys):
    """What a command says."""

    def of(*arguments, code=0):
        assert run(list(arguments)) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return of


def test_a_team_is_a_table(sessions, said):
    """Each trainee a row; somebody's name cannot steer the terminal."""
    practise(sessions, "Ana", learning(9, 0.3, 0.9))
    practise(sessions, "evil\x1b[2Jname", learning(1, 0.5, 0.5))
    head, ana, evil, *_ = said("trends").splitlines()
    assert head.split("  ")[0] == "trainee"
    assert ana.split()[:2] == ["Ana", "9"]
    assert " (+" in ana
    assert "  17 Jun 2026  " in ana
    assert evil.startswith("evil?[2Jname")
    assert "too few calls" in evil


def test_a_trainee_s_trend_is_told(sessions, said):
    """The points, the start, the same scripts, what moved, what is next; every figure as JSON too."""
    practise(sessions, "Ana", learning(14, 0.3, 0.9))
    text = said("trends", "ana")
    told = json.loads(said("trends", "ana", "--json"))
    overall = told["scores"]["overall"]
    change = overall["since_start"]
    assert change["verdict"] == "better"
    assert f"{change['before']:.1f} in the first 5 calls, {change['after']:.1f} in the latest 5" in text
    assert all(f"{one['scores']['overall']['mean']:.1f}" in text for one in told["periods"])
    assert f"{told['practise'][0]['loss']['per_call']:.1f} points of the overall score a call" in text
    assert len(told["calls"]) == 14
    for title in ("Against their own start", "On the same call scripts", "What improved", "What fell", "What to pr"):
        assert title in text


def test_few_calls_say_so(sessions, said):
    """Once, where it is true of all scores."""
    practise(sessions, "Ana", learning(2, 0.5, 0.5))
    assert said("trends", "Ana").count("Too few calls to say: 2 so far") == 1
    assert said("trends", "Ana").count("  Too few calls to say.\n") == 2


def test_filters_and_points(sessions, said):
    """Days, a script, how points are made, and whose points count."""
    practise(sessions, "Ana", learning(10, 0.5, 0.5), days=1)
    told = json.loads(said("trends", "Ana", "--from", "2026-06-03", "--to", "2026-06-05", "--by", "month", "--json"))
    assert [one["day"] for one in told["calls"]] == ["2026-06-03", "2026-06-04", "2026-06-05"]
    assert told["grouping"] == "month"
    assert json.loads(said("trends", "--script", "hotel", "--json"))[0]["calls"] == 2
    assert "rests on every call there is (10)" in said("trends", "Ana", "--script", "hotel")
    assert "goes by all calls of a trainee" in said("trends", "--script", "hotel")
    assert "goes by all calls" not in said("trends")
    assert "a coach's where one overruled" in said("trends", "Ana", "--coach")


def test_an_empty_library_is_told(sessions, said):
    """In a sentence, or as no rows."""
    sessions.mkdir(parents=True)
    assert said("trends") == "No trainee has a scored call yet\n"
    assert said("trends", "Ana") == "Ana has no scored call like that yet\n"
    assert json.loads(said("trends", "--json")) == []


def test_the_ending_tells_what_is_exported(sessions, said, tmp_path):
    """A table, a workbook, statements; how many is said."""
    practise(sessions, "Ana", learning(3, 0.5, 0.5))
    practise(sessions, "Ben", learning(1, 0.5, 0.5), mode="headless")
    file = tmp_path / "all.csv"
    assert said("export", str(file)).startswith("4 sessions in ")
    with file.open(encoding="utf-8-sig", newline="") as rows:
        assert len(list(csv.DictReader(rows))) == 4
    assert said("export", str(tmp_path / "a.xlsx"), "--trainee", "ana", "--from", "2026-06-03").startswith("2 sessions")
    home = ["--home-page", "https://training.example.org"]
    assert said("export", str(tmp_path / "a.jsonl"), *home, "--pass-at", "60").startswith("3 sessions in ")
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 3
    assert said("export", str(tmp_path / "all.zip")).startswith("4 sessions in ")


def test_what_does_not_go_together_is_told(sessions, said, tmp_path):
    """In a sentence, and nothing is written."""
    practise(sessions, "Ana", learning(1, 0.5, 0.5))
    assert "leave the options out" in said("export", str(tmp_path / "all.zip"), "--trainee", "Ana", code=2)
    assert "--home-page" in said("export", str(tmp_path / "a.json"), code=2)
    assert "leave them out" in said("export", str(tmp_path / "a.csv"), "--pass-at", "60", code=2)
    assert "is no home page" in said("export", str(tmp_path / "a.json"), "--home-page", "x", code=2)
    assert sorted(path.name for path in tmp_path.glob("a*")) == []


def test_without_the_extra_a_workbook_says_what_to_install(sessions, said, tmp_path, monkeypatch):
    """And CSV goes on."""
    practise(sessions, "Ana", learning(1, 0.5, 0.5))
    real = util.find_spec
    monkeypatch.setattr("callsim.library.exported.find_spec", lambda name: None if name == "xlsxwriter" else real(name))
    assert 'pip install "callsim[excel]"' in said("export", str(tmp_path / "a.xlsx"), code=2)
    said("export", str(tmp_path / "a.csv"))
