"""A headset as a phone: the microphone and the speaker of this machine on one timeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar

import numpy as np
import sounddevice
import soxr

from callsim.devices.aligned import HeardClip, Sounding, StreamTimes
from callsim.devices.hushed import hushed
from callsim.devices.soundcard import SPOKEN, Device, Devices, Kind, device_names, find_device, look_again
from callsim.devices.soundcard_streams import Heard, Microphone, Speaker
from callsim.errors import DeviceError, OurBug
from callsim.phone import Block, Clip, Playing, Samples
from callsim.timeline import BLOCK_SAMPLES, RATE_HZ, Ms

# A sound server that sleeps takes up to 2 s to wake.
_RUNS_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.01
# A microphone that lost samples shows it by its times; less than this is their jitter.
_SMALLEST_GAP_S = 0.01

_Stream = TypeVar("_Stream", Microphone, Speaker)


@dataclass(frozen=True, slots=True)
class Flags:
    """How often the microphone lost samples (there is silence in their place) and the speaker ran dry."""

    overruns: int = 0
    underruns: int = 0


class SoundcardPhone:
    """`phone.Phone` for a headset; open from the start, closed by `close` or the end of a `with`.

    The microphone's sample count is the call's clock: sample 0 is the first one after `blocks` is asked for. `caller`
    in a block is what the trainee heard during the very samples of `trainee`, placed by the times at which both passed
    the air: the devices' latencies are taken out already, and a clip is first seen in `playing` about a tenth of a
    second after `play`. A cut clip falls silent after the speaker's next buffer and what it still holds, all of which
    is in `heard_samples`. Devices of different pace need no more: the speaker draws on the clip at its own pace, each
    clip is placed anew, and within one `aligned.HeardClip` follows.

    Raises DeviceError where a device is missing or cannot be opened; so does `blocks` when one is lost in mid-call.
    """

    def __init__(self, microphone: str | None = None, speaker: str | None = None) -> None:
        """Opens the devices of these names, or parts of names; None is the system's default."""
        found = find_device(microphone, "input"), find_device(speaker, "output")
        self._microphone, self._speaker = _running(*found)
        self._resampler = soxr.ResampleStream(found[0].rate_hz, RATE_HZ, 1, dtype="int16")
        self._heard_times, self._told_times = StreamTimes(), StreamTimes()
        self._read_samples = self._now_samples = 0
        self._flags = Flags()
        self._clip: Clip | None = None
        self._on_air: HeardClip | None = None

    def __enter__(self) -> SoundcardPhone:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    @property
    def devices(self) -> Devices:
        """The names under which the devices can be asked for again."""
        return Devices(self._microphone.device.name, self._speaker.device.name)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know about the devices before a call, a sentence each."""
        both = self._microphone.device, self._speaker.device
        return tuple(dict.fromkeys(device.warning for device in both if device.warning is not None))

    @property
    def input_latency_ms(self) -> Ms:
        """How long ago what can be read now was said, as the system says; taken out of the blocks already."""
        return round(self._microphone.latency_s * 1000)

    @property
    def output_latency_ms(self) -> Ms:
        """How long from now what is played now is heard, as the system says; taken out of the blocks already."""
        return round(self._speaker.latency_s * 1000)

    @property
    def lead_ms(self) -> Ms:
        """From the end of the last block to the air, for what the speaker is given next, and half of its buffer more.

        What is asked for goes out with the speaker's next buffer, and a buffer may last 100 ms: counted so, whoever
        asks once a moment lies no further ahead than this has it heard in the buffer nearest to that moment.
        """
        rate_hz = self._speaker.device.rate_hz
        buffer_s = (self._speaker.given + self._speaker.step / 2) / rate_hz
        lead_s = self._told_times.zero_s + buffer_s - self._heard_times.zero_s - self._now_samples / RATE_HZ
        return max(round(lead_s * 1000), 0)

    @property
    def flags(self) -> Flags:
        """What went wrong in the streams so far."""
        return self._flags

    @property
    def drift_ppm(self) -> float | None:
        """How much slower the speaker runs than the microphone; None in the first seconds of a call."""
        speaker, microphone = self._told_times.slow_ppm, self._heard_times.slow_ppm
        return None if speaker is None or microphone is None else speaker - microphone

    def close(self) -> None:
        """Let both devices go; `blocks` can give no more."""
        self._let_go()

    def play(self, clip: Clip) -> None:
        """Start a clip with the speaker's next buffer; raises OurBug while another one plays or is still in the air."""
        if self._clip is not None:
            raise OurBug("callsim has a bug: a clip was to be played while another one plays; please report it")
        self._clip = clip
        rate_hz = self._speaker.device.rate_hz
        self._speaker.sounding = Sounding(soxr.resample(clip.samples, RATE_HZ, rate_hz), rate_hz)

    def cut(self) -> None:
        """Fade the clip out in the speaker's next buffer; does nothing where the speaker has had all of it."""
        if self._speaker.sounding is not None:
            self._speaker.sounding.cut = True

    def blocks(self) -> Iterator[Block]:
        """Blocks of 320 samples as they are heard, for as long as the devices run; to be asked for once."""
        self._microphone.forget()
        rest: Samples = np.zeros(0, dtype=np.int16)
        first = 0
        while True:
            rest = np.concatenate((rest, self._read()))
            while len(rest) >= BLOCK_SAMPLES:
                block, rest = rest[:BLOCK_SAMPLES], rest[BLOCK_SAMPLES:]
                self._now_samples = first + BLOCK_SAMPLES
                yield Block(first, block, *self._caller(first))
                first = self._now_samples

    def _read(self) -> Samples:
        heard = self._microphone.read()
        if heard is None:
            raise self._lost("input")
        lost = self._lost_before(heard)
        self._read_samples += lost
        self._heard_times.tell(self._read_s, heard.at_s, broken=heard.broken)
        self._read_samples += len(heard.samples)
        samples = np.pad(heard.samples, (lost, 0))
        return np.asarray(self._resampler.resample_chunk(samples), dtype=np.int16)

    @property
    def _read_s(self) -> float:
        return self._read_samples / self._microphone.device.rate_hz

    def _lost_before(self, heard: Heard) -> int:
        """How many samples are missing before a buffer; the call's clock must not stand still for them."""
        if not heard.broken:
            return 0
        self._flags = replace(self._flags, overruns=self._flags.overruns + 1)
        gap_s = heard.at_s - self._heard_times.zero_s - self._read_s
        return round(gap_s * self._microphone.device.rate_hz) if gap_s > _SMALLEST_GAP_S else 0

    def _caller(self, first: int) -> tuple[Samples, Playing | None]:
        self._listen_to_speaker()
        sounding = self._speaker.sounding
        if self._clip is None or sounding is None or sounding.first is None:
            return np.zeros(BLOCK_SAMPLES, dtype=np.int16), None
        began_s = sounding.first / sounding.rate_hz + self._told_times.zero_s - self._heard_times.zero_s
        begins = round(began_s * RATE_HZ)
        # Without latency, as some systems claim to be, a clip may seem to begin in a block that is gone.
        self._on_air = self._on_air or HeardClip(self._clip, max(begins, first))
        sound, playing = self._on_air.block(first, begins, sounding)
        if playing is not None and playing.done:
            self._clip = self._on_air = self._speaker.sounding = None
        return sound, playing

    def _listen_to_speaker(self) -> None:
        for told in self._speaker.told():
            self._told_times.tell(told.first / self._speaker.device.rate_hz, told.at_s, broken=told.broken)
            self._flags = replace(self._flags, underruns=self._flags.underruns + told.broken)
        if self._speaker.lost:
            raise self._lost("output")

    def _let_go(self) -> bool:
        """Close both; false where one does not come loose."""
        return all([self._microphone.close(), self._speaker.close()])

    def _lost(self, kind: Kind) -> DeviceError:
        device = self._microphone.device if kind == "input" else self._speaker.device
        named = f"The {SPOKEN[kind]} {device.name!r}"
        if self._let_go() and _is_gone(device, kind):
            return DeviceError(f"{named} was unplugged or switched off: plug it in again and start a new call")
        return DeviceError(
            f"{named} stopped in the middle of the call: see whether it was unplugged, switched off or taken by "
            "another program, and start a new call"
        )


def _is_gone(device: Device, kind: Kind) -> bool:
    """Whether it is no longer listed; ask only with everything closed."""
    with suppress(sounddevice.PortAudioError):
        look_again()
        return device.name not in device_names(kind)
    return True


def _running(microphone: Device, speaker: Device) -> tuple[Microphone, Speaker]:
    """Both, with sound going through; a start that fails is tried once more. Raises DeviceError."""
    with suppress(DeviceError):
        return _started(microphone, speaker)
    return _started(microphone, speaker)


def _started(microphone: Device, speaker: Device) -> tuple[Microphone, Speaker]:
    with ExitStack() as stack:
        plays = _opened(Speaker, speaker, "output")
        stack.callback(plays.close)
        hears = _opened(Microphone, microphone, "input")
        stack.callback(hears.close)
        _wait_for(plays, hears)
        stack.pop_all()
        return hears, plays


def _opened(stream: Callable[[Device], _Stream], device: Device, kind: Kind) -> _Stream:
    try:
        with hushed():
            return stream(device)
    except sounddevice.PortAudioError as wrong:
        raise DeviceError(
            f"The {SPOKEN[kind]} {device.name!r} cannot be opened ({wrong.args[0]}): close other programs that use it, "
            "allow callsim to use it in the system's settings, or choose another one"
        ) from None


def _wait_for(plays: Speaker, hears: Microphone) -> None:
    give_up_s = time.monotonic() + _RUNS_WITHIN_S
    while not (plays.running and hears.running):
        if time.monotonic() > give_up_s:
            kind: Kind = "input" if plays.running else "output"
            device = (hears if plays.running else plays).device
            raise DeviceError(
                f"No sound goes through the {SPOKEN[kind]} {device.name!r}: plug it in anew, or choose another one"
            )
        time.sleep(_LOOK_EVERY_S)
