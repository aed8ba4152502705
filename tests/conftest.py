"""What tests share: the speech model, fetched once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before numpy is loaded, as the command line does it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# ONNX Runtime before Vosk, as in every command: the one loaded first sets how the other rounds, and with it the sixth
# digit of a confidence.
from callsim.devices import models, smart_turn  # isort: skip
from databases import library_home, server, shelf, url  # noqa: F401 - fixtures of the library's tests
from model_copies import model, pip_has_nothing, site_zip, wheel  # noqa: F401 - fixtures of the model's tests

# Callers sound the same whether or not the extra `natural` is installed; its own tests ask for it by themselves.
os.environ["CALLSIM_VOICES"] = "pyttsx3"


class Quiet:
    """No progress bar in tests."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """Show nothing."""


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The real speech model, with the turn model beside it; fetched where they are not in the cache yet."""
    if smart_turn.WEIGHTS.find() is None:
        smart_turn.WEIGHTS.fetch(Quiet())
    return models.find(None) or models.fetch(Quiet())


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real speech that CALLSIM_RECORDINGS names; tests with it are skipped aloud without."""
    folder = os.environ.get("CALLSIM_RECORDINGS")
    if not folder:
        pytest.skip("CALLSIM_RECORDINGS names no folder with real speech")
    return Path(folder)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of tests never land among the user's own."""
    monkeypatch.setenv("CALLSIM_HOME", str(tmp_path_factory.mktemp("home")))
