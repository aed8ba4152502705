"""How steady a call on a sound device is, what it costs, and how true its timeline: on a virtual headset.

    python tests/bench_soundcard.py [--seconds 300]

The microphone hears what the speaker plays, to the sample and without delay. The caller talks most of the time, and the
real listener and recogniser hear it back, the recogniser in its thread. So both tracks of the call should hold the same
sound at the same samples: how far they are apart is the error of what `Playing` tells.
"""

import argparse
import os
import sys
import time
from itertools import cycle
from pathlib import Path

import numpy as np
import soxr
from headset import lacking, virtual_headset

TEXTS = (
    "I have been waiting for this parcel for two weeks and nobody can tell me where it is.",
    "Last time you promised that somebody would call me back on Tuesday, and nobody did.",
    "So what are you going to do about it? I am not paying for something that I never got.",
)
PAUSE_BLOCKS, ALONE_S = 40, 15
RATE_HZ, BLOCK_SAMPLES, FINER = 16_000, 320, 8


def call(phone, clips, seconds, hear):
    """So long a call in which the caller says one clip after another; both tracks, and where the clips lie."""
    tracks, ended, pause, coming = [], [], 0, cycle(clips)
    for number, block in enumerate(phone.blocks()):
        tracks.append((block.trainee, block.caller))
        hear(block.trainee)
        if block.playing and block.playing.done:
            ended.append(block.playing)
        pause = 0 if block.playing and not block.playing.done else pause + 1
        if pause == PAUSE_BLOCKS:
            phone.play(next(coming))
            pause = -10 * PAUSE_BLOCKS  # it comes in a moment
        if number >= seconds * 50:
            break
    trainee, caller = (np.concatenate(side) for side in zip(*tracks, strict=True))
    return trainee, caller, ended


def lags_ms(trainee, caller, ended):
    """How much later than told each clip is in the microphone, and when it was."""
    slack = RATE_HZ // 10
    found = []
    for playing in ended:
        first, end = playing.first_sample, playing.first_sample + playing.heard_samples
        if first < slack or end + slack > len(trainee):
            continue
        said = soxr.resample(caller[first:end].astype(float), 1, FINER)
        there = soxr.resample(trainee[first - slack : end + slack].astype(float), 1, FINER)
        size = 1 << (len(there) + len(said)).bit_length()
        match = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(said, size)), size)
        lag = int(match[: 2 * slack * FINER + 1].argmax()) / FINER - slack
        found.append((first / RATE_HZ, lag * 1000 / RATE_HZ))
    return np.array(found)


def shares(values, unit):
    """A distribution in one line."""
    low, middle, high, most = np.percentile(values, (1, 50, 99, 100))
    return f"1 % {low:+.1f}, median {middle:+.1f}, 99 % {high:+.1f}, most {most:+.1f} {unit}"


def lateness(name, moments):
    """How far the gaps between callbacks are from their middle."""
    gaps_ms = np.diff(moments) * 1000
    nominal_ms = float(np.mean(gaps_ms))
    ratio = np.max(gaps_ms) / nominal_ms
    print(f"{name}: {len(moments)} callbacks every {nominal_ms:.1f} ms; gap {shares(gaps_ms - nominal_ms, 'ms')}")
    print(f"    longest gap {ratio:.1f} times the mean")


def inside(seconds):
    """The benchmark itself, on whatever is the default device."""
    from spoken import sentence

    from callsim.devices import models, soundcard_streams
    from callsim.devices.background import BackgroundRecogniser
    from callsim.devices.silero import SileroActivity
    from callsim.devices.soundcard_phone import SoundcardPhone
    from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
    from callsim.events import Heard
    from callsim.listening import Listener
    from callsim.phone import Clip

    clips = [Clip(sentence(text)) for text in TEXTS]
    with models.tuned(models.find(None)) as folder:
        model = VoskModel(folder)
    heard_at, filled_at = [], []
    soundcard_streams.Microphone._hear = timed(soundcard_streams.Microphone._hear, heard_at)
    soundcard_streams.Speaker._fill = timed(soundcard_streams.Speaker._fill, filled_at)

    with SoundcardPhone() as phone:
        began = time.process_time(), time.monotonic()
        call(phone, clips, ALONE_S, lambda _: None)
        alone = share_since(began)
    heard_at.clear()
    filled_at.clear()
    with BackgroundRecogniser(VoskRecogniser(model)) as recogniser, SoundcardPhone() as phone:
        listener, words = Listener(SileroActivity(), recogniser), []
        began = time.process_time(), time.monotonic()
        told = call(phone, clips, seconds, lambda sound: words.extend(listener.feed(sound)))
        busy, flags, drift_ppm = share_since(began), phone.flags, phone.drift_ppm
    said = sum(len(event.words) for event in words if isinstance(event, Heard))
    print(f"{seconds} s of call, {len(told[2])} lines of the caller, {said} words recognised in the background")
    print(f"processor share of one core: the phone alone {alone:.1%}, with listener and recogniser {busy:.1%}")
    print(f"overruns {flags.overruns}, underruns {flags.underruns}")
    lateness("microphone", heard_at)
    lateness("speaker", filled_at[6:])  # the first ones fill the buffers
    found = lags_ms(*told)
    print(f"told against heard, {len(found)} lines: {shares(found[:, 1], 'ms')}; spread {np.std(found[:, 1]):.2f} ms")
    slope = np.polyfit(found[:, 0], found[:, 1], 1)[0] * 1000
    print(
        f"    drift of that error {slope:+.0f} ppm; pace of the speaker against the microphone as measured {drift_ppm}"
    )


def timed(method, moments):
    """A method as a callback that leaves when it was called."""

    def called(self, *arguments):
        moments.append(time.monotonic())
        method(self, *arguments)

    return called


def share_since(began):
    """Processor time per second since then."""
    return (time.process_time() - began[0]) / (time.monotonic() - began[1])


def main():
    """Starts itself again with a virtual headset on."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--inside", action="store_true", help="on the default device, as it is")
    asked = arguments.parse_args()
    if asked.inside:
        inside(asked.seconds)
        return
    if lacking():
        sys.exit(lacking())
    with virtual_headset(looped=True) as headset:
        process = headset.start(sys.executable, str(Path(__file__)), "--inside", "--seconds", str(asked.seconds))
        out, err = process.communicate()
        print(out or err)
        print(f"load of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
