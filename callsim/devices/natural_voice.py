"""The caller's voice through hibari, a small network that sounds like a person; needs the extra `natural`.

Its wheel carries the weights of one voice, from which `natural_sound` makes others. hibari would fetch further voices
from the network: it is never asked for one. The package is young and may change under the same name, so its version
and the digest of its files are held to be those that were measured.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from callsim.devices.clip_sound import SOUND_VERSION, clip_from
from callsim.devices.natural_sound import RATE_HZ, Branches, Floats, spoken_by, stretched
from callsim.devices.sayable import sayable
from callsim.devices.telephone_line import Sound
from callsim.errors import OurBug, VoiceEngineError
from callsim.phone import Clip, Delivery, Person

if TYPE_CHECKING:
    from hibari import Hibari

PACKAGE, VERSION = "hibari-tts", "0.2.1"
# sha256 of the package's files: each one's path, a zero byte, its bytes, in the order of their paths.
DIGEST = "3afef7043b0d5a860cbaa6799b68c32b1ea7d720aff4cc53906dc0647cf68a9a"
_REMEDY = 'pip install --force-reinstall "callsim[natural]"'
PEOPLE_VERSION = 3
"""Raise it when the same text and delivery would become another sound: cached clips then no longer count."""

# British sounds that the American voice never learnt, and those nearest to them: home, trap, lot, and length. Without
# this Vosk small hears 16 % of the words wrong; what makes the accent (bath, park, better) stays.
_LEARNT = str.maketrans({"Q": "O", "a": "æ", "ɒ": "ɔ", "ː": None})
# Between two sentences, at the pace below; people who speak on pause for 150 to 500 ms.
_PAUSE_S = 0.38
# Of the peak.
_SILENT = 0.003
# Between 0.79 and 0.82 of its speed the network leaps by 24 words a minute, so it is always asked for this one, at
# which it speaks so many words a minute, pauses inside a line included. Its frames are then stretched.
_SPEED, _WORDS_PER_MINUTE = 0.9, 184


def digest(folder: Path) -> str:
    """What `DIGEST` is of; files that Python compiled by itself do not count."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def missing() -> str | None:
    """Why natural voices cannot be used here, in one sentence with the remedy; None where they can."""
    if find_spec("hibari") is None:
        return 'Natural voices are not installed: run `pip install "callsim[natural]"`'
    try:
        found = version(PACKAGE)
    except PackageNotFoundError:
        found = "unknown"
    if found != VERSION:
        return f"Natural voices were measured with {PACKAGE} {VERSION}, and here is {found}: run `{_REMEDY}`"
    return None


class NaturalSynthesiser:
    """Speaks lines as any `Person`; safe to use from several threads, one line at a time.

    The network is loaded with the first line (about a second). The same text and delivery give the same samples.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> NaturalSynthesiser:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end: all of it lives in this process."""

    @property
    def identity(self) -> str:
        """Everything besides text and delivery that shapes the sound, for the cache."""
        return f"{PACKAGE} {VERSION}, people {PEOPLE_VERSION}, sound {SOUND_VERSION}"

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """The spoken line.

        Raises InputError where there is nothing to say or more than 2000 characters of it, VoiceEngineError where the
        engine is not here, is another one than was measured, or makes no sound.
        """
        text = sayable(text)
        if delivery.person is None:
            raise OurBug("callsim has a bug: a natural voice was asked to speak as nobody")
        with self._lock:
            sound = _spoken(text, delivery, delivery.person)
        return clip_from(sound, RATE_HZ, delivery)


def _spoken(text: str, delivery: Delivery, person: Person) -> Sound:
    network, noise = _network(person.lexicon), np.random.default_rng(zlib.crc32(text.encode()))
    pace = delivery.words_per_minute / _WORDS_PER_MINUTE
    sentences = (sounds.translate(_LEARNT) for sounds in network.phonemize(text))
    pause = np.zeros(round(_PAUSE_S * RATE_HZ / pace), np.float32)
    pieces = [_synth(spoken_by(_branches(network, sounds, pace), person, delivery), noise) for sounds in sentences]
    joined = [piece for spoken in pieces for piece in (_voiced(spoken), pause)][:-1]
    return np.concatenate(joined).astype(np.float64) if joined else np.zeros(0)


def _voiced(sound: Floats) -> Floats:
    """A sentence without the silence that the network leaves at its edges: 0.75 s between two would end a turn."""
    voiced = np.flatnonzero(np.abs(sound) > _SILENT * np.abs(sound).max(initial=0))
    return sound[voiced[0] : voiced[-1] + 1] if len(voiced) else sound


def _branches(network: Hibari, sounds: str, pace: float) -> Branches:
    asked = {"ids": np.asarray([network.ids(sounds)], np.int64), "speed": np.asarray([_SPEED], np.float32)}
    return stretched(Branches(*(branch[0] for branch in network.sess.run(None, asked))), pace)


def _synth(its: Branches, noise: np.random.Generator) -> Floats:
    from hibari import dsp  # noqa: PLC0415 - the extra may be missing

    sound: Floats = dsp.synth(its.lh, its.th, its.ln, its.lr, its.phi, its.f0, noise)
    return sound


@cache
def _network(lexicon: Literal["us", "gb"]) -> Hibari:
    """The network, with the words as they are said there."""
    _check_files()
    from hibari import Hibari  # noqa: PLC0415 - the extra may be missing
    from hibari.g2p import G2P  # noqa: PLC0415

    return Hibari(g2p=G2P(british=lexicon == "gb"))


@cache
def _check_files() -> None:
    """Raise VoiceEngineError where hibari is not here, or is not byte for byte what was measured."""
    if wrong := missing():
        raise VoiceEngineError(wrong)
    spec = find_spec("hibari")
    if spec is None or spec.origin is None or digest(Path(spec.origin).parent) != DIGEST:
        raise VoiceEngineError(f"The files of {PACKAGE} {VERSION} are not those that were measured: run `{_REMEDY}`")
