"""The phone rings."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from callsim.phone import Samples
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ

# A British double ring: 400 and 450 Hz, 0.4 s on, 0.2 s off, 0.4 s on, 2 s off (BT SIN 350).
_RING_HZ = (400, 450)
_RING_LEVEL = 0.15


def ring_once(speaker: str | None) -> None:
    """One period of the ringing tone. Raises DeviceError where there is no speaker."""
    _play(iter([ringing()]), speaker)


def ring_until(answered: threading.Event, speaker: str | None) -> None:
    """Ring until then. Raises DeviceError where there is no speaker."""
    _play(_periods(answered), speaker)


def _play(sound: Iterator[Samples], speaker: str | None) -> None:
    from callsim.devices.soundcard import play  # noqa: PLC0415 - importing it starts PortAudio

    play(sound, lambda _: None, speaker)


def _periods(answered: threading.Event) -> Iterator[Samples]:
    one = ringing()
    while not answered.is_set():
        for at in range(0, len(one), BLOCK_SAMPLES):
            if answered.is_set():
                return
            yield one[at : at + BLOCK_SAMPLES]


def ringing() -> Samples:
    """One period of the ringing tone, three seconds."""
    at = np.arange(3 * RATE_HZ) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * hz * at) for hz in _RING_HZ) / len(_RING_HZ)
    on = ((at < 0.4) | ((at >= 0.6) & (at < 1.0))).astype(float)
    return (tone * on * _RING_LEVEL * 32767).astype(np.int16)
