"""`callsim check`: what is said of each model."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import platformdirs
import pytest

from callsim.cli import run
from callsim.devices import natural_voice, smart_turn, whisper_model


@pytest.fixture
def cache(tmp_path, monkeypatch, model_folder):
    """An empty cache; the speech model is named by the environment, as on a machine that has it elsewhere."""
    monkeypatch.setenv("CALLSIM_MODEL", str(model_folder))
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


def extra(monkeypatch, *, installed):
    """The extra `accurate` as it would be found."""
    module = ModuleType("faster_whisper")
    module.__spec__ = ModuleSpec("faster_whisper", None)
    monkeypatch.setitem(sys.modules, "faster_whisper", module if installed else None)


def hollow(cache, pinned):
    """A copy of the right size that holds nothing but zeros."""
    for name, part in pinned.files.items():
        file = cache / pinned.name / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            opened.truncate(part.size)
    (cache / pinned.name / "verified.json").write_text(pinned.mark)


def checked(capsys, what):
    """What `callsim check` says of one thing, in one line; None where it says nothing."""
    assert run(["check"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if f" {what} " in line]
    assert len(lines) <= 1
    return lines[0] if lines else None


@pytest.mark.usefixtures("cache")
def test_a_turn_model_that_is_not_there_has_a_remedy(capsys):
    """Calls can be taken without, so that the check is passed all the same."""
    line = checked(capsys, "turn model")
    assert line.startswith("missing")
    assert "run `callsim setup`" in line
    assert "by your words alone" in line


def test_a_damaged_turn_model_is_found(cache, capsys):
    """Its size is right, its bytes are not."""
    hollow(cache, smart_turn.WEIGHTS.model)
    line = checked(capsys, "turn model")
    assert line.startswith("missing")
    assert f"{cache / 'smart-turn-v3.2'} is damaged at {smart_turn.NAME}: run `callsim setup`" in line


@pytest.mark.usefixtures("model_folder")
def test_a_whole_turn_model_is_ready(capsys):
    """The real one, every byte of it."""
    assert checked(capsys, "turn model").startswith("ready")


@pytest.mark.usefixtures("cache")
def test_natural_voices_that_are_missing_have_a_remedy(capsys, monkeypatch):
    """Calls can be taken without, in the platform's own voices."""
    monkeypatch.setattr(natural_voice, "missing", lambda: "Natural voices are not installed: run `pip install …`")
    line = checked(capsys, "natural voices")
    assert line.startswith("missing")
    assert "pip install" in line
    monkeypatch.setattr(natural_voice, "missing", lambda: None)
    assert checked(capsys, "natural voices").startswith("ready")


@pytest.mark.usefixtures("cache")
def test_nobody_is_told_of_a_second_reading_that_was_never_asked_for(capsys, monkeypatch):
    """Without the extra and without its model there is nothing to be said."""
    extra(monkeypatch, installed=False)
    assert checked(capsys, "second reading") is None


@pytest.mark.usefixtures("cache")
def test_the_extra_without_its_model_has_a_remedy(capsys, monkeypatch):
    """One command fetches it."""
    extra(monkeypatch, installed=True)
    line = checked(capsys, "second reading")
    assert line.startswith("missing")
    assert "run `callsim setup --accurate`" in line


def test_a_damaged_model_of_the_second_reading_is_found(cache, capsys, monkeypatch):
    """With or without the extra: its weights are there, and they are not right."""
    extra(monkeypatch, installed=False)
    hollow(cache, whisper_model.WEIGHTS.model)
    line = checked(capsys, "second reading")
    assert line.startswith("missing")
    assert "is damaged at config.json: run `callsim setup --accurate`" in line


@pytest.mark.usefixtures("model_folder")
def test_the_model_of_the_second_reading_without_the_extra_has_a_remedy(capsys, monkeypatch):
    """The weights alone read nothing."""
    if whisper_model.find() is None:
        pytest.skip("the model for the second reading is not in the cache (`callsim setup --accurate`)")
    extra(monkeypatch, installed=False)
    assert "pip install callsim[accurate]" in checked(capsys, "second reading")
    extra(monkeypatch, installed=True)
    assert checked(capsys, "second reading").startswith("ready")
