"""How well acts are found: precision, recall, F1 for each act and their mean, for each reader and all together.

    python tests/bench_acts.py            the blind set, clean and as Vosk heard it; harper with CALLSIM_RECORDINGS
    python tests/bench_acts.py --tuning   the set that the weights of callsim/acts/weighing.py are chosen on

The blind set was written by somebody who knew neither the training's examples nor the patterns. It is for measuring
alone: whoever tunes on it needs a new one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
import tomllib
from pathlib import Path

import numpy as np

from callsim.acts import ACTS, acts_of, ready, weighing
from callsim.acts.examples import example, examples_of
from callsim.acts.letters import letters
from callsim.acts.model import model
from callsim.acts.names import name_spans
from callsim.acts.patterns import pattern_spans
from callsim.acts.words import hear

HERE = Path(__file__).parent
NAME = "Dana Whitfield"
# Vosk hears 5 to 14 words in 100 of these wrong, 27 and 44 of the two espeak voices.
NATURAL = ("hibari", "nano-en-GB", "nano-en-US")


def table(file):
    """A TOML file beside this one."""
    return tomllib.loads((HERE / file).read_text(encoding="utf-8"))


def clean(part="blind"):
    """A set: (text, acts)."""
    return [(item.text, set(item.all_acts)) for item in examples_of(table(f"acts_{part}.toml"))]


def recognised(voices=None, part="blind"):
    """A set as Vosk heard it, in all voices or some."""
    acts = {text: carried for lines in table(f"acts_{part}.toml").values() for text, carried in lines.items()}
    return [
        (understood, set(example(said, acts[said]).all_acts))
        for voice, lines in table(f"acts_{part}_heard.toml").items()
        if voices is None or voice in voices
        for said, understood in lines.items()
    ]


def harper(folder, kind):
    """Each different agent utterance of the harper calls once, in the words of the key `kind`."""
    labels, found = table("acts_harper.toml")["harper"], {}
    for file in sorted(Path(folder, "texts", "harper").glob("*.json")):
        for segment in json.loads(file.read_text(encoding="utf-8"))["segments"]:
            if segment["speaker_role"] == "agent":
                key = hashlib.sha256(segment["human_transcript"].strip().encode()).hexdigest()[:12]
                found.setdefault(key, (segment[kind], set(labels[key].split())))
    return list(found.values())


def by_patterns(text):
    """The acts that the patterns alone find."""
    named = any(True for _ in name_spans(hear(text).line, NAME))
    return set(pattern_spans(text)) | ({"name_use"} if named else set())


def at_even_odds(reader, text):
    """The acts that one reader of words finds in some stretch, at even odds."""
    heard = hear(text)
    words = [item.word for item in heard.plain]
    parts = [reader(words[first:last]) for first, last in weighing.stretches(heard)]
    return {act for act in weighing.MODEL_ACTS if any(part[act] > 0 for part in parts)}


def by_letters(text):
    """The acts that the letters alone find."""
    return at_even_odds(letters().odds, text)


def by_model(text):
    """The acts that the model alone finds."""
    return at_even_odds(lambda words: model().opinion(words).odds, text)


def together(text):
    """The acts that `acts_of` finds."""
    return {act.act for act in acts_of(text, name=NAME)}


def tally(pairs):
    """By act: found rightly, found wrongly, missed."""
    counts = {act: [0, 0, 0] for act in ACTS}
    for want, got in pairs:
        for act in ACTS:
            if act in want or act in got:
                counts[act][0 if act in want and act in got else 1 if act in got else 2] += 1
    return counts


def scores(counts):
    """By act: precision, recall, F1; nan where there is nothing to count."""
    return {
        act: (right / (right + wrong or np.nan), right / (right + missed or np.nan), f1(right, wrong, missed))
        for act, (right, wrong, missed) in counts.items()
    }


def f1(right, wrong, missed):
    """The harmonic mean of precision and recall."""
    return 2 * right / (2 * right + wrong + missed or np.nan)


def macro(pairs):
    """The mean F1 over the acts that occur."""
    return float(np.nanmean([score[2] for score in scores(tally(pairs)).values()]))


def show(title, data, readers=(by_patterns, by_letters, by_model, together)):
    """Prints one table."""
    print(f"\n{title}: {len(data)} utterances")
    tallies = [tally([(want, reader(text)) for text, want in data]) for reader in readers]
    heads = "".join(f"{reader.__name__:>22}" for reader in readers)
    print(f"{'act':20}{heads}   n\n{'':20}" + "     P      R     F1 " * len(readers))
    for act in ACTS:
        cells = "".join("".join(f" {value:6.3f}" for value in scores(counts)[act]) + " " for counts in tallies)
        print(f"{act:20}{cells}{sum(tallies[0][act][::2]):4}")
    means = (np.nanmean([score[2] for score in scores(counts).values()]) for counts in tallies)
    print(f"{'macro F1':20}" + "".join(f"{mean:21.3f} " for mean in means))


def show_set(part):
    """Prints the tables of a set."""
    show(f"{part}, clean", clean(part))
    show(f"{part}, as Vosk heard it, all voices", recognised(part=part))
    show(f"{part}, as Vosk heard it, the voices that sound like people", recognised(NATURAL, part))


def speed(title, data):
    """Prints the milliseconds of processor time for an utterance, median and the slowest tenth."""
    ready()
    acts_of.cache_clear()
    spent = []
    for text, _ in data:
        begun = time.process_time()
        acts_of(text, name=NAME)
        spent.append((time.process_time() - begun) * 1000)
    median, most = np.quantile(spent, (0.5, 0.9))
    print(f"\nprocessor time, {title}: median {median:.1f} ms, nine in ten under {most:.1f} ms")


def main():
    """Prints everything, or the tables of the set for tuning."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--tuning", action="store_true", help="the set for tuning, and nothing else")
    if asked.parse_args().tuning:
        return show_set("tuning")
    show_set("blind")
    if folder := os.environ.get("CALLSIM_RECORDINGS"):
        show("harper, human transcript", harper(folder, "human_transcript"))
        show("harper, recogniser", harper(folder, "transcript"))
        speed("harper", harper(folder, "transcript"))
    else:
        print("\nharper: not measured, CALLSIM_RECORDINGS names no folder")
    return speed("blind", clean())


if __name__ == "__main__":
    main()
