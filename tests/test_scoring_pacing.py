"""Rates and fillers, against values worked out by hand."""

import re

import pytest
from scenes import scene

from callsim.devices import models
from callsim.devices.files import open_recording
from callsim.devices.silero import SileroActivity
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.events import Word
from callsim.listening import listen
from callsim.scoring.evidence import from_listening
from callsim.scoring.pacing import articulation_rate, fillers_per_100_words, speaking_ms, words_per_minute
from callsim.scoring.stretches import Stretch, trainee_stretches
from callsim.timeline import Span


def said(text, each_ms=100):
    """Words that touch."""
    return tuple(Word(word, at * each_ms, (at + 1) * each_ms) for at, word in enumerate(text.split()))


def test_pauses_of_a_quarter_second_are_speaking_time_and_longer_ones_are_not():
    """1 s, 0.25 s of pause, 1 s: 2.25 s; with 0.251 s of pause: 2 s."""
    assert speaking_ms([Word("well", 0, 1000), Word("then", 1250, 2250)], 250) == 2250
    assert speaking_ms([Word("well", 0, 1000), Word("then", 1251, 2251)], 250) == 2000


@pytest.mark.parametrize("wpm", [100, 150, 200])
def test_a_voice_of_a_known_rate_has_that_rate(wpm):
    """Pauses between sentences change nothing."""
    call = scene(wpm).trainee("one two three four five six").trainee("seven eight nine", 2000)
    assert words_per_minute(trainee_stretches(call.evidence()), 250) == pytest.approx(wpm)


def test_a_dropped_um_is_in_neither_the_words_nor_the_time():
    """Two seconds of voice, half of them an um that the recogniser hid: the rate is that of the words."""
    talk = Stretch(Span(0, 2000), said("so the order", 300), 2000)
    assert words_per_minute([talk], 250) == pytest.approx(200)


@pytest.mark.parametrize("name", ["acoustic_corpus", "cold_corpus"])
def test_the_rate_of_spontaneous_speech_is_within_5_percent(recordings, model_folder, name):
    """Against the true words and times, with the ums, coughs and pauses of real people."""
    grid = (recordings / "speech" / f"{name}.TextGrid").read_text().split('"IntervalTier"')[1]
    rows = re.findall(r'([\d.]+)\n([\d.]+)\n"(\S+)"', grid)
    true = [Word(word, round(float(start) * 1000), round(float(end) * 1000)) for start, end, word in rows]
    with models.tuned(model_folder) as folder:
        recogniser = VoskRecogniser(VoskModel(folder))
    sound = open_recording(recordings / "speech" / f"{name}.wav")
    events = listen(sound.blocks(0, 16_000), SileroActivity(), recogniser)
    heard = trainee_stretches(from_listening(events, [], length_ms=sound.duration_ms))
    whole = Stretch(Span(0, sound.duration_ms), tuple(true), sound.duration_ms)
    assert words_per_minute(heard, 250) == pytest.approx(words_per_minute([whole], 250), rel=0.05)


def test_a_laugh_is_no_speaking_time():
    """A stretch without a word counts in neither part of the rate."""
    talk = Stretch(Span(0, 2000), said("one two three four five", 400), 2000)
    laugh = Stretch(Span(5000, 8000), (), 8000)
    assert words_per_minute([talk, laugh], 250) == pytest.approx(150)


def test_articulation_counts_syllables():
    """ "refrigerator patience" has seven syllables; in two seconds that is 3.5 a second."""
    assert articulation_rate([Stretch(Span(0, 2000), said("refrigerator patience", 1000), 2000)], 250) == pytest.approx(
        3.5
    )


def test_without_words_there_is_no_rate():
    """Nothing recognised is not a rate of zero."""
    assert words_per_minute([Stretch(Span(0, 2000), (), 2000)], 250) is None
    assert articulation_rate([], 250) is None
    assert fillers_per_100_words(()) is None


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("um i will uh send it", 2),
        ("it is you know broken i mean it", 2),
        ("do you know the number", 0),
        ("i would like to help", 0),
        ("it was like really bad", 1),
        ("hmm let me see", 1),
    ],
)
def test_fillers_are_told_from_their_honest_lookalikes(text, fillers):
    """ "Do you know" asks, "you know" fills."""
    assert fillers_per_100_words(said(text)) == pytest.approx(fillers * 100 / len(text.split()))
