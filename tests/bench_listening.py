"""How exact the edges of speech are, what the words are worth, and what listening costs over Vosk alone.

    CALLSIM_RECORDINGS=… python tests/bench_listening.py

Edges: phrases without an inner pause, cut from the quiet ones of the recordings at 25 dB below their level, put at
random places (seeded) into silence, noise, and the telephone band. Cost: processor time of both in this run.
"""

import json
import os
import re
import time
from pathlib import Path

import jiwer
import numpy as np
import soxr
import vosk

from callsim.devices import models
from callsim.devices.files import open_recording
from callsim.devices.silero import SileroActivity
from callsim.devices.vosk_ear import PIECE_SAMPLES, VoskModel, VoskRecogniser
from callsim.events import Heard, SpeechEnded
from callsim.listening import listen

FOLDER = Path(os.environ["CALLSIM_RECORDINGS"])
SPEECH = sorted((FOLDER / "speech").glob("*.wav"))
UNSUITED = ("acoustic", "cold", "laughter", "breathy", "creaky")
JFK = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"


class NoWords:
    """Only the edges count."""

    def feed(self, samples):
        """Nothing."""

    def finish(self):
        """Nothing."""

    def results(self):
        """Nothing."""
        return []


def whole(path):
    """A recording's left channel."""
    return np.concatenate(list(open_recording(path).blocks(0, 16_000)))


def levels(samples):
    """dB of each 5 ms."""
    frames = samples[: len(samples) // 80 * 80].reshape(-1, 80).astype(float)
    return 10 * np.log10((frames**2).mean(1) + 1e-3)


def phrases():
    """Phrases of 0.4 s and more without a pause of 0.15 s, from recordings whose noise lies 45 dB below the speech."""
    for path in [*SPEECH, *sorted((FOLDER / "hesitations").glob("*.flac"))]:
        samples = whole(path)
        level = levels(samples)
        loud = np.percentile(level, 95)
        if any(word in path.name for word in UNSUITED) or np.percentile(level, 3) > loud - 45:
            continue
        voiced = np.flatnonzero(level > loud - 25)
        for run in np.split(voiced, np.flatnonzero(np.diff(voiced) >= 30) + 1):
            if run[-1] - run[0] >= 80:
                yield samples[run[0] * 80 : (run[-1] + 1) * 80]


def power(samples):
    """Root mean square."""
    return np.sqrt((samples.astype(float) ** 2).mean())


def edge_table():
    """Errors of the first onset and the last end around each phrase, in ms (late is positive)."""
    random = np.random.default_rng(1)
    office = whole(next((FOLDER / "noise").glob("office*.mp3"))).astype(float)
    conditions = {"clean": None, "room -60 dBFS": 33.0, "8 kHz": "band", "office 20 dB": 20, "office 10 dB": 10}
    for name, condition in conditions.items():
        onsets, ends, missed = [], [], 0
        for phrase in list(phrases()) * 4:
            lead = int(random.integers(16_000, 21_120))
            sound = np.pad(phrase.astype(float), (lead, 32_000))
            if condition == "band":
                sound = soxr.resample(soxr.resample(sound, 16_000, 8_000), 8_000, 16_000)
            elif isinstance(condition, float):
                sound += random.normal(0, condition, len(sound))
            elif condition:
                at = int(random.integers(0, len(office) - len(sound)))
                noise = office[at : at + len(sound)]
                sound += noise * power(phrase) / power(noise) / 10 ** (condition / 20)
            blocks = [np.clip(sound, -32_768, 32_767).astype(np.int16)]
            truth = lead / 16, (lead + len(phrase)) / 16
            spans = [e.span for e in listen(blocks, SileroActivity(), NoWords()) if isinstance(e, SpeechEnded)]
            spans = [span for span in spans if span.end_ms > truth[0] - 100 and span.start_ms < truth[1] + 100]
            if not spans:
                missed += 1
                continue
            onsets.append(spans[0].start_ms - truth[0])
            ends.append(spans[-1].end_ms - truth[1])
        row = [f"{np.median(e):+6.0f} {np.percentile(np.abs(e), 95):6.0f}" for e in (onsets, ends)]
        print(f"{name:14} onset median, p95 |.| {row[0]}   end {row[1]}   missed {missed} of {missed + len(onsets)}")


def references():
    """Each recording of the speech folder with its words."""
    said = {FOLDER / "speech" / "jfk.flac": JFK}
    for line in (FOLDER / "speech" / "sense_and_sensibility.transcription").read_text().splitlines():
        if match := re.match(r"(.*)\((\S+)\)\s*$", line):
            said[FOLDER / "speech" / f"{match[2]}.wav"] = re.sub(r"</?s>", "", match[1])
    for path in SPEECH:
        for text in (path.with_suffix(".txt"), path.with_suffix(".lab")):
            if text.exists():
                said[path] = text.read_text()
    return {path: plain(text) for path, text in said.items() if path.exists()}


def plain(text):
    """Lower case, letters and apostrophes only."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def vosk_alone(model, samples):
    """The words of Vosk on the whole sound."""
    ear = vosk.KaldiRecognizer(model.handle, 16_000)
    ear.SetWords(True)
    found = []
    for at in range(0, len(samples), PIECE_SAMPLES):
        if ear.AcceptWaveform(samples[at : at + PIECE_SAMPLES].tobytes()):
            found.append(json.loads(ear.Result())["text"])
    return " ".join([*found, json.loads(ear.FinalResult())["text"]])


def listener(model, samples):
    """The words of the listener, fed in blocks of 20 ms."""
    blocks = (samples[at : at + 320] for at in range(0, len(samples), 320))
    events = listen(blocks, SileroActivity(), VoskRecogniser(model))
    return " ".join(event.text for event in events if isinstance(event, Heard))


def words_and_cost():
    """Word error rates over all the speech, and what the listener costs more than Vosk."""
    with models.tuned(models.find(None)) as folder:
        model = VoskModel(folder)
    said, heard, spent_s, sound_s = [], {vosk_alone: [], listener: []}, {vosk_alone: 0.0, listener: 0.0}, 0.0
    calls = sorted((FOLDER / "calls").glob("*_agent.wav"))
    for path in [*references(), *calls]:
        samples = whole(path)
        sound_s += len(samples) / 16_000
        for way, texts in heard.items():
            started = time.process_time()
            text = plain(way(model, samples))
            spent_s[way] += time.process_time() - started
            texts.extend([] if path in calls else [text])
        said += [references()[path]] if path not in calls else []
    for way, texts in heard.items():
        print(f"{way.__name__:10} word error {jiwer.wer(said, texts):.3f}, {spent_s[way] / sound_s:.3f} x real time")
    print(f"listener costs {spent_s[listener] / spent_s[vosk_alone]:.2f} x Vosk alone over {sound_s:.0f} s of sound")


if __name__ == "__main__":
    edge_table()
    words_and_cost()
