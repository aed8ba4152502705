"""Speaks labelled utterances and writes down what Vosk hears: tests/acts_*_heard.toml, data/heard.toml.

    pip install hibari-tts==0.2.1 py-nanotts==0.1.1      (beside callsim, for this script alone)
    python tests/acts_speak.py blind | tuning | training

Five voices take turns: two of espeak-ng through pyttsx3, as the caller speaks, and three that sound more like people.
Each is heard by one recogniser, utterance after utterance, as a trainee is: Vosk gets used to a voice.
Every utterance of the blind and of the tuning set is spoken once; of the training examples every third one that was not
spoken before.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np
import soxr

from callsim.acts.examples import FRESH, examples_of, shipped
from callsim.devices import models
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.phone import Delivery, Settled
from callsim.timeline import RATE_HZ

HERE = Path(__file__).parent
TRAINING = HERE.parent / "callsim" / "acts" / "data" / "heard.toml"
ESPEAK = ("en-us+f3", "en-us+m3")
NATURAL = ("hibari", "nano-en-GB", "nano-en-US")
EVERY = 3


def spoken(voice, text, engine, hibari, nano):
    """16 kHz int16 samples of a text in a voice."""
    if voice == "hibari":
        from hibari import dsp

        noise, parts = np.random.default_rng(0), []
        for phonemes in hibari.phonemize(text):
            inputs = {"ids": np.asarray([hibari.ids(phonemes)], np.int64), "speed": np.asarray([0.8], np.float32)}
            *spectrum, f0_hz = (output[0] for output in hibari.sess.run(None, inputs))
            parts.append(dsp.synth(*spectrum, f0_hz * 6 / 7, noise))
        sound = soxr.resample(np.concatenate(parts), dsp.SR, RATE_HZ)
        return (sound / np.abs(sound).max() * 16_000).astype(np.int16)
    if voice.startswith("nano-"):
        return np.frombuffer(nano.speak(text, voice=voice.removeprefix("nano-"), speed=0.9), np.int16)
    return engine.clip(text, Delivery(voice, 150, 50, 50, -23.0)).samples


def heard(ear, samples):
    """What a recogniser hears next, with a quarter of a second of silence on either side: a stretch of a call."""
    silence = np.zeros(RATE_HZ // 4, np.int16)
    ear.feed(np.concatenate([silence, samples, silence]))
    ear.finish()
    return " ".join(word.word for news in ear.results() if isinstance(news, Settled) for word in news.words)


def lines_of(head, tables):
    """A TOML text of tables of strings."""
    lines = [f"# {head}"]
    for name, table in tables.items():
        lines += ["", f"[{json.dumps(name)}]", *(f"{json.dumps(a)} = {json.dumps(b)}" for a, b in table.items())]
    return "\n".join(lines) + "\n"


def hear_all(items, tables):
    """Speaks examples in turn in all voices, into tables by voice: the text as it is cut, and what was heard."""
    from hibari import Hibari
    from py_nanotts import NanoTTS

    hibari, nano = Hibari(), NanoTTS()
    with models.tuned(models.find(None)) as folder:
        model = VoskModel(folder)
    ears = {voice: VoskRecogniser(model) for voice in (*ESPEAK, *NATURAL)}
    with Pyttsx3Synthesiser() as engine:
        for n, item in enumerate(items):
            voice = NATURAL[n % 3] if n % 2 else ESPEAK[n // 2 % 2]
            table = tables.setdefault(voice, {})
            table[" | ".join(item.parts)] = heard(ears[voice], spoken(voice, item.text, engine, hibari, nano))


def main():
    """Speaks one part and writes its file."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("part", choices=["blind", "tuning", "training"])
    part = asked.parse_args().part
    if part == "training":
        file, head = TRAINING, "Fresh examples as Vosk heard them, by voice; tests/acts_speak.py made it."
        tables = tomllib.loads(file.read_text("utf-8"))
        known = {text for table in tables.values() for text in table}
        items = [item for item in shipped(FRESH)[::EVERY] if " | ".join(item.parts) not in known]
    else:
        file, head = (
            HERE / f"acts_{part}_heard.toml",
            f"What Vosk heard of acts_{part}.toml, by voice; acts_speak.py made it.",
        )
        tables, items = {}, examples_of(tomllib.loads((HERE / f"acts_{part}.toml").read_text("utf-8")))
    hear_all(items, tables)
    file.write_text(lines_of(head, tables))


if __name__ == "__main__":
    main()
