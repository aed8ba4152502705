"""Makes the scripted trainee's recordings: a `words.toml` in, one FLAC for each of its clips out, beside it.

    python -m venv tts && tts/bin/pip install hibari-tts==0.2.1 soxr==1.1.0 soundfile==0.14.0
    tts/bin/python tests/make_recordings.py callsim/demo/words.toml tests/recordings/words.toml

With `--check MODEL` (a Vosk model's folder; needs vosk and jiwer as well) before the words files nothing is made: it
prints what the recogniser hears in each recording, and the word error rate of each and of the whole.

The speech engine is needed here alone, callsim itself does not use it. hibari-tts 0.2.1 is Apache-2.0 and carries its
weights in the wheel; its notice names Kokoro-82M (Apache-2.0) as the voice it learnt from. Neither puts a condition on
the sound that it makes. The pitch is lowered to six sevenths: a calm agent, easily told from the callers.

FLAC and not Opus: a decoder of Opus may round differently on another machine, and a headless call is to be the same to
the byte. The lowest five bits are left empty, 45 dB below the voice, which saves half of the size.
"""

from __future__ import annotations

import json
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE_HZ = 16_000
WORDS_PER_MINUTE = 155
# The usual level of speech on a line (ITU-T P.56, active level).
LEVEL_DBFS = -26.0
PITCH = 6 / 7
# A pause longer than this is shortened to it: the caller must not take the trainee's breath for the end of the turn
# (voice activity bridges what is under 300 ms).
LONGEST_PAUSE_MS = 220
# Pauses over 250 ms are no speaking time (DESIGN.md, measures); the pace of a few words means nothing.
PACE_PAUSE_MS = 250
PACE_FROM_WORDS = 4
FEW_WORDS_SPEED = 0.85
# The engine's own; slower than this it drawls.
SPEEDS = [0.56 + 0.02 * step for step in range(24)]
# Silence at the edges that keeps soft consonants whole.
EDGE_MS = 40
FRAME_MS = 10
EMPTY_BITS = 5

# How the engine has to say what it would say wrong, in its own notation.
SAY_AS = {"Dana": "[Dana](/dˈAnə/)", "courier": "[courier](/kˈɜɹiəɹ/)"}


def clips_of(words_file):
    """The clips that a words file names: where each is, and what is said in it."""
    table = tomllib.loads(words_file.read_text(encoding="utf-8"))["words"]
    return {words_file.parent / f"{name}.flac": text for name, text in table.items()}


def spoken(engine, text, speed):
    """The engine's sound at 16 kHz (float), its pitch lowered, silence trimmed and long pauses shortened."""
    from hibari import dsp

    for written, as_said in SAY_AS.items():
        text = text.replace(written, as_said)
    noise = np.random.default_rng(0)
    parts = []
    for phonemes in engine.phonemize(text):
        inputs = {"ids": np.asarray([engine.ids(phonemes)], np.int64), "speed": np.asarray([speed], np.float32)}
        *spectrum, f0_hz = (output[0] for output in engine.sess.run(None, inputs))
        parts.append(dsp.synth(*spectrum, f0_hz * PITCH, noise))
    return tightened(soxr.resample(np.concatenate(parts), dsp.SR, RATE_HZ))


def voiced_frames(sound):
    """Which 10 ms frames are louder than 40 dB under the loudest."""
    frame = RATE_HZ * FRAME_MS // 1000
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame).astype(np.float64)
    loudness = np.sqrt((frames**2).mean(axis=1))
    return loudness > loudness.max() * 10 ** (-40 / 20)


def pauses(voiced):
    """The half-open ranges of quiet frames between the first voiced frame and the last."""
    at = np.flatnonzero(voiced)
    return [(int(a) + 1, int(b)) for a, b in pairwise(at) if b - a > 1]


def tightened(sound):
    """The sound without silent edges and with no pause longer than LONGEST_PAUSE_MS."""
    voiced = voiced_frames(sound)
    at = np.flatnonzero(voiced)
    keep = np.zeros(len(voiced), bool)
    keep[max(0, at[0] - EDGE_MS // FRAME_MS) : at[-1] + 1 + EDGE_MS // FRAME_MS] = True
    for first, end in pauses(voiced):
        if (extra := end - first - LONGEST_PAUSE_MS // FRAME_MS) > 0:
            middle = (first + end - extra) // 2
            keep[middle : middle + extra] = False
    return sound[: len(keep) * RATE_HZ * FRAME_MS // 1000][np.repeat(keep, RATE_HZ * FRAME_MS // 1000)]


def pace(sound, text):
    """Words per minute of speaking time."""
    voiced = voiced_frames(sound)
    at = np.flatnonzero(voiced)
    long = sum(end - first for first, end in pauses(voiced) if (end - first) * FRAME_MS > PACE_PAUSE_MS)
    return len(text.split()) * 60_000 / ((at[-1] + 1 - at[0] - long) * FRAME_MS)


def at_agents_pace(engine, text):
    """The sound at the speed that comes nearest to the pace; a few words have one speed."""
    if len(text.split()) < PACE_FROM_WORDS:
        return spoken(engine, text, FEW_WORDS_SPEED)
    sounds = (spoken(engine, text, speed) for speed in SPEEDS)
    return min(sounds, key=lambda sound: abs(pace(sound, text) - WORDS_PER_MINUTE))


def levelled(sound):
    """16-bit samples, the voiced frames at LEVEL_DBFS, the lowest bits empty."""
    loud = np.repeat(voiced_frames(sound), RATE_HZ * FRAME_MS // 1000)
    rms = np.sqrt((sound[: len(loud)][loud].astype(np.float64) ** 2).mean())
    step = 2**EMPTY_BITS
    samples = np.round(sound * 10 ** (LEVEL_DBFS / 20) / rms * 32768 / step) * step
    return np.clip(samples, -32768, 32768 - step).astype(np.int16)


def make(words_files):
    """Writes every clip."""
    from hibari import Hibari

    engine = Hibari()
    for words_file in words_files:
        for path, text in clips_of(words_file).items():
            samples = levelled(at_agents_pace(engine, text))
            soundfile.write(path, samples, RATE_HZ, subtype="PCM_16", compression_level=1.0)
            read_back, rate_hz = soundfile.read(path, dtype="int16")
            assert rate_hz == RATE_HZ
            assert np.array_equal(read_back, samples), f"{path} does not read back as it was written"
            print(f"{path}: {len(samples) / RATE_HZ:.1f} s, {pace(samples, text):.0f} wpm, {path.stat().st_size} bytes")


def heard(model, samples):
    """What the recogniser hears, fed in blocks of 20 ms with a little silence on either side."""
    import vosk

    recogniser = vosk.KaldiRecognizer(model, RATE_HZ)
    silence = np.zeros(RATE_HZ // 4, np.int16)
    sound = np.concatenate([silence, samples, silence])
    texts = []
    for first in range(0, len(sound), 320):
        if recogniser.AcceptWaveform(sound[first : first + 320].tobytes()):
            texts.append(json.loads(recogniser.Result())["text"])
    texts.append(json.loads(recogniser.FinalResult())["text"])
    return " ".join(filter(None, texts))


def check(words_files, model_folder):
    """Prints the word error rates; punctuation, case and hyphens do not count."""
    import jiwer
    import vosk

    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path=str(model_folder))
    for words_file in words_files:
        said, understood = [], []
        for path, text in clips_of(words_file).items():
            plain = "".join(letter for letter in text.lower().replace("-", " ") if letter.isalpha() or letter in " '")
            said.append(" ".join(plain.split()))
            understood.append(heard(model, soundfile.read(path, dtype="int16")[0]))
            print(f"{jiwer.wer(said[-1], understood[-1]):6.1%}  {path.name}: {understood[-1]}")
        print(f"{jiwer.wer(said, understood):6.1%}  all of {words_file}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["--check"]:
        check([Path(name) for name in arguments[2:]], Path(arguments[1]))
    else:
        make([Path(name) for name in arguments])
