"""The second reading: the words of a voice, read again; and no words where nobody speaks."""

import os
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from spoken import sentence, silence

import callsim
from callsim.devices import whisper_model
from callsim.devices.files import open_recording
from callsim.devices.silero import SileroActivity
from callsim.devices.whisper_reader import WhisperReader, plain_words
from callsim.errors import ModelError
from callsim.events import SpeechEnded
from callsim.listening import NoWords, listen
from callsim.timeline import RATE_HZ, Span, ms_at

DEMO = Path(callsim.__file__).parent / "demo"
SAID = tomllib.loads((DEMO / "words.toml").read_text("utf-8"))["words"]


class Steps:
    """A progress display that only remembers."""

    def __init__(self):
        self.seen = []

    def step(self, what, done, total):
        """Kept."""
        self.seen.append((what, done, total))


@pytest.fixture(scope="module")
def reader():
    """The real thing, on the real weights."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed (the extra `accurate`)")
    try:
        return WhisperReader(whisper_model.find() or whisper_model.fetch(Steps()))
    except ModelError as why:
        pytest.skip(f"no model for the second reading here, and no network to fetch it: {why}")


def clip(path):
    """A whole recording at 16 kHz."""
    return np.concatenate(list(open_recording(path).blocks(0, RATE_HZ)))


def voice(sound):
    """Who speaks when, as in a call."""
    return [event.span for event in listen([sound], SileroActivity(), NoWords()) if isinstance(event, SpeechEnded)]


def read(reader, sound, spans, block_samples=RATE_HZ):
    """The readings of a whole sound."""
    blocks = (sound[at : at + block_samples] for at in range(0, len(sound), block_samples))
    return reader.read(blocks, spans, Steps())


def text(readings):
    """All the words, as one string."""
    return " ".join(word.word for _, words in readings for word in words)


@pytest.fixture(scope="module")
def talk():
    """The demo's trainee says four things with pauses between them, and where each of them begins and ends."""
    parts, places, at = [silence(2_000)], {}, 2_000
    for name, pause_ms in (("greeting", 9_000), ("number", 4_000), ("hold", 700), ("choice", 15_000)):
        parts += [spoken := clip(DEMO / f"{name}.flac"), silence(pause_ms)]
        places[name] = Span(at, at + ms_at(len(spoken)))
        at += ms_at(len(spoken)) + pause_ms
    return np.concatenate(parts), places


@pytest.fixture(scope="module")
def readings(reader, talk):
    """The talk, read once."""
    return read(reader, talk[0], voice(talk[0]))


def test_the_words_are_those_that_were_said(readings):
    """More than nine of ten, in the same form as from the live recogniser."""
    heard = set(text(readings).split())
    meant = {word for name in ("greeting", "number", "hold", "choice") for word in plain_words(SAID[name])}
    assert len(heard & meant) > 0.9 * len(meant)
    assert len(heard - meant) < 0.1 * len(meant)


def test_each_word_lies_in_or_near_the_voice_that_said_it(readings, talk):
    """One entry for each span, in order; times run forward, and what was said in a clip is found in that clip."""
    sound, places = talk
    assert [span for span, _ in readings] == voice(sound)
    for span, words in readings:
        edges = [edge for word in words for edge in (word.start_ms, word.end_ms)]
        assert edges == sorted(edges)
        assert all(span.start_ms - 300 <= edge <= span.end_ms + 300 for edge in edges)
        assert all(0 <= word.confidence <= 1 for word in words)
    where = {word.word: word.start_ms for _, words in readings for word in words}
    for word, name in (("bluebird", "greeting"), ("order", "number"), ("scooter", "choice")):
        assert where[word] in places[name]


def test_the_same_sound_gives_the_same_words_however_it_is_delivered(reader, talk, readings):
    """To the millisecond and the last digit of the confidence; also after other sound was read in between."""
    sound, _ = talk
    read(reader, sound[: 5 * RATE_HZ], [Span(2_000, 5_000)])
    assert read(reader, sound, voice(sound), block_samples=1_237) == readings


def test_numbers_are_spelled_out(reader):
    """As the live recogniser writes them, so that the acts see one form; left alone, Whisper writes digits."""
    spoken = sentence("The refund is forty nine dollars, and it takes twenty four hours.")
    sound = np.concatenate((silence(500), spoken, silence(1_000)))
    heard = text(read(reader, sound, voice(sound)))
    assert {"forty", "twenty", "four", "hours"} <= set(heard.split())


def test_progress_runs_to_its_end(reader, talk):
    """Steps never run back, and the last one is all of it."""
    sound, _ = talk
    steps = Steps()
    reader.read([sound], voice(sound), steps)
    done = [done for _, done, _ in steps.seen]
    assert done == sorted(done)
    assert steps.seen[-1][1] == steps.seen[-1][2] > 0


def test_nothing_to_read_gives_nothing(reader):
    """No spans, and a span past the sound's end."""
    assert read(reader, silence(1_000), []) == []
    assert read(reader, silence(1_000), [Span(5_000, 6_000)]) == [(Span(5_000, 6_000), ())]


def noise(seconds, level):
    """White noise."""
    return np.random.default_rng(7).normal(0, level, int(seconds * RATE_HZ)).astype(np.int16)


def hum(seconds):
    """Mains hum and its third harmonic."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (1_000 * np.sin(2 * np.pi * 50 * t) + 300 * np.sin(2 * np.pi * 150 * t)).astype(np.int16)


def hold_music(seconds):
    """Broken chords of a soft, plucked sound."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    sound = np.zeros_like(t)
    notes = (
        261.6,
        329.6,
        392.0,
        523.3,
        220.0,
        261.6,
        329.6,
        440.0,
        174.6,
        220.0,
        261.6,
        349.2,
        196.0,
        246.9,
        293.7,
        392.0,
    )
    for place in range(int(seconds / 0.3)):
        since = t - 0.3 * place
        struck = (since >= 0) & (since < 1.5)
        for overtone in (1, 2, 3):
            tone = np.sin(2 * np.pi * notes[place % len(notes)] * overtone * since[struck]) / overtone
            sound[struck] += tone * np.exp(-3 * since[struck])
    return (sound / np.abs(sound).max() * 8_000).astype(np.int16)


NOT_SPEECH = {
    "silence": lambda seconds: silence(int(seconds * 1000)),
    "room noise": lambda seconds: noise(seconds, 33),
    "loud noise": lambda seconds: noise(seconds, 1_000),
    "hum": hum,
    "hold music": hold_music,
}


@pytest.mark.parametrize("seconds", [0.4, 3, 10, 40])
@pytest.mark.parametrize("name", NOT_SPEECH)
def test_no_words_are_made_up_where_nobody_speaks(reader, name, seconds):
    """Even where voice activity is wrong and calls it speech from end to end."""
    sound = NOT_SPEECH[name](seconds)
    assert text(read(reader, sound, [Span(0, ms_at(len(sound)))])) == ""


@pytest.mark.parametrize("name", NOT_SPEECH)
def test_no_words_are_made_up_between_real_ones(reader, name, talk):
    """A false span of noise between two real ones, read in one window with them, stays without words."""
    sound, _ = talk
    spans = voice(sound)
    pause = Span(spans[-1].end_ms + 2_000, spans[-1].end_ms + 6_000)
    noisy = sound.copy()
    noisy[pause.start_ms * 16 : pause.end_ms * 16] = NOT_SPEECH[name](4)
    assert dict(read(reader, noisy, [*spans, pause]))[pause] == ()


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["keyboard-typing.ogg", "office-ambience-24000-mono.mp3"])
def test_no_words_are_made_up_in_a_real_office(reader, recordings, name):
    """Keyboard and office sound, 3 s spans every 10 s, all of them falsely called speech."""
    sound = clip(recordings / "noise" / name)
    spans = [Span(at, at + 3_000) for at in range(0, ms_at(len(sound)) - 3_000, 10_000)]
    assert text(read(reader, sound, spans)) == ""


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (" Thank", "thank"),
        ("you're,", "you're"),
        ("it’s", "it's"),
        (" well-known.", "well known"),
        ("5", ""),
        (" p.m.?", "p m"),
        ("'Okay,'", "okay"),
        ("OK.", "okay"),
        (" Mr.", "mister"),
        ("café", "cafe"),
        (" ...", ""),
    ],
)
def test_words_are_written_as_the_live_recogniser_writes_them(written, plain):
    """Lower case, no punctuation but the apostrophe within a word."""
    assert " ".join(plain_words(written)) == plain


def test_without_the_extra_the_sentence_tells_how_to_get_it(monkeypatch, tmp_path):
    """The one command that installs it."""
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModelError, match=r"run `pip install callsim\[accurate\]`"):
        WhisperReader(tmp_path)


@pytest.mark.usefixtures("reader")
def test_a_folder_without_weights_is_refused(tmp_path):
    """Nothing is fetched from anywhere: no such folder, an empty one, one with a broken file."""
    with pytest.raises(ModelError, match="There is no model for the second reading in"):
        WhisperReader(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperReader(tmp_path)
    (tmp_path / "model.bin").write_bytes(os.urandom(1000))
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperReader(tmp_path)
