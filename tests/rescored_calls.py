"""Scored calls and a rubric to score them by again: fixtures, which a test file imports by their functions' names."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shelved import QUIET

from callsim.cli import run
from callsim.cli.rescore import all_sessions, rescore_all

HERE = Path(__file__).parent / "recordings"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER = 'name = "kinder"\n[phrasing.empathy]\npoints = 40\n[measures]\nturn_pause_ms = 900\n'


@pytest.fixture(name="taken", scope="module")
def two_scored_calls(tmp_path_factory):
    """Two scored calls in a folder; not to be changed."""
    out = tmp_path_factory.mktemp("taken")
    for name in ("interrupting", "rude"):
        assert run(["run", "parcel", "--trainee", str(HERE / f"{name}.toml"), "--out", str(out / name)]) == 0
    return out


@pytest.fixture(name="sessions")
def home_of_calls(taken, tmp_path, monkeypatch):
    """A home with copies of them."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSIM_LIBRARY", raising=False)
    return Path(shutil.copytree(taken, tmp_path / "sessions"))


@pytest.fixture(name="other")
def kinder_rubric(tmp_path):
    """Another rubric, as a file."""
    file = tmp_path / "kinder.toml"
    file.write_text(OTHER)
    return file


@pytest.fixture(name="said")
def what_is_said(capsys):
    """What a command says."""

    def of(*arguments, code=0):
        capsys.readouterr()
        assert run([str(argument) for argument in arguments]) == code
        return capsys.readouterr().out

    return of


def rescored(sessions, rubric, moment=NOW, workers=1):
    """All sessions by a rubric."""
    return rescore_all(all_sessions(sessions), rubric, workers, QUIET, clock_at(moment))


def clock_at(moment):
    """A clock that stands still, and pickles."""
    return moment.astimezone
