"""How well the callers are understood, how equally loud and fast they are, and what speaking costs.

    python tests/bench_voices.py [--lines 4] [--engine natural espeak] [--voice dana …] [--line telephone] [--moods 50]

Lines are drawn (seeded) from each script in scripts/, as many from each: whatever the script's own file says but for
what waits for a word of the trainee ({when}). They are spoken at the frustration given, a second apart, and read by
Vosk small as a caller's side is: by one recogniser, which gets used to the voice. Word errors are counted by jiwer
after both texts are brought into one form (see `normal`). Words a minute are counted over the sound of a line without
its edges. Render speed is sound per second on this machine as it is.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from pathlib import Path

import jiwer
import numpy as np

from callsim.devices import models
from callsim.devices.clip_sound import speech_level_dbfs
from callsim.devices.natural_voice import NaturalSynthesiser
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, platform_driver
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.linting import lines_of
from callsim.phone import Clip, Settled
from callsim.script import read_script
from callsim.voice import read_voice

ROOT = Path(__file__).parents[1]
# Vosk writes numbers in words, as our scripts do; these are two spellings of one thing.
SPELLED = {"okay": "ok", "all right": "alright", "cannot": "can not", "mr": "mister", "mrs": "missus"}
SILENCE = np.zeros(8_000, np.int16)


def normal(text: str) -> str:
    """Lower case, letters and apostrophes, one spelling."""
    text = " ".join(["", *re.sub(r"[^a-z' ]", " ", text.lower().replace("’", "'")).split(), ""])
    for one, other in SPELLED.items():
        text = text.replace(f" {one} ", f" {other} ")
    return " ".join(text.split())


def sample(count: int) -> list[str]:
    """So many lines of each script, of four words or more; all where there are no more."""
    chosen = []
    for path in sorted((ROOT / "scripts").glob("*.toml")):
        own = path.read_text("utf-8")
        said = {text for _, text in lines_of(read_script(path)) if text in own and "{" not in text}
        long = sorted(text for text in said if len(text.split()) >= 4)
        chosen += random.Random(path.stem).sample(long, min(count, len(long)))
    return chosen


def heard(model: VoskModel, clips: list[Clip]) -> list[str]:
    """What Vosk makes of each clip, one after another between half seconds of silence."""
    ear, spans, at_ms = VoskRecogniser(model), [], 0
    for clip in clips:
        ear.feed(np.concatenate((SILENCE, clip.samples, SILENCE)))
        length_ms = clip.duration_ms + 1000
        spans.append((at_ms, at_ms := at_ms + length_ms))
    ear.finish()
    words = [word for news in ear.results() if isinstance(news, Settled) for word in news.words]
    return [
        " ".join(word.word for word in words if first <= (word.start_ms + word.end_ms) / 2 < last)
        for first, last in spans
    ]


def measure(delivery, engine, model, lines):
    """One row: word error in percent, words a minute, level, render speed, and the worst lines."""
    engine.clip("Hello.", delivery)
    began = time.perf_counter()
    clips = [engine.clip(line, delivery) for line in lines]
    took_s = time.perf_counter() - began
    duration_s = sum(clip.duration_ms for clip in clips) / 1000
    texts, hyps = [normal(line) for line in lines], [normal(text) for text in heard(model, clips)]
    errors = sorted(((jiwer.wer(text, hyp), text, hyp) for text, hyp in zip(texts, hyps, strict=True)), reverse=True)
    levels = [speech_level_dbfs(clip.samples) for clip in clips]
    words = sum(len(line.split()) for line in lines)
    return {
        "wer": 100 * jiwer.wer(texts, hyps),
        "wpm": 60 * words / duration_s,
        "level": float(np.mean(levels)),
        "levels": (min(levels), max(levels)),
        "speed": duration_s / took_s,
        "worst": errors[:4],
    }


def main():
    """Print a row for each voice, engine, line and mood, then the means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=4)
    parser.add_argument("--engine", nargs="*", default=["natural", "espeak"])
    parser.add_argument("--voice", nargs="*", default=sorted(path.stem for path in (ROOT / "voices").glob("*.toml")))
    parser.add_argument("--line", nargs="*")
    parser.add_argument("--moods", type=int, nargs="*", default=[50])
    parser.add_argument("--worst", action="store_true")
    asked = parser.parse_args()
    with models.tuned(models.find(None)) as folder:
        model = VoskModel(folder)
    lines = sample(asked.lines)
    print(f"{len(lines)} lines, {sum(len(line.split()) for line in lines)} words")
    for name in asked.engine:
        natural = name == "natural"
        engine, driver = (NaturalSynthesiser(), "natural") if natural else (Pyttsx3Synthesiser(), platform_driver())
        for line in asked.line or [None]:
            for mood in asked.moods:
                rows = []
                for voice_name in asked.voice:
                    voice = read_voice(ROOT / "voices" / f"{voice_name}.toml")
                    voice = voice.model_copy(update={"line": line}) if line else voice
                    row = measure(voice.delivery(mood, driver), engine, model, lines)
                    rows.append(row)
                    print(
                        f"{name:8} {voice.line:9} {mood:3} {voice_name:7} wer {row['wer']:5.1f} %  "
                        f"{row['wpm']:4.0f} wpm  level {row['level']:5.1f} dBFS ({row['levels'][0]:.1f} to "
                        f"{row['levels'][1]:.1f})  {row['speed']:5.1f} x real time",
                        flush=True,
                    )
                    for wer, text, hyp in row["worst"] if asked.worst else ():
                        print(f"      {100 * wer:3.0f} %  {text}\n             {hyp}")
                levels = [row["level"] for row in rows]
                mean = np.mean([row["wer"] for row in rows])
                print(f"    mean wer {mean:.1f} %, loudness spread {max(levels) - min(levels):.2f} dB", flush=True)


if __name__ == "__main__":
    main()
