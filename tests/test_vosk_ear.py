"""Vosk as the live ear: stretches in, guesses and words out, the same whatever the delivery."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken import sentence, silence

from callsim.devices import models
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.errors import ModelError
from callsim.phone import Guess, Settled


@pytest.fixture(scope="module")
def model(model_folder):
    """The loaded model."""
    with models.tuned(model_folder) as folder:
        return VoskModel(folder)


def stretch():
    """A sentence with the silence that a listener leaves around it."""
    return np.concatenate([silence(300), sentence(), silence(320)])


def answers(recogniser, sound, piece=320):
    """Everything the recogniser says to one stretch, fed in pieces."""
    for at in range(0, len(sound), piece):
        recogniser.feed(sound[at : at + piece])
    recogniser.finish()
    return recogniser.results()


def test_hears_what_was_said(model):
    """A real sentence by a real voice comes out as its words."""
    settled = answers(VoskRecogniser(model), stretch())[-1]
    assert "sorry about the delay" in " ".join(word.word for word in settled.words)


def test_guesses_grow_into_what_is_settled(model):
    """Guesses come while the sentence is being said, each one new, and one Settled closes the stretch."""
    *guesses, settled = answers(VoskRecogniser(model), stretch())
    assert len(guesses) >= 3
    assert all(isinstance(guess, Guess) for guess in guesses)
    assert isinstance(settled, Settled)
    assert all(one.text != other.text for one, other in pairwise(guesses))


def test_a_guess_is_there_before_the_stretch_is_over(model):
    """The caller can react before the trainee has ended."""
    recogniser = VoskRecogniser(model)
    recogniser.feed(np.concatenate([silence(300), sentence()]))
    assert any("sorry" in guess.text for guess in recogniser.results())


def test_results_are_told_once(model):
    """A second look finds only what is new."""
    recogniser = VoskRecogniser(model)
    assert answers(recogniser, stretch())
    assert recogniser.results() == []


@pytest.fixture(scope="module")
def answers_in_blocks(model):
    """What the recogniser says to a sentence that comes in blocks of 20 ms."""
    return answers(VoskRecogniser(model), stretch())


@settings(max_examples=4, deadline=None)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=8))
def test_delivery_sizes_change_nothing(model, answers_in_blocks, cuts):
    """However the sound is cut up, the guesses, words, times and confidences are the same."""
    sound = stretch()
    recogniser = VoskRecogniser(model)
    for piece in np.split(sound, sorted(cut for cut in cuts if cut < len(sound))):
        recogniser.feed(piece)
    recogniser.finish()
    assert recogniser.results() == answers_in_blocks


def test_word_times_count_from_the_stretch_they_are_in(model):
    """The second stretch's words lie where the sentence lies in it, whatever was decoded before."""
    recogniser = VoskRecogniser(model)
    answers(recogniser, stretch())
    words = answers(recogniser, np.concatenate([silence(1300), sentence()]))[-1].words
    sorry = next(word for word in words if word.word == "sorry")
    assert 1300 + 150 < sorry.start_ms < 1300 + 650
    assert words[-1].end_ms <= 1300 + len(sentence()) // 16 + 100


def test_words_before_and_after_a_pause_within_a_stretch_are_both_kept(model):
    """Where Vosk finds an end of its own inside a stretch, the stretch goes on."""
    twice = np.concatenate([silence(300), sentence(), silence(1500), sentence(), silence(320)])
    *guesses, settled = answers(VoskRecogniser(model), twice)
    text = " ".join(word.word for word in settled.words)
    assert text.count("sorry about") == 2
    assert guesses[-1].text.count("sorry about") == 2
    starts = [word.start_ms for word in settled.words]
    assert starts == sorted(starts)
    assert starts[-1] > 300 + len(sentence()) // 16 + 1500


@pytest.mark.parametrize("sound", [silence(0), silence(20), silence(3000)], ids=["nothing", "a block", "three seconds"])
def test_silence_settles_to_no_words(model, sound):
    """Every stretch gets its Settled, and nobody's silence is filled with words."""
    assert answers(VoskRecogniser(model), sound) == [Settled(())]


def test_is_not_confused_by_a_stretch_of_silence(model):
    """What comes after a silent stretch is heard, and at its own time."""
    recogniser = VoskRecogniser(model)
    answers(recogniser, silence(900))
    settled = answers(recogniser, stretch())[-1]
    assert "sorry" in [word.word for word in settled.words]
    assert settled.words[-1].end_ms <= len(stretch()) // 16


def test_a_folder_that_is_not_there_is_named(tmp_path):
    """The message says which folder, and what to do."""
    with pytest.raises(ModelError, match=r"no speech model in .*nowhere: run `callsim setup`"):
        VoskModel(tmp_path / "nowhere")


def test_a_folder_without_a_model_is_refused(tmp_path):
    """Vosk's own error says nothing; ours says which folder."""
    (tmp_path / "am").mkdir()
    with pytest.raises(ModelError, match="cannot be loaded"):
        VoskModel(tmp_path)
