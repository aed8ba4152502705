"""The keys of the phone: hold, mute, say that again, pause, hang up; and what they do to its sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

import numpy as np

from callsim.events import Key
from callsim.phone import Block, Clip, Phone, Samples
from callsim.timeline import Ms

KEYS: dict[str, Key] = {"h": "hold", "m": "mute", "r": "again", "p": "pause", "q": "hang_up"}
_BACK: dict[Key, Key] = {"hold": "unhold", "mute": "unmute", "pause": "resume"}


@dataclass(slots=True)
class Controls:
    """What is switched on; keys come from any thread, the call asks for them once a block."""

    may_pause: bool
    on: set[Key] = field(default_factory=set)
    _waiting: SimpleQueue[Key] = field(default_factory=SimpleQueue)

    def press(self, letter: str) -> None:
        """A key of the keyboard; letters that mean nothing do nothing."""
        key = KEYS.get(letter.lower())
        if key is None or (key == "pause" and not self.may_pause):
            return
        if key in self.on:
            self.on.discard(key)
            key = _BACK[key]
        elif key in _BACK:
            self.on.add(key)
        self._waiting.put(key)

    @property
    def waiting(self) -> bool:
        """Whether a key has been pressed that the call does not know of yet."""
        return not self._waiting.empty()

    def pressed(self) -> list[Key]:
        """The keys since the last time, oldest first."""
        keys: list[Key] = []
        try:
            while True:
                keys.append(self._waiting.get_nowait())
        except Empty:
            return keys


def peak(sound: Samples) -> float:
    """How loud a short sound is, 0 to 1: its largest sample."""
    return float(np.abs(sound.astype(np.int32)).max(initial=0)) / 32768


class ControlledPhone:
    """Another phone with keys: nothing of the trainee passes while muted or on hold, no time passes while paused.

    A pause begins once the caller's line is over. `level` is the trainee's loudness just now, 0 to 1.
    """

    def __init__(self, inner: Phone, controls: Controls) -> None:
        self._inner = inner
        self._controls = controls
        self._paused_samples = 0
        self.level = 0.0

    @property
    def lead_ms(self) -> Ms:
        """See `Phone.lead_ms`."""
        return self._inner.lead_ms

    def play(self, clip: Clip) -> None:
        """See `Phone.play`."""
        self._inner.play(clip)

    def cut(self) -> None:
        """See `Phone.cut`."""
        self._inner.cut()

    def blocks(self) -> Iterator[Block]:
        """See `Phone.blocks`; the time of pauses is taken out."""
        for block in self._inner.blocks():
            self.level = peak(block.trainee)
            if "pause" in self._controls.on and block.playing is None and not self._controls.waiting:
                self._paused_samples += len(block.trainee)
                continue
            yield self._passed(block)

    def _passed(self, block: Block) -> Block:
        playing = block.playing
        if playing is not None:
            playing = replace(playing, first_sample=playing.first_sample - self._paused_samples)
        silenced = self._controls.on & {"mute", "hold"}
        trainee = np.zeros_like(block.trainee) if silenced else block.trainee
        return Block(block.first_sample - self._paused_samples, trainee, block.caller, playing)
