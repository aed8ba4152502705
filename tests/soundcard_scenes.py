"""Calls on a real sound device, for tests on a virtual headset: `python soundcard_scenes.py SCENE FILE …`.

A scene prints what it saw as JSON, and keeps the blocks' sound in FILE (see `tracks`).
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soxr

from callsim.devices import soundcard_streams
from callsim.devices.soundcard_phone import SoundcardPhone
from callsim.errors import CallsimError, OurBug
from callsim.phone import Clip, Playing


def clip(duration_ms: int, seed: int) -> Clip:
    """Something that looks like nothing else: noise up to 4 kHz, which no resampling on the way takes away."""
    noise = np.random.default_rng(seed).normal(0, 3000, duration_ms * 8)
    return Clip(soxr.resample(noise, 8_000, 16_000).clip(-30_000, 30_000).astype(np.int16))


class Watched:
    """A phone's blocks, kept as they come."""

    def __init__(self, phone: SoundcardPhone) -> None:
        self.phone, self.line = phone, phone.blocks()
        self.trainee: list[np.ndarray] = []
        self.caller: list[np.ndarray] = []
        self.firsts: list[int] = []
        self.playing: list[Playing | None] = []

    def draw(self, blocks: int) -> None:
        """So many blocks."""
        for _ in range(blocks):
            self._one()

    def draw_until_done(self) -> Playing:
        """To the block in which the clip ended."""
        while (playing := self._one()) is None or not playing.done:
            pass
        return playing

    def _one(self) -> Playing | None:
        block = next(self.line)
        self.trainee.append(block.trainee)
        self.caller.append(block.caller)
        self.firsts.append(block.first_sample)
        self.playing.append(block.playing)
        return block.playing

    def told(self, file: Path, **more: object) -> dict[str, object]:
        """All of it."""
        np.savez(file, trainee=np.concatenate(self.trainee), caller=np.concatenate(self.caller))
        return {
            "firsts": self.firsts,
            "sizes": sorted({len(piece) for piece in (*self.trainee, *self.caller)}),
            "playing": [playing and asdict(playing) for playing in self.playing],
            "flags": asdict(self.phone.flags),
            **more,
        }


def clips(file: Path) -> dict[str, object]:
    """A clip to its end, one cut in the middle, one cut before it began, one cut too late, and one more."""
    with SoundcardPhone() as phone:
        call = Watched(phone)
        call.draw(25)
        whole, cut = clip(1500, 1), clip(1500, 2)
        phone.cut()
        phone.play(whole)
        call.draw(20)
        try:
            phone.play(cut)
        except OurBug as bug:
            two_at_a_time = str(bug)
        ended = [call.draw_until_done()]
        phone.play(cut)
        call.draw(40)
        phone.cut()
        ended.append(call.draw_until_done())
        phone.play(cut)
        phone.cut()
        ended.append(call.draw_until_done())
        phone.play(clip(90, 3))
        call.draw(8)
        phone.cut()
        ended.append(call.draw_until_done())
        phone.play(whole)
        ended.append(call.draw_until_done())
        call.draw(25)
        return call.told(
            file,
            ended=[asdict(playing) for playing in ended],
            two_at_a_time=two_at_a_time,
            devices=asdict(phone.devices),
            latencies=[phone.input_latency_ms, phone.output_latency_ms],
            warnings=phone.warnings,
        )


def listening(file: Path, seconds: str, stall_at_s: str = "inf", stall_s: str = "0") -> dict[str, object]:
    """Only listens; once, where asked, Python stands still as a whole (nothing runs, the callbacks neither)."""
    return _listen(file, float(seconds), float(stall_at_s), lambda: ctypes.PyDLL(None).usleep(_us(stall_s)))


def neglected(file: Path, seconds: str, stall_at_s: str, stall_s: str) -> dict[str, object]:
    """Listens, but once does not for a while, and the microphone can hold no more than 0.2 s."""
    soundcard_streams._UNREAD_BUFFERS = 20
    return _listen(file, float(seconds), float(stall_at_s), lambda: time.sleep(float(stall_s)))


def _listen(file: Path, seconds: float, stall_at_s: float, stall: Callable[[], object]) -> dict[str, object]:
    with SoundcardPhone() as phone:
        call = Watched(phone)
        call.draw(1)
        print("listening", flush=True)
        before = min(seconds, stall_at_s)
        call.draw(round(before * 50))
        stall()
        call.draw(round((seconds - before) * 50))
        return call.told(file)


def _us(seconds: str) -> int:
    return round(float(seconds) * 1e6)


def dry(file: Path) -> dict[str, object]:
    """A clip in the middle of which Python stands still as a whole, so that the speaker gets nothing; and another."""
    with SoundcardPhone() as phone:
        call = Watched(phone)
        call.draw(50)
        phone.play(clip(3000, 1))
        call.draw(60)
        ctypes.PyDLL(None).usleep(_us("0.4"))
        call.draw_until_done()
        phone.play(clip(1000, 2))
        call.draw_until_done()
        call.draw(50)
        return call.told(file)


def lost(_: Path) -> dict[str, object]:
    """Listens until there is nothing to hear any more."""
    phone = SoundcardPhone()
    call = Watched(phone)
    call.draw(50)
    phone.play(clip(60_000, 1))
    call.draw(50)
    print("listening", flush=True)
    last_s = time.monotonic()
    try:
        while True:
            call.draw(1)
            last_s = time.monotonic()
    except CallsimError as wrong:
        said, after_s = [type(wrong).__name__, str(wrong)], time.monotonic() - last_s
    phone.close()
    return {"said": said, "after_s": after_s, "blocks": len(call.firsts)}


def named(_: Path, microphone: str, speaker: str) -> dict[str, object]:
    """Opens devices by name."""
    try:
        with SoundcardPhone(microphone, speaker) as phone:
            return {"devices": asdict(phone.devices)}
    except CallsimError as wrong:
        return {"said": [type(wrong).__name__, str(wrong)]}


SCENES = {scene.__name__: scene for scene in (clips, listening, neglected, dry, lost, named)}

if __name__ == "__main__":
    # A shell that runs the tests in the background lets children ignore Ctrl-C; these must not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(json.dumps(SCENES[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
