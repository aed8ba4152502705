"""Rates and fillers, against values worked out by hand."""

import pytest
from scenes import scene

from callsim.events import Word
from callsim.scoring.pacing import articulation_rate, fillers_per_100_words, speaking_ms, words_per_minute
from callsim.scoring.stretches import Stretch, trainee_stretches
from callsim.timeline import Span


def said(text):
    """Words of 100 ms each."""
    return tuple(Word(word, index * 100, index * 100 + 100) for index, word in enumerate(text.split()))


def test_pauses_of_a_quarter_second_are_speaking_time_and_longer_ones_are_not():
    """1 s, 0.25 s of pause, 1 s: 2.25 s; with 0.251 s of pause: 2 s."""
    assert speaking_ms([Span(0, 1000), Span(1250, 2250)], 250) == 2250
    assert speaking_ms([Span(0, 1000), Span(1251, 2251)], 250) == 2000


@pytest.mark.parametrize("wpm", [100, 150, 200])
def test_a_voice_of_a_known_rate_has_that_rate(wpm):
    """Pauses between sentences change nothing."""
    call = scene(wpm).trainee("one two three four five six").trainee("seven eight nine", 2000)
    assert words_per_minute(trainee_stretches(call.evidence()), 250) == pytest.approx(wpm)


def test_a_laugh_is_no_speaking_time():
    """A stretch without a word counts in neither part of the rate."""
    talk = Stretch(Span(0, 2000), said("one two three four five"), 2000)
    laugh = Stretch(Span(5000, 8000), (), 8000)
    assert words_per_minute([talk, laugh], 250) == pytest.approx(150)


def test_articulation_counts_syllables():
    """ "refrigerator patience" has seven syllables; in two seconds that is 3.5 a second."""
    assert articulation_rate([Stretch(Span(0, 2000), said("refrigerator patience"), 2000)], 250) == pytest.approx(3.5)


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
