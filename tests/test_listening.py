"""From blocks of sound to speech started, ended and heard."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken import sentence, silence

from callsim.devices import models
from callsim.devices.silero import SileroActivity
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.events import Heard, Hearing, SpeechEnded, SpeechStarted, Word
from callsim.listening import Listener, listen
from callsim.phone import Guess, Settled

FRAME_MS = 32
HELLO = Word("hello", 400, 500)


class Loudness:
    """The chance of voice in a frame is its first sample in thousandths, so that rules show."""

    frame_samples = 512

    def speech_chance(self, frame):
        """The chance that the test wrote into the frame."""
        return float(frame[0]) / 1000


class Notebook:
    """A recogniser that hears one word in each stretch, and keeps what it was given."""

    def __init__(self, word=HELLO, background=False):
        self.word, self.background = word, background
        self.stretches, self.news, self.late = [np.zeros(0, np.int16)], [], []

    def feed(self, samples):
        """Guess at once."""
        self.stretches[-1] = np.concatenate([self.stretches[-1], samples])
        self.news.append(Guess(str(len(self.stretches))))

    def finish(self):
        """Settle, now or when the test says so."""
        (self.late if self.background else self.news).append(Settled((self.word,)))
        self.stretches.append(np.zeros(0, np.int16))

    def answer(self):
        """What worked in the background is done."""
        self.news, self.late = self.news + self.late, []

    def results(self):
        """What is new."""
        news, self.news = self.news, []
        return news


TONE = np.tile([1, 1, 1, 1, -1, -1, -1, -1], 64).astype(np.int16)


def sound(*frames):
    """Frames of a tone as loud as its chances: (how many, chance in thousandths)."""
    return np.concatenate([np.tile(TONE * chance, many) for many, chance in frames]).astype(np.int16)


def events_of(samples, recogniser=None, who="trainee"):
    """All events of a sound."""
    return list(listen([samples], Loudness(), recogniser or Notebook(), who))


def spans_of(samples):
    """Start and end of every stretch in a sound."""
    return [(event.started_ms, event.at_ms) for event in events_of(samples) if isinstance(event, SpeechEnded)]


def edge(frames):
    """The edge between two frames, which is found to two steps of 5 ms."""
    return pytest.approx(frames * FRAME_MS, abs=10)


def heard_in(*frames):
    """How many stretches there are in frames of chances."""
    return len(spans_of(sound(*frames)))


def test_silence_has_no_events():
    """Nobody speaks, nothing happens."""
    assert events_of(sound((200, 0))) == []


def test_a_stretch_starts_is_heard_and_ends():
    """Started once 120 ms are confirmed, ended once 300 ms of silence are; edges are finer than frames."""
    started, *hearings, ended, heard = events_of(sound((50, 0), (20, 900), (30, 0)), who="caller")
    assert (started.at_ms, ended.at_ms) == (edge(50), edge(70))
    assert started == SpeechStarted(started.at_ms, noticed_ms=54 * FRAME_MS, who="caller")
    assert ended == SpeechEnded(ended.at_ms, noticed_ms=78 * FRAME_MS, started_ms=started.at_ms, who="caller")
    assert {type(hearing) for hearing in hearings} == {Hearing}
    assert isinstance(heard, Heard)
    assert (heard.at_ms, heard.end_ms, heard.noticed_ms) == (started.at_ms, ended.at_ms, ended.noticed_ms)


def test_speech_in_the_first_frame_is_heard():
    """There is no warm-up in which a quick "yes" is lost."""
    assert spans_of(sound((6, 900), (30, 0))) == [(0, edge(6))]


def test_a_burst_is_no_speech():
    """Three voiced frames are not enough, four are."""
    assert heard_in((50, 0), (3, 900), (50, 0)) == 0
    assert heard_in((50, 0), (4, 900), (50, 0)) == 1


def test_bursts_do_not_add_up():
    """A keyboard is not a talker, however long it goes on."""
    assert heard_in((50, 0), *[(3, 900), (5, 0)] * 20, (50, 0)) == 0


def test_the_shortest_stretch_is_as_long_as_a_burst():
    """However soft the last of it was, a stretch is never shorter than what was confirmed."""
    samples = sound((50, 0), (4, 900), (50, 0))
    samples[51 * 512 + 1 : 54 * 512] //= 1000
    samples[[51 * 512, 52 * 512, 53 * 512]] = 900
    [(start_ms, end_ms)] = spans_of(samples)
    assert end_ms - start_ms == 120


def test_a_short_gap_is_bridged_and_a_long_one_is_not():
    """Frames find voice soon and lose it late: eight without voice are a gap of 300 ms."""
    assert heard_in((50, 0), (20, 900), (7, 0), (20, 900), (50, 0)) == 1
    assert heard_in((50, 0), (20, 900), (8, 0), (20, 900), (50, 0)) == 2


def test_voice_that_falters_stays_voice():
    """It takes 0.5 to begin and 0.35 to go on."""
    assert heard_in((50, 0), (30, 400), (50, 0)) == 0
    assert spans_of(sound((50, 0), (10, 500), (30, 350), (50, 0))) == [(edge(50), edge(90))]
    assert heard_in((50, 0), (10, 900), (30, 340), (10, 900), (50, 0)) == 2


def test_the_recogniser_hears_a_little_before_and_after():
    """300 ms before the onset, and until the end was noticed."""
    samples, notebook = sound((50, 0), (20, 900), (30, 0)), Notebook()
    started, *_ = events_of(samples, notebook)
    assert np.array_equal(notebook.stretches[0], samples[(started.at_ms - 300) * 16 : 78 * 512])


def test_the_recogniser_hears_nothing_twice():
    """A stretch close behind another begins where that one ended."""
    samples, notebook = sound((50, 0), (20, 900), (9, 0), (20, 900), (30, 0)), Notebook()
    started, *_ = events_of(samples, notebook)
    one, other, _ = notebook.stretches
    assert np.array_equal(np.concatenate([one, other]), samples[(started.at_ms - 300) * 16 : 107 * 512])


def test_words_are_moved_to_the_time_of_the_call():
    """400 ms into a stretch that begins 300 ms before the onset is 100 ms after it."""
    *_, heard = events_of(sound((50, 0), (20, 900), (30, 0)), Notebook(Word("hello", 400, 500, 0.8)))
    assert heard.words == (Word("hello", heard.at_ms + 100, heard.at_ms + 200, 0.8),)


@pytest.mark.parametrize("ghost", [Word("the", 0, 200), Word("the", 1100, 1400)], ids=["before", "after"])
def test_a_word_outside_the_voice_is_dropped(ghost):
    """What a recogniser makes of breath and room is not said by anybody."""
    *_, heard = events_of(sound((50, 0), (20, 900), (30, 0)), Notebook(ghost))
    assert heard.words == ()


def test_a_word_at_the_edge_is_kept_and_cut():
    """A word may reach out of the voice by 150 ms, no more."""
    *_, heard = events_of(sound((50, 0), (20, 900), (30, 0)), Notebook(Word("well", 0, 700)))
    assert heard.words[0].start_ms == heard.at_ms - 150


def test_word_times_come_into_order():
    """A recogniser's words may overlap, an event's never do."""

    class Muddled(Notebook):
        def finish(self):
            self.news.append(Settled((Word("good", 400, 600), Word("day", 500, 590), Word("all", 590, 700))))

    *_, heard = events_of(sound((50, 0), (20, 900), (30, 0)), Muddled())
    assert [word.word for word in heard.words] == ["good", "day", "all"]
    edges = [edge for word in heard.words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)


def test_the_end_of_the_sound_ends_the_stretch():
    """A recording that stops in mid-word is heard to its last sample, though that is no whole frame."""
    samples = sound((50, 0), (20, 900))[:-100]
    notebook = Notebook()
    *_, ended, heard = events_of(samples, notebook)
    assert ended.at_ms == ended.noticed_ms == heard.end_ms == len(samples) // 16
    assert np.array_equal(notebook.stretches[0], samples[-len(notebook.stretches[0]) :])


def test_a_stretch_that_had_ended_when_the_sound_stopped_keeps_its_end():
    """Silence that is too short to be noticed is still silence."""
    assert spans_of(sound((50, 0), (20, 900), (4, 0))) == [(edge(50), edge(70))]


def test_a_recogniser_in_the_background_is_waited_for():
    """Its words come when they come, for the stretch they belong to, and are noticed then."""
    notebook = Notebook(background=True)
    listener = Listener(Loudness(), notebook)
    early = listener.feed(sound((50, 0), (20, 900), (30, 0), (20, 900)))
    turns = [type(event) for event in early if not isinstance(event, Hearing)]
    assert turns == [SpeechStarted, SpeechEnded, SpeechStarted]
    notebook.answer()
    [heard, *_] = listener.feed(sound((1, 900)))
    assert isinstance(heard, Heard)
    assert heard.at_ms == early[0].at_ms
    assert heard.noticed_ms == 121 * FRAME_MS
    assert listener.waiting
    assert not any(isinstance(event, Heard) for event in listener.finish())
    notebook.answer()
    [heard] = listener.collect()
    assert heard.at_ms == edge(100)
    assert not listener.waiting


frames = st.lists(st.tuples(st.integers(1, 15), st.sampled_from([0, 340, 400, 900])), min_size=1, max_size=25)


@given(frames=frames, cuts=st.lists(st.integers(0, 512 * 100), max_size=20))
def test_delivery_sizes_never_change_events(frames, cuts):
    """The same sound in other pieces gives the same events, to the last number."""
    samples = sound(*frames)
    pieces = np.split(samples, sorted(cut for cut in cuts if cut < len(samples)))
    by_block = [samples[at : at + 320] for at in range(0, len(samples), 320)]
    assert list(listen(pieces, Loudness(), Notebook())) == list(listen(by_block, Loudness(), Notebook()))


@given(frames=frames)
def test_stretches_are_in_order_long_enough_and_apart(frames):
    """No stretch is shorter than 120 ms, none begins before the last one's end, and each is heard once."""
    events = events_of(sound(*frames))
    spans = [(event.started_ms, event.at_ms) for event in events if isinstance(event, SpeechEnded)]
    assert all(end - start >= 120 for start, end in spans)
    assert all(later[0] >= sooner[1] for sooner, later in pairwise(spans))
    assert [(e.at_ms, e.end_ms) for e in events if isinstance(e, Heard)] == spans
    noticed = [event.noticed_ms for event in events]
    assert noticed == sorted(noticed)
    assert all(event.at_ms <= event.noticed_ms for event in events)


@pytest.fixture(scope="module")
def model(model_folder):
    """The loaded speech model."""
    with models.tuned(model_folder) as folder:
        return VoskModel(folder)


def test_a_spoken_sentence_is_found_and_heard(model):
    """With the real parts: the words, within 30 ms of the true onset and 80 ms of the end, which fades."""
    samples = np.concatenate([silence(1003), sentence(), silence(2000)])
    events = list(listen([samples], SileroActivity(), VoskRecogniser(model)))
    [ended] = [event for event in events if isinstance(event, SpeechEnded)]
    [heard] = [event for event in events if isinstance(event, Heard)]
    assert abs(ended.started_ms - 1003) <= 30
    assert abs(ended.at_ms - 1003 - len(sentence()) // 16) <= 80
    assert "sorry about the delay" in heard.text
    assert any("sorry" in event.text for event in events if isinstance(event, Hearing))


@pytest.fixture(scope="module")
def events_of_the_whole(model):
    """What the real parts make of a sentence that comes in one piece."""
    return list(listen([sentence_in_silence()], SileroActivity(), VoskRecogniser(model)))


def sentence_in_silence():
    """Half a second of silence, the sentence, 0.7 s of silence."""
    return np.concatenate([silence(500), sentence(), silence(700)])


@settings(max_examples=4, deadline=None)
@given(cuts=st.lists(st.integers(0, 48_000), max_size=6))
def test_delivery_sizes_never_change_what_the_real_parts_hear(model, events_of_the_whole, cuts):
    """Neither the voice detector nor the recogniser notices how the sound came."""
    samples = sentence_in_silence()
    pieces = np.split(samples, sorted(cut for cut in cuts if cut < len(samples)))
    assert list(listen(pieces, SileroActivity(), VoskRecogniser(model))) == events_of_the_whole
