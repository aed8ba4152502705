"""A recogniser that stalls for half a second: the call does not wait, and no speech or silence changes its length."""

import time

import numpy as np
import pytest
from spoken import sentence, silence

from callsim.devices import models
from callsim.devices.background import BackgroundRecogniser
from callsim.devices.silero import SileroActivity
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.events import Heard, SpeechEnded, SpeechStarted
from callsim.listening import Listener
from callsim.timeline import BLOCK_SAMPLES

STALL_S = 0.5


class Stalling:
    """Another recogniser that stands still in its second piece, and again when a stretch is over."""

    def __init__(self, inner):
        self._inner, self._pieces = inner, 0
        self.stalls = 0

    def _stall(self):
        self.stalls += 1
        time.sleep(STALL_S)

    def feed(self, samples):
        """The next samples, late."""
        self._pieces += 1
        if self._pieces == 2:
            self._stall()
        self._inner.feed(samples)

    def finish(self):
        """The stretch is over, late."""
        self._stall()
        self._inner.finish()

    def results(self):
        """What is known."""
        return self._inner.results()


@pytest.fixture(scope="module")
def model(model_folder):
    """The loaded model."""
    with models.tuned(model_folder) as folder:
        return VoskModel(folder)


def heard(recogniser, settle):
    """The events of two sentences, block by block: of the voice, of the words, and words that came meanwhile."""
    sound = np.concatenate([silence(500), sentence(), silence(900), sentence(), silence(900)])
    listener = Listener(SileroActivity(), recogniser)
    blocks = (sound[at : at + BLOCK_SAMPLES] for at in range(0, len(sound), BLOCK_SAMPLES))
    events = [event for block in blocks for event in listener.feed(block)]
    early = [event for event in events if isinstance(event, Heard)]
    events += listener.finish()
    settle()
    events += listener.collect()
    voice = [event for event in events if isinstance(event, SpeechStarted | SpeechEnded)]
    words = [(event.at_ms, event.end_ms, event.words) for event in events if isinstance(event, Heard)]
    return voice, words, early


def test_a_stall_changes_no_span(model):
    """The voice's events are the same to the millisecond, when noticed too; the words are the same and come later."""
    voice, words, _ = heard(VoskRecogniser(model), lambda: None)
    slow = Stalling(VoskRecogniser(model))
    with BackgroundRecogniser(slow) as background:
        late_voice, late_words, early = heard(background, background.settle)
    assert slow.stalls >= 3
    assert len(voice) >= 4
    assert late_voice == voice
    assert late_words == words
    assert early == []
