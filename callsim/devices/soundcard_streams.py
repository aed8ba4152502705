"""A microphone and a speaker that run: their callbacks, and what these leave for the call to pick up.

Two streams, not one: over PulseAudio a full-duplex stream died silently in 11 of 36 starts, two never did in 72. The
callbacks copy and leave; what they have to say goes through queues that need no lock of ours.
"""

from __future__ import annotations

import atexit
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import numpy as np
import sounddevice

from callsim.devices.aligned import Sounding
from callsim.devices.soundcard import Device
from callsim.phone import Samples

# PulseAudio's own choice, 2 ms, costs twice the processor time, and its times are 2 ms off.
_MICROPHONE_BLOCK_MS = 10
_SPEAKER_LATENCY_S = 0.1
# No callback for this long, and the device is lost. It is waited for in parts: a thread that kept Python to itself for
# as long would else be taken for that.
_SILENT_PARTS, _PART_S = 4, 0.25
_CLOSES_WITHIN_S = 0.5
# A minute; what is left unread for longer is dropped.
_UNREAD_BUFFERS = 6000

_Times: TypeAlias = Any  # sounddevice has no types
_Flags: TypeAlias = sounddevice.CallbackFlags


@dataclass(frozen=True, eq=False, slots=True)
class Heard:
    """A microphone's buffer: its first sample passed the air at `at_s`; `broken`: samples were lost before it."""

    samples: Samples
    at_s: float
    broken: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The speaker's sample `first` passes the air at `at_s`; `broken`: the device ran dry before it."""

    first: int
    at_s: float
    broken: bool


class Microphone:
    """A microphone that runs from the start; raises PortAudioError where it cannot be opened."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._heard = False
        self._unread: SimpleQueue[Heard] = SimpleQueue()
        self._dropped = False
        self._stream = sounddevice.InputStream(
            device=device.index,
            samplerate=device.rate_hz,
            channels=_microphone_channels(device),
            dtype="int16",
            blocksize=device.rate_hz * _MICROPHONE_BLOCK_MS // 1000,
            latency="low",
            callback=self._hear,
        )
        self._latency_s = float(self._stream.latency)
        self._stream.start()

    @property
    def latency_s(self) -> float:
        """How long a sample is on its way from the air to us, as PortAudio says."""
        return self._latency_s

    @property
    def running(self) -> bool:
        """Whether sound has come."""
        return self._heard

    def forget(self) -> None:
        """Drop what has not been read."""
        with suppress(Empty):
            while True:
                self._unread.get_nowait()

    def read(self) -> Heard | None:
        """The next buffer, waited for; None where the device has given no more for a second, or has stopped."""
        for _ in range(_SILENT_PARTS):
            with suppress(Empty):
                return self._unread.get(timeout=_PART_S)
            if not self._stream.active:
                return None
        return None

    def close(self) -> bool:
        """Let the device go; false where it does not come loose."""
        return _closed(self._stream)

    def _hear(self, heard: Samples, _: int, times: _Times, flags: _Flags) -> None:
        self._heard = True
        if self._unread.qsize() >= _UNREAD_BUFFERS:
            self._dropped = True
            return
        at_s = _air_s(times.inputBufferAdcTime, times.currentTime, -self._latency_s)
        self._unread.put(Heard(heard[:, 0].copy(), at_s, flags.input_overflow or self._dropped))
        self._dropped = False


class Speaker:
    """A speaker that runs from the start, silent but for what `sounding` holds; raises PortAudioError like its peer.

    `given` is the stream's sample that its next buffer begins with, `step` how many samples its last one had.
    """

    def __init__(self, device: Device) -> None:
        self.device = device
        self.sounding: Sounding | None = None
        self._told: SimpleQueue[Told] = SimpleQueue()
        self.given = 0
        self.step = 0
        self._silent_parts, self._looked_s = 0, time.monotonic()
        self._stream = sounddevice.OutputStream(
            device=device.index,
            samplerate=device.rate_hz,
            channels=min(device.channels, 2),
            dtype="int16",
            latency=_SPEAKER_LATENCY_S,
            callback=self._fill,
        )
        self._latency_s = float(self._stream.latency)
        self._stream.start()

    @property
    def latency_s(self) -> float:
        """How long a sample is on its way from us to the air, as PortAudio says."""
        return self._latency_s

    @property
    def running(self) -> bool:
        """Whether it plays, and not only fills its buffers."""
        return not self._told.empty()

    @property
    def lost(self) -> bool:
        """Whether PortAudio has given it up, or it `told` nothing for a second."""
        return self._silent_parts >= _SILENT_PARTS or not self._stream.active

    def told(self) -> list[Told]:
        """What the callbacks told since the last look; look often."""
        news: list[Told] = []
        with suppress(Empty):
            while True:
                news.append(self._told.get_nowait())
        now_s = time.monotonic()
        if news or now_s - self._looked_s >= _PART_S:
            self._silent_parts = 0 if news else self._silent_parts + 1
            self._looked_s = now_s
        return news

    def close(self) -> bool:
        """Let the device go; false where it does not come loose."""
        return _closed(self._stream)

    def _fill(self, out: Samples, frames: int, times: _Times, flags: _Flags) -> None:
        first, self.given, self.step = self.given, self.given + frames, frames
        # Times of the buffers that are filled ahead of the start are wrong where the start then takes its time.
        begun = first > self._latency_s * self.device.rate_hz + frames / 2
        if begun and self._told.qsize() < _UNREAD_BUFFERS:
            at_s = _air_s(times.outputBufferDacTime, times.currentTime, self._latency_s)
            self._told.put(Told(first, at_s, flags.output_underflow))
        sounding = self.sounding
        piece = _NOTHING if sounding is None or sounding.done else sounding.take(first, frames)
        out[: len(piece)] = piece[:, np.newaxis]
        out[len(piece) :] = 0


_NOTHING: Samples = np.zeros(0, dtype=np.int16)


def _microphone_channels(device: Device) -> int:
    """One, where the device gives a single one; bare ALSA gives only what the hardware has."""
    try:
        sounddevice.check_input_settings(device.index, channels=1, dtype="int16", samplerate=device.rate_hz)
    except sounddevice.PortAudioError:
        return min(device.channels, 2)
    return 1


def _closed(stream: sounddevice.InputStream | sounddevice.OutputStream) -> bool:
    """Close a stream; where the sound server hangs, leave it, and keep PortAudio from waiting for it at the exit."""
    closing = Thread(target=stream.close, daemon=True)
    closing.start()
    closing.join(_CLOSES_WITHIN_S)
    if closing.is_alive():
        atexit.unregister(sounddevice._exit_handler)
    return not closing.is_alive()


def _air_s(air_s: float, now_s: float, latency_s: float) -> float:
    """A moment of PortAudio's clock on ours, which nobody sets; some systems leave the times of a buffer at 0."""
    return time.monotonic() + (air_s - now_s if air_s and now_s else latency_s)
