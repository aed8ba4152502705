"""A recogniser in the background: the same answers in the same order, and nobody waits for them."""

from threading import Event, active_count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import sentence, silence

from callsim.devices import models
from callsim.devices.background import BackgroundRecogniser
from callsim.devices.silero import SileroActivity
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.events import Heard, Word
from callsim.listening import Listener
from callsim.phone import Guess, Settled


class Counting:
    """Answers each piece with a guess of its first sample, each stretch with how many pieces it had."""

    def __init__(self):
        self.pieces = 0
        self.news = []

    def feed(self, samples):
        """A guess; a piece of sevens is more than it can bear."""
        if samples[0] == 7:
            raise ValueError("seven")
        self.pieces += 1
        self.news.append(Guess(str(samples[0])))

    def finish(self):
        """The stretch is settled."""
        self.news.append(Settled((Word("pieces", 0, self.pieces),)))
        self.pieces = 0

    def results(self):
        """What is new."""
        news, self.news = self.news, []
        return news


class Waiting(Counting):
    """Does nothing before it is let go."""

    def __init__(self):
        super().__init__()
        self.begun, self.go = Event(), Event()

    def feed(self, samples):
        """As long as it takes."""
        self.begun.set()
        self.go.wait()
        super().feed(samples)


class Slow(Waiting):
    """Takes a twentieth of a second for each piece."""

    def feed(self, samples):
        """Long, yet not for ever."""
        self.begun.set()
        self.go.wait(0.05)
        Counting.feed(self, samples)


def piece(value):
    """A short piece of sound, all of one value."""
    return np.full(4, value, np.int16)


def tell(recogniser, values):
    """Feed pieces, None being the end of a stretch; then what is known at once."""
    for value in values:
        if value is None:
            recogniser.finish()
        else:
            recogniser.feed(piece(value))
    return recogniser.results()


@pytest.fixture(scope="module")
def model(model_folder):
    """The loaded model."""
    with models.tuned(model_folder) as folder:
        return VoskModel(folder)


@given(st.lists(st.none() | st.integers(8, 99), max_size=40))
def test_answers_come_whole_and_in_order(values):
    """Whatever is fed and finished, the background changes nothing but when it is known."""
    at_once = tell(Counting(), values)
    with BackgroundRecogniser(Counting()) as recogniser:
        early = tell(recogniser, values)
        recogniser.settle()
        assert early + recogniser.results() == at_once
        assert recogniser.results() == []


def test_nobody_waits_for_a_slow_recogniser():
    """Pieces are taken and nothing is known yet, while the recogniser has not come past the first."""
    inner = Waiting()
    with BackgroundRecogniser(inner) as recogniser:
        assert tell(recogniser, [*range(10, 500), None]) == []
        inner.begun.wait()
        assert recogniser.results() == []
        inner.go.set()
        recogniser.settle()
        assert recogniser.results()[-1] == Settled((Word("pieces", 0, 490),))


def test_the_array_may_be_used_again():
    """What was handed over is what is heard, though the array changes before the recogniser gets there."""
    inner, block = Waiting(), piece(11)
    with BackgroundRecogniser(inner) as recogniser:
        recogniser.feed(block)
        inner.begun.wait()
        recogniser.feed(block)
        block[:] = 12
        inner.go.set()
        recogniser.settle()
        assert recogniser.results() == [Guess("11"), Guess("11")]


def test_a_failure_is_raised_where_results_are_asked_for():
    """After what was found before it, once; from then on nothing is recognised, and nothing hangs."""
    with BackgroundRecogniser(Counting()) as recogniser:
        tell(recogniser, [])
        for value in (8, 7, 9):
            recogniser.feed(piece(value))
        recogniser.settle()
        assert recogniser.results() == [Guess("8")]
        with pytest.raises(ValueError, match="seven"):
            recogniser.results()
        assert tell(recogniser, [9, None]) == []
        recogniser.settle()
        assert recogniser.results() == []


def test_closing_ends_the_thread_and_drops_what_waits():
    """At the end of the program nobody waits for words that no one will read."""
    before, inner = active_count(), Slow()
    recogniser = BackgroundRecogniser(inner)
    for value in range(10, 110):
        recogniser.feed(piece(value))
    inner.begun.wait()
    assert active_count() == before + 1
    recogniser.close()
    assert active_count() == before
    assert 0 < len(recogniser.results()) < 100


def test_vosk_hears_the_same_in_the_background(model):
    """Two stretches of real speech: the same guesses, words and times as from the recogniser alone."""
    sound = np.concatenate([silence(300), sentence(), silence(320)])
    answers = []
    for make in (VoskRecogniser, lambda shared: BackgroundRecogniser(VoskRecogniser(shared))):
        recogniser = make(model)
        for _ in range(2):
            for at in range(0, len(sound), 320):
                recogniser.feed(sound[at : at + 320])
            recogniser.finish()
        if isinstance(recogniser, BackgroundRecogniser):
            recogniser.settle()
        answers.append(recogniser.results())
    assert answers[0] == answers[1]
    assert sum(isinstance(answer, Settled) for answer in answers[0]) == 2


def test_a_listener_gets_the_same_words_later(model):
    """Behind a listener, too, only the moment of knowing differs: what was heard, and when it was said, does not."""
    sound = np.concatenate([silence(500), sentence(), silence(900)])
    heard = []
    for background in (False, True):
        inner = VoskRecogniser(model)
        recogniser = BackgroundRecogniser(inner) if background else inner
        listener = Listener(SileroActivity(), recogniser)
        events = listener.feed(sound) + listener.finish()
        if background:
            recogniser.settle()
            recogniser.close()
            events += listener.collect()
        assert not listener.waiting
        heard += [[(event.at_ms, event.end_ms, event.words) for event in events if isinstance(event, Heard)]]
    assert heard[0] == heard[1]
    assert "delay" in [word.word for _, _, words in heard[0] for word in words]
