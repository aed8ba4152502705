"""What the words are worth: Vosk (the live ear) and Whisper (the second reading) on real speech, side by side.

    CALLSIM_RECORDINGS=… python tests/bench_words.py

Both get the same voice activity spans of the same sound; both texts and the reference are brought into one form (see
`normal`). Cost is wall-clock and processor time over the length of the sound, on this machine as it is.
"""

import json
import re
import time

import jiwer
import numpy as np
from bench_listening import FOLDER, references, whole

from callsim.devices import models, whisper_model
from callsim.devices.files import open_recording
from callsim.devices.silero import SileroActivity
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.devices.whisper_reader import WhisperReader
from callsim.events import Heard
from callsim.listening import listen
from callsim.timeline import RATE_HZ, Span

FILLERS = {"um", "uh", "er", "erm", "hm", "hmm", "mm", "mhm", "huh", "ah"}
# Only contractions that stand for one thing; 's and 'd are left as they are.
APART = {"won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not"}
ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am"}
SPELLED = {
    "yknow": "you know",
    "alright": "all right",
    "ok": "okay",
    "mr": "mister",
    "mrs": "missus",
    "gonna": "going to",
    "wanna": "want to",
    "'er": "her",
    "m f a": "mfa",
}
DIGITS = "zero one two three four five six seven eight nine".split()


class Quiet:
    """No progress."""

    def step(self, what, done, total):
        """Show nothing."""


def normal(text, *, fillers=False):
    """The form in which words are compared, for references and for both recognisers alike.

    Lower case; only letters and apostrophes (a hyphen parts two words); digits one by one as words; "alright", "ok",
    "mr", "yknow" and "gonna" spelled out; contractions of not, are, have, will and am taken apart; fillers left out
    unless they are what is counted; marked cut-offs, hesitations and laughter of the references left out.
    """
    text = re.sub(r"<[^>]*>|\[[^\]]*\]", " ", text.lower().replace("’", "'"))
    text = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text)
    text = " ".join(["", *re.sub(r"[^a-z' ]", " ", text).split(), ""])
    for one, other in (SPELLED | APART).items():
        text = text.replace(f" {one} ", f" {other} ")
    for ending, word in ENDINGS.items():
        text = re.sub(rf"{ending}\b", word, text)
    return " ".join(word for word in text.split() if fillers or word not in FILLERS)


def textgrid_text(path):
    """All that is said in a TextGrid, one tier after the other."""
    tiers = path.read_text("utf-8").split("item [")[2:]
    return " ".join(" ".join(re.findall(r'text = "([^"]*)"', tier)) for tier in tiers)


def speech_set():
    """The speech folder: (name, reference, sound)."""
    return [(path.name, text, whole(path)) for path, text in references().items()]


def two_channel_set():
    """The two-channel recording, one side after the other, as one sound."""
    path = FOLDER / "calls" / "michaelandsickmichael.wav"
    recording = open_recording(path)
    sides = [np.concatenate(list(recording.blocks(side, RATE_HZ))) for side in range(2)]
    return [(path.name, textgrid_text(path.with_suffix(".TextGrid")), np.concatenate(sides))]


def hesitation_set():
    """The short clips."""
    said = json.loads((FOLDER / "hesitations" / "reference_transcripts.json").read_text("utf-8"))
    return [(name, text, whole(FOLDER / "hesitations" / name)) for name, text in said.items()]


class Vosk:
    """The live ear, as in a call."""

    def __init__(self):
        with models.tuned(models.find(None)) as folder:
            self.model = VoskModel(folder)

    def text(self, samples):
        """The words, and the spans of voice."""
        heard = [e for e in listen([samples], SileroActivity(), VoskRecogniser(self.model)) if isinstance(e, Heard)]
        return " ".join(e.text for e in heard), [Span(e.at_ms, e.end_ms) for e in heard]


def measure(name, recordings, vosk, reader):
    """Word errors and cost of both on one set; gives both texts of each recording."""
    texts, wall_s, work_s = {"vosk": [], "whisper": []}, {}, {}
    sound_s = sum(len(samples) for *_, samples in recordings) / RATE_HZ
    for way, heard in texts.items():
        spans = [vosk.text(samples)[1] for *_, samples in recordings] if way == "whisper" else []
        wall, work = time.perf_counter(), time.process_time()
        for place, (*_, samples) in enumerate(recordings):
            if way == "vosk":
                heard.append(vosk.text(samples)[0])
            else:
                readings = reader.read([samples], spans[place], Quiet())
                heard.append(" ".join(word.word for _, words in readings for word in words))
        wall_s[way], work_s[way] = time.perf_counter() - wall, time.process_time() - work
    said = [text for _, text, _ in recordings]
    for way, heard in texts.items():
        with_fillers = jiwer.wer([normal(t, fillers=True) for t in said], [normal(t, fillers=True) for t in heard])
        print(
            f"{name:12} {way:8} word error {jiwer.wer([normal(t) for t in said], [normal(t) for t in heard]):6.1%}"
            f"   fillers counted {with_fillers:6.1%}   {wall_s[way] / sound_s:.3f} x real time"
            f"   ({work_s[way] / sound_s:.3f} processor)   {sound_s:.0f} s"
        )
    return texts


def fillers_table(recordings, texts):
    """How many of the real fillers each one finds, and how many it makes up, by aligning words."""
    for way, heard in texts.items():
        said = found = invented = 0
        for (_, reference, _), text in zip(recordings, heard, strict=True):
            was, now = normal(reference, fillers=True).split(), normal(text, fillers=True).split()
            said += sum(word in FILLERS for word in was)
            if not was or not now:
                continue
            taken = set()
            for chunk in jiwer.process_words(" ".join(was), " ".join(now)).alignments[0]:
                if chunk.type in ("equal", "substitute"):
                    for old, new in zip(
                        range(chunk.ref_start_idx, chunk.ref_end_idx),
                        range(chunk.hyp_start_idx, chunk.hyp_end_idx),
                        strict=True,
                    ):
                        if was[old] in FILLERS and now[new] in FILLERS:
                            found += 1
                            taken.add(new)
            invented += sum(word in FILLERS for place, word in enumerate(now) if place not in taken)
        print(f"fillers      {way:8} found {found} of {said}, made up {invented}")


def long_call(reader):
    """What it costs on a whole call: both sides of the support call."""
    for path in sorted((FOLDER / "calls").glob("Auto_Repairs*.wav")):
        samples = whole(path)
        spans = Vosk().text(samples)[1]
        wall, work = time.perf_counter(), time.process_time()
        count = sum(len(words) for _, words in reader.read([samples], spans, Quiet()))
        wall, work, length_s = time.perf_counter() - wall, time.process_time() - work, len(samples) / RATE_HZ
        print(f"{path.stem}: {count} words, {wall / length_s:.3f} x real time ({work / length_s:.3f} processor)")


def main():
    """All the tables."""
    vosk, reader = Vosk(), WhisperReader(whisper_model.find() or whisper_model.fetch(Quiet()))
    sets = {"speech": speech_set(), "two channels": two_channel_set(), "hesitations": hesitation_set()}
    texts = {name: measure(name, recordings, vosk, reader) for name, recordings in sets.items()}
    every = [recording for recordings in sets.values() for recording in recordings]
    fillers_table(every, {way: [t for name in sets for t in texts[name][way]] for way in ("vosk", "whisper")})
    print("\nhesitations alone:")
    fillers_table(sets["hesitations"], texts["hesitations"])
    long_call(reader)


if __name__ == "__main__":
    main()
