"""A robot trainee on a virtual headset: hears the caller, and says the cues of a scene at their moment.

It knows no more than a person does: when the phone was answered, and what the speaker plays from then on. Its clock is
the sample count of what it hears and says; when those samples pass the air, PulseAudio's own latencies tell (through
libpulse-simple, which is there wherever pacat is). tests/test_live_calls.py holds the robot to that.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from callsim.devices.files import open_recording
from callsim.devices.recorded import ScriptedPhone
from callsim.phone import Clip, Cue, Playing, Samples
from callsim.scene import read_scene
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ

HEADSET_HZ = 48_000
TIMES = HEADSET_HZ // RATE_HZ
# Pieces of this length are heard and said; about twice as much is on its way to the microphone.
PIECE = HEADSET_HZ // 100
# The virtual speaker is digitally silent between lines; a line has pauses of up to 540 ms in it (espeak's full stops).
LOUD = 100
LINE_OVER_S = 0.58
# Latencies jitter with the machine's load: the middle of so many pieces (a second) is taken.
REMEMBERED = 100


class _Spec(ctypes.Structure):
    _fields_ = [("format", ctypes.c_int), ("rate", ctypes.c_uint32), ("channels", ctypes.c_uint8)]


class _Buffers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")]


PLAYBACK, RECORD = 1, 2
_S16LE, _DEFAULT = 3, 0xFFFF_FFFF


class Stream:
    """A PulseAudio stream of 48 kHz mono pieces, either way."""

    def __init__(self, server: str, device: str, direction: int) -> None:
        self._pulse = _pulse()
        spec = _Spec(_S16LE, HEADSET_HZ, 1)
        buffers = _Buffers(_DEFAULT, 6 * PIECE, 2 * PIECE, PIECE, 2 * PIECE)
        names = (text.encode() for text in (server, "robot", device, "robot"))
        server_name, program, device_name, stream_name = names
        self._stream = self._pulse.pa_simple_new(
            server_name, program, direction, device_name, stream_name,
            ctypes.byref(spec), None, ctypes.byref(buffers), None,
        )  # fmt: skip
        if not self._stream:
            raise RuntimeError(f"the robot has no way to {device}")
        self.done = 0
        self._zeros_s: deque[float] = deque(maxlen=REMEMBERED)
        self._known_s: list[float] = []
        self._sign = 1 if direction == PLAYBACK else -1

    def _tell(self) -> None:
        """Note when sample 0 passed the air, by the latency of the next one."""
        latency_s = self._pulse.pa_simple_get_latency(self._stream, None) / 1e6
        self._zeros_s.append(time.monotonic() + self._sign * latency_s - self.done / HEADSET_HZ)
        if self.done % (REMEMBERED * PIECE) == 0 and self.done > 2 * REMEMBERED * PIECE:
            self._known_s.append(self.at_s(0))

    def at_s(self, sample: int) -> float:
        """When a sample passes the air, on the machine's clock."""
        return float(np.median(self._zeros_s)) + sample / HEADSET_HZ

    @property
    def slipped_s(self) -> float:
        """How far the stream and the machine's clock came apart, as they do where the machine is too busy for both."""
        return max(self._known_s, default=0) - min(self._known_s, default=0)

    def read(self) -> Samples:
        """The next piece, waited for."""
        piece = np.empty(PIECE, dtype=np.int16)
        self._check(self._pulse.pa_simple_read(self._stream, piece.ctypes.data, piece.nbytes, None))
        self.done += len(piece)
        self._tell()
        return piece

    def write(self, piece: Samples) -> None:
        """Say the next piece; waits while enough is on its way."""
        piece = np.ascontiguousarray(piece, dtype=np.int16)
        self._check(self._pulse.pa_simple_write(self._stream, piece.ctypes.data, piece.nbytes, None))
        self.done += len(piece)
        self._tell()

    def _check(self, answer: int) -> None:
        if answer < 0:
            raise ConnectionError("the sound server is gone")

    def close(self) -> None:
        """Let the stream go."""
        self._pulse.pa_simple_free(self._stream)


def _pulse() -> ctypes.CDLL:
    pulse = ctypes.CDLL("libpulse-simple.so.0")
    pulse.pa_simple_new.restype = ctypes.c_void_p
    pulse.pa_simple_get_latency.restype = ctypes.c_uint64
    pulse.pa_simple_new.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int, *[ctypes.c_char_p] * 2] + [
        ctypes.c_void_p
    ] * 4
    for name in ("read", "write"):
        getattr(pulse, f"pa_simple_{name}").argtypes = [*[ctypes.c_void_p] * 2, ctypes.c_size_t, ctypes.c_void_p]
    pulse.pa_simple_get_latency.argtypes = [ctypes.c_void_p] * 2
    pulse.pa_simple_free.argtypes = [ctypes.c_void_p]
    return pulse


@dataclass(frozen=True)
class HeardLine:
    """A line as it sounded, on the machine's clock; `end_s` is None while it may go on."""

    first_s: float
    last_s: float
    end_s: float | None = None


class Ear:
    """Hears the virtual speaker: where lines begin and end."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.lines: list[HeardLine] = []

    def hear(self, since_s: float | None) -> None:
        """The next piece; what sounded before `since_s` (or at all, without it) was not the caller."""
        first, piece = self._stream.done, self._stream.read()
        loud = np.flatnonzero(np.abs(piece.astype(np.int32)) > LOUD)
        now_s = self._stream.at_s(self._stream.done)
        last = self.lines[-1] if self.lines else None
        if len(loud) and since_s is not None and now_s > since_s:
            first_s, last_s = (self._stream.at_s(first + int(loud[at])) for at in (0, -1))
            if last is None or last.end_s is not None:
                self.lines.append(HeardLine(first_s, last_s))
            else:
                self.lines[-1] = HeardLine(last.first_s, last_s)
        elif last is not None and last.end_s is None and now_s - last.last_s > LINE_OVER_S:
            self.lines[-1] = HeardLine(last.first_s, last.last_s, last.last_s)


class Script(ScriptedPhone):
    """The cues of a scene and their moments, by the rules of a headless call, but by ear."""

    def follow(self, line: HeardLine, start_s: float) -> None:
        """A line began, or is over; `start_s` is the call's first sample."""
        first, end = _sample(line.first_s - start_s), _sample((line.end_s or line.last_s) - start_s)
        self._follow(Playing(first, end - first, done=line.end_s is not None))

    def begins_in(self, first: int, end: int) -> tuple[int, Samples] | None:
        """The cue that starts from sample `first` on and before `end`, and the sample at which it does."""
        if first < self._ended or not self._begin(first, end):
            return None
        return self._began, self._saying


def _sample(at_s: float) -> int:
    return round(at_s * RATE_HZ)


@dataclass(frozen=True)
class Said:
    """A cue as it sounded, on the machine's clock."""

    first_s: float
    end_s: float


class Robot:
    """A trainee for one call, in two threads: one hears, one says. `lines` and `said` are what a stopwatch would tell.

    The call begins when its `folder` gets its events.
    """

    def __init__(self, environment: Mapping[str, str], cues: Sequence[Cue], folder: Path) -> None:
        server = environment["PULSE_SERVER"]
        self._script, self._folder = Script(cues), folder
        self._mouth, self._hears = Stream(server, "micin", PLAYBACK), Stream(server, "spk.monitor", RECORD)
        self._ear = Ear(self._hears)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._saying: Samples = np.zeros(0, dtype=np.int16)
        self.start_s: float | None = None
        self.said: list[Said] = []
        self._threads = [threading.Thread(target=self._run, args=(turn,)) for turn in (self._hear, self._say)]
        for thread in self._threads:
            thread.start()

    @property
    def lines(self) -> list[HeardLine]:
        """The caller's lines so far."""
        return list(self._ear.lines)

    @property
    def unsaid(self) -> int:
        """How many cues were not said (yet)."""
        return len(self._script.unsaid)

    @property
    def slipped_s(self) -> float:
        """How wrong its times may be."""
        return max(self._mouth.slipped_s, self._hears.slipped_s)

    def close(self) -> None:
        """Hang up."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._mouth.close()
        self._hears.close()

    def _run(self, turn: Callable[[], None]) -> None:
        with suppress(ConnectionError):
            while not self._over.is_set():
                turn()

    def _hear(self) -> None:
        if self.start_s is None and (self._folder / "events.jsonl").exists():
            self.start_s = time.monotonic()
        before = self._ear.lines[-1:]
        self._ear.hear(self.start_s)
        if self.start_s is not None and self._ear.lines[-1:] != before:
            with self._lock:
                self._script.follow(self._ear.lines[-1], self.start_s)

    def _say(self) -> None:
        piece = np.zeros(PIECE, dtype=np.int16)
        at = 0
        if not len(self._saying) and self.start_s is not None:
            at = self._begin(self.start_s)
        said, self._saying = self._saying[: PIECE - at], self._saying[PIECE - at :]
        piece[at : at + len(said)] = said
        self._mouth.write(piece)

    def _begin(self, start_s: float) -> int:
        """Take up the next cue if it starts in the next piece; returns where in the piece."""
        done = self._mouth.done
        first, end = (_sample(self._mouth.at_s(at) - start_s) for at in (done, done + PIECE))
        with self._lock:
            begins = self._script.begins_in(first, end)
        if begins is None:
            return 0
        at = min((begins[0] - first) * TIMES, PIECE)
        self._saying = soxr.resample(begins[1], RATE_HZ, HEADSET_HZ)
        self.said.append(Said(self._mouth.at_s(done + at), self._mouth.at_s(done + at + len(self._saying))))
        return at


@contextmanager
def robot(environment: Mapping[str, str], scene: Path, folder: Path) -> Iterator[Robot]:
    """A robot that plays a scene (of sound files) to the call whose session will be in `folder`."""
    trainee = Robot(environment, cues(scene), folder)
    try:
        yield trainee
    finally:
        trainee.close()


def cues(scene: Path) -> list[Cue]:
    """The cues of a scene, loaded."""
    found = []
    for cue in read_scene(scene).cues:
        assert cue.say is not None, "the robot has no voice of its own"
        clip = Clip(np.concatenate(list(open_recording(cue.say).blocks(0, BLOCK_SAMPLES))))
        found.append(Cue(clip, cue.when.when, cue.delay_ms, cue.when.line))
    return found
