"""Sound with known truth, made in code and seeded: voices in every room and on every line, and calls of one event each.

Voices are the recorded clips in callsim/demo and tests/recordings, and lines by the real speech engine. A clip begins
and ends where its level comes within 25 dB of its loud level, in the channel it is heard through, before noise: that is
the truth. Real noise comes from CALLSIM_RECORDINGS where that is set; all other noise is made here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from callsim.devices.files import open_recording
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser
from callsim.phone import Delivery

HERE = Path(__file__).parent
RATE = 16_000
MS = RATE // 1000
ENGINE_VOICES = ("en-us+f3", "en-us", "en-us+m3")
ENGINE_LINES = (
    "I am sorry about the delay, I will look into it.",
    "What is your order number, please?",
    "Shall I send it again today, or would you rather have your money back?",
    "Hello, this has been going on for weeks and nobody has called me back.",
    "Thank you for telling me that.",
    "My fridge has been dead since Saturday and all the milk went off.",
)
NODS = ("right", "i_see", "all_right")


def loaded(path: Path) -> np.ndarray:
    """A recording's left channel as floats of 16-bit size."""
    return np.concatenate(list(open_recording(path).blocks(0, RATE))).astype(float)


def levels(sound: np.ndarray) -> np.ndarray:
    """dB of each 5 ms."""
    frames = sound[: len(sound) // 80 * 80].reshape(-1, 80)
    return 10 * np.log10((frames**2).mean(axis=1) + 1e-3)


def edges(sound: np.ndarray) -> tuple[int, int]:
    """The first and the end sample of what is within 25 dB of the loud level."""
    level = levels(sound)
    loud = np.flatnonzero(level > np.percentile(level[level > level.max() - 40], 95) - 25)
    return int(loud[0]) * 80, int(loud[-1] + 1) * 80


def active_rms(sound: np.ndarray) -> float:
    """Root mean square of where there is voice (within 16 dB of the mean of that; as ITU-T P.56's active level)."""
    level = levels(sound)
    active = level > level.max() - 30
    frames = sound[: len(level) * 80].reshape(-1, 80)
    return float(np.sqrt((frames[active] ** 2).mean()))


def at_level(sound: np.ndarray, dbfs: float) -> np.ndarray:
    """The sound with its active level at `dbfs`."""
    return sound * (32_768 * 10 ** (dbfs / 20) / active_rms(sound))


def trimmed(sound: np.ndarray) -> np.ndarray:
    """From edge to edge."""
    first, end = edges(sound)
    return sound[first:end]


@cache
def clips() -> dict[str, np.ndarray]:
    """Every voice clip by name, edge to edge, at -26 dBFS."""
    found = {}
    for folder in (HERE.parent / "callsim" / "demo", HERE / "recordings"):
        for path in sorted(folder.glob("*.flac")):
            found[path.stem] = loaded(path)
    with Pyttsx3Synthesiser() as engine:
        for voice in ENGINE_VOICES:
            for index, line in enumerate(ENGINE_LINES):
                found[f"{voice} {index}"] = engine.clip(line, Delivery(voice, 150, 50, 50, -20.0)).samples.astype(float)
    return {name: at_level(trimmed(sound), -26.0) for name, sound in found.items()}


def long_clips(at_least_ms: int) -> list[np.ndarray]:
    """The clips of some length."""
    return [sound for sound in clips().values() if len(sound) >= at_least_ms * MS]


def recordings() -> Path | None:
    """The folder of real sound, if there is one."""
    folder = os.environ.get("CALLSIM_RECORDINGS")
    return Path(folder) if folder else None


# --- noises: a minute each, of power 1 ------------------------------------------------------------------------------

SECONDS = 60


def _shaped(rng: np.random.Generator, slope: float, band_hz: tuple[float, float] = (20, 8000)) -> np.ndarray:
    """Noise whose power falls with frequency to the `slope`, within a band."""
    hz = np.fft.rfftfreq(SECONDS * RATE, 1 / RATE)
    spectrum = np.fft.rfft(rng.normal(size=SECONDS * RATE))
    spectrum *= np.where((hz >= band_hz[0]) & (hz <= band_hz[1]), np.maximum(hz, 20.0) ** (-slope / 2), 0)
    return np.fft.irfft(spectrum)


def _hum(rng: np.random.Generator) -> np.ndarray:
    at = np.arange(SECONDS * RATE) / RATE
    return sum(np.sin(2 * np.pi * 50 * k * at + rng.uniform(0, 6)) / k for k in (1, 2, 3, 5, 7))


def _music(rng: np.random.Generator) -> np.ndarray:
    """Hold music: chords of decaying tones, a melody over them, a bar of eight beats at 100 a minute."""
    sound = np.zeros(SECONDS * RATE + 3 * RATE)
    note = np.arange(2 * RATE) / RATE
    roots = (0, 9, 5, 7)
    for beat in range(SECONDS * 100 // 60):
        at = int(beat * 0.6 * RATE)
        root = roots[beat // 8 % 4]
        tones = [root - 12, root, root + 4, root + 7] if beat % 2 == 0 else []
        tones.append(root + 12 + int(rng.choice([0, 2, 4, 7, 9])))
        for tone in tones:
            hz = 262 * 2 ** (tone / 12)
            decay = np.exp(-note * 2.5) * np.minimum(note / 0.01, 1)
            sound[at : at + len(note)] += decay * sum(np.sin(2 * np.pi * hz * k * note) / k**1.5 for k in (1, 2, 3, 4))
    return sound[: SECONDS * RATE]


def _breathing(rng: np.random.Generator) -> np.ndarray:
    """In and out every four seconds."""
    at = np.arange(SECONDS * RATE) / RATE
    return _shaped(rng, 0.7, (300, 5000)) * np.maximum(np.sin(2 * np.pi * at / 4) * np.sign(np.sin(np.pi * at)), 0) ** 2


def _coughs(rng: np.random.Generator) -> np.ndarray:
    """Two bursts of noise each ten seconds, without a pitch."""
    sound, noise = np.zeros(SECONDS * RATE), _shaped(rng, 0.5, (200, 4000))
    for start_s in range(4, SECONDS - 1, 10):
        for offset_s, length_s in ((0.0, 0.25), (0.4, 0.2)):
            first, many = int((start_s + offset_s) * RATE), int(length_s * RATE)
            shape = np.minimum(np.arange(many) / 160, 1) * np.exp(-np.arange(many) / (0.08 * RATE))
            sound[first : first + many] = noise[first : first + many] * shape
    return sound


def _typing(rng: np.random.Generator) -> np.ndarray:
    """Clicks of 4 ms, five a second."""
    sound = np.zeros(SECONDS * RATE)
    for at in np.cumsum(rng.exponential(0.2, SECONDS * 5 - 50)):
        first = int(at * RATE)
        if first + 64 < len(sound):
            sound[first : first + 64] += rng.normal(size=64) * np.exp(-np.arange(64) / 16)
    return sound


def _babble(rng: np.random.Generator) -> np.ndarray:
    """Twelve voices at once, backwards, as from another room."""
    sound, voices = np.zeros(SECONDS * RATE), long_clips(1500)
    for _ in range(12):
        at = 0
        while at < len(sound):
            voice = voices[int(rng.integers(len(voices)))][::-1]
            many = min(len(voice), len(sound) - at)
            sound[at : at + many] += voice[:many]
            at += many + int(rng.integers(RATE))
    return np.convolve(sound, np.ones(8) / 8, "same")


@cache
def noises() -> dict[str, np.ndarray]:
    """A minute of each noise, of power 1; the real ones where there are any."""
    rng = np.random.default_rng(4)
    found = {
        "white noise": rng.normal(size=SECONDS * RATE),
        "pink noise": _shaped(rng, 1.0),
        "comfort noise": _shaped(rng, 1.5, (100, 3800)),
        "hum": _hum(rng),
        "typing (made)": _typing(rng),
        "music": _music(rng),
        "breathing": _breathing(rng),
        "coughs": _coughs(rng),
        "babble (made)": _babble(rng),
    }
    if folder := recordings():
        found["office"] = loaded(next((folder / "noise").glob("office*.mp3")))[: SECONDS * RATE]
        found["keyboard"] = loaded(next((folder / "noise").glob("keyboard*.ogg")))[: SECONDS * RATE]
    return {name: sound / np.sqrt((sound**2).mean()) for name, sound in found.items()}


def with_noise(sound: np.ndarray, noise: str | None, rms: float, rng: np.random.Generator) -> np.ndarray:
    """The sound with a piece of a noise in it, at a root mean square."""
    if noise is None:
        return sound
    piece = noises()[noise]
    return sound + rms * np.take(piece, np.arange(len(sound)) + int(rng.integers(len(piece))), mode="wrap")


def narrow(sound: np.ndarray) -> np.ndarray:
    """The sound as an 8 kHz telephone line carries it."""
    return soxr.resample(soxr.resample(sound, RATE, 8_000), 8_000, RATE)[: len(sound)]


def samples(sound: np.ndarray) -> np.ndarray:
    """16-bit samples, clipped."""
    return np.clip(np.rint(sound), -32_768, 32_767).astype(np.int16)


# --- calls of one event each ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """What a call is heard through. `snr_db` None: no noise; `leak_db` None: headphones."""

    level_dbfs: float = -26.0
    caller_dbfs: float = -26.0
    snr_db: float | None = None
    noise: str = "white noise"
    leak_db: float | None = None
    narrow: bool = False


@dataclass
class Call:
    """Both sides, and what happens: `kind` is the one overlap that there is, or "none"; `gap_ms` of an answer."""

    kind: str
    trainee: np.ndarray
    caller: np.ndarray
    at_ms: int = 0
    gap_ms: int | None = None
    what: str = field(default="", compare=False)


@dataclass(frozen=True)
class _Sides:
    caller: tuple[tuple[float, np.ndarray], ...]
    trainee: tuple[tuple[float, np.ndarray], ...]


def _pick(rng: np.random.Generator, at_least_ms: int) -> np.ndarray:
    found = long_clips(at_least_ms)
    return found[int(rng.integers(len(found)))]


def _solid(rng: np.random.Generator, at_least_ms: int) -> np.ndarray:
    """A clip's first seconds, without an inner pause in which who has the floor would be open."""
    while True:
        clip = _pick(rng, at_least_ms)
        quiet = levels(clip) < levels(clip).max() - 35
        runs = np.diff(np.flatnonzero(np.concatenate(([True], ~quiet, [True]))))
        if runs.max(initial=0) * 5 < 250:
            return clip


def calls(kind: str, many: int, seed: int) -> Iterator[tuple[Call, np.random.Generator]]:
    """Calls of one kind, with the random generator of each; a caller's line, then what `kind` says."""
    for index in range(many):
        rng = np.random.default_rng([seed, index, sum(map(ord, kind))])
        yield _call(kind, rng), rng


def _call(kind: str, rng: np.random.Generator) -> Call:
    lead = int(rng.integers(800, 1600)) * MS
    line = _solid(rng, 2600)
    end = lead + len(line)
    second = _pick(rng, 1500)
    gap_ms, what = None, ""
    if kind == "cut_in":
        ours = _solid(rng, 1500)
        start = lead + int(rng.integers(500 * MS, len(line) - 900 * MS))
    elif kind == "early_start":
        ours = _solid(rng, 1500)
        start = end - int(rng.integers(60, 430)) * MS
    elif kind == "backchannel":
        what = NODS[int(rng.integers(len(NODS)))]
        ours = clips()[what]
        start = lead + int(rng.integers(600 * MS, len(line) - len(ours) - 700 * MS))
    elif kind == "cough":
        ours = _cough(rng)
        start = lead + int(rng.integers(500 * MS, len(line) - len(ours) - 300 * MS))
    elif kind == "caller_cut_in":
        ours = _solid(rng, 2600)
        start = end + int(rng.integers(300, 1200)) * MS
        second_at = start + int(rng.integers(800 * MS, len(ours) - 900 * MS))
        return _built("caller_cut_in", ((lead, line), (second_at, _solid(rng, 1500))), ((start, ours),), second_at)
    else:
        ours, gap_ms = _pick(rng, 1500), int(rng.choice([60, 150, 300, 700, 1500, 3000, 5000, 8000]))
        start = end + gap_ms * MS
    after = max(end, start + len(ours)) + int(rng.integers(900, 2500)) * MS
    found = "none" if kind in ("cough", "answer") else kind
    return _built(found, ((lead, line), (after, second)), ((start, ours),), start, gap_ms=gap_ms, what=what)


def _cough(rng: np.random.Generator) -> np.ndarray:
    coughs = noises()["coughs"]
    at = (4 + 10 * int(rng.integers(5))) * RATE
    return at_level(coughs[at : at + int(0.65 * RATE)], -26.0)


def _built(kind, caller, trainee, at, *, gap_ms=None, what=""):
    length = max(start + len(clip) for start, clip in (*caller, *trainee)) + RATE
    ours, theirs = np.zeros(length), np.zeros(length)
    for side, parts in ((ours, trainee), (theirs, caller)):
        for start, clip in parts:
            side[int(start) : int(start) + len(clip)] += clip
    return Call(kind, ours, theirs, int(at) // MS, gap_ms, what)


def heard_through(call: Call, condition: Condition, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Both sides as 16-bit samples, as a recorder on such a line has them."""
    ours = call.trainee * 10 ** ((condition.level_dbfs + 26) / 20)
    theirs = call.caller * 10 ** ((condition.caller_dbfs + 26) / 20)
    if condition.leak_db is not None:
        ours = ours + leak_of(theirs, condition.leak_db, rng)
    if condition.snr_db is not None:
        rms = 32_768 * 10 ** ((condition.level_dbfs - condition.snr_db) / 20)
        ours = with_noise(ours, condition.noise, rms, rng)
        theirs = with_noise(theirs, "comfort noise", 32_768 * 10 ** (-65 / 20), rng)
    if condition.narrow:
        ours, theirs = narrow(ours), narrow(theirs)
    return samples(ours), samples(theirs)


def leak_of(caller: np.ndarray, leak_db: float, rng: np.random.Generator) -> np.ndarray:
    """The caller through the air of a small room, 10 to 150 ms late, at `leak_db` under its own level."""
    first = int(rng.integers(10, 150)) * MS
    path = np.zeros(first + 1600)
    path[first] = 1
    path[first:] += 0.25 * rng.normal(size=1600) * np.exp(-np.arange(1600) / 320)
    heard = np.convolve(caller, path)[: len(caller)]
    return heard * (10 ** (leak_db / 20) * np.sqrt((caller**2).mean() / (heard**2).mean()))
