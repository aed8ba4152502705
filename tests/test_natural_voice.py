"""Six people out of one network: each its own, each the same every time, and nothing fetched for it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from bench_voices import sample

from callsim.cli.engines import mouth, speech_driver
from callsim.devices import models, natural_voice
from callsim.devices.clip_sound import speech_level_dbfs
from callsim.devices.natural_voice import NaturalSynthesiser, digest
from callsim.devices.pyttsx3_voice import platform_driver
from callsim.devices.vosk_ear import VoskModel, VoskRecogniser
from callsim.errors import InputError, OurBug, VoiceEngineError, VoiceError
from callsim.phone import Clip, Delivery, Settled
from callsim.timeline import RATE_HZ
from callsim.voice import Voice, read_voice, voice_files

VOICES = {name: read_voice(path) for name, path in voice_files(Path(__file__).parents[1] / "voices").items()}
NAMES = sorted(VOICES)
LINES = (
    "I have been waiting at home all day, and nobody came.",
    "The bill is forty two pounds higher than last month.",
    "Can you tell me when it will be here?",
    "I'd like to know what happened, and I'd like my money back.",
    "No, I did not order that. Nobody here did.",
    "All right. Thank you for looking into it so quickly.",
)
installed = pytest.mark.skipif(natural_voice.missing() is not None, reason=str(natural_voice.missing()))


@cache
def engine() -> NaturalSynthesiser:
    """One engine for all tests."""
    return NaturalSynthesiser()


@cache
def said(name: str, frustration: int, line: int = 0) -> Clip:
    """A line by a voice in a mood, on a clear line."""
    return engine().clip(LINES[line], delivery(name, frustration))


def delivery(name: str, frustration: int) -> Delivery:
    """A voice in a mood, on a clear line."""
    return replace(VOICES[name].delivery(frustration, "natural"), line="clear")


def pitch_hz(clip: Clip) -> float:
    """The middle of the pitch, from the autocorrelation of 40 ms frames that are clearly voiced."""
    sound = clip.samples.astype(float)
    found = []
    for at in range(0, len(sound) - 640, 160):
        frame = sound[at : at + 640] - sound[at : at + 640].mean()
        echo = np.correlate(frame, frame, "full")[639:]
        lags = slice(RATE_HZ // 420, RATE_HZ // 65)
        best = int(np.argmax(echo[lags])) + RATE_HZ // 420
        if echo[0] > 1e6 and echo[best] > 0.5 * echo[0]:
            found.append(RATE_HZ / best)
    return float(np.median(found))


def sharpness_db(clip: Clip) -> float:
    """How strong the sound is above 2 kHz against below 1 kHz."""
    power = np.abs(np.fft.rfft(clip.samples.astype(float))) ** 2
    hz = np.fft.rfftfreq(len(clip.samples), 1 / RATE_HZ)
    return float(10 * np.log10(power[hz > 2000].sum() / power[hz < 1000].sum()))


@installed
def test_the_same_line_has_the_same_bytes_in_any_order_and_process() -> None:
    """By another engine, after other lines, and in a process of its own."""
    whole = said("ruth", 50).samples
    other = NaturalSynthesiser()
    other.clip(LINES[1], delivery("tony", 90))
    np.testing.assert_array_equal(other.clip(LINES[0], delivery("ruth", 50)).samples, whole)
    program = "import test_natural_voice as t; print(t.said('ruth', 50).samples.tobytes().hex())"
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == whole.tobytes().hex()


@installed
def test_lines_spoken_at_once_are_the_lines_spoken_one_by_one() -> None:
    """Several threads may ask."""
    with ThreadPoolExecutor(4) as pool:
        clips = list(pool.map(lambda line: engine().clip(line, delivery("dana", 30)), LINES))
    for line, clip in zip(LINES, clips, strict=True):
        np.testing.assert_array_equal(clip.samples, engine().clip(line, delivery("dana", 30)).samples)


@installed
def test_men_speak_deeper_than_women() -> None:
    """Every man of ours than every woman, and no two voices lie at the same pitch."""
    pitch = {name: pitch_hz(said(name, 50)) for name in NAMES}
    women = [pitch[name] for name in NAMES if VOICES[name].gender == "woman"]
    men = [pitch[name] for name in NAMES if VOICES[name].gender == "man"]
    assert max(men) * 1.1 < min(women), pitch
    ordered = sorted(pitch.values())
    assert all(after / before > 1.03 for before, after in pairwise(ordered)), pitch


@installed
def test_the_accent_is_heard_in_the_words() -> None:
    """The same person says the same words otherwise with the British lexicon."""
    person = delivery("ruth", 50).person
    assert person is not None
    text = "The car was parked after the bath."
    american = replace(delivery("ruth", 50), person=replace(person, lexicon="us"))
    clips = [engine().clip(text, by).samples.tobytes() for by in (american, delivery("ruth", 50))]
    assert clips[0] != clips[1]


@installed
@pytest.mark.parametrize("name", NAMES)
def test_frustration_makes_a_voice_higher_faster_and_sharper(name: str) -> None:
    """From calm to furious, over all lines."""
    calm, furious = ([said(name, mood, n) for n in range(len(LINES))] for mood in (0, 100))
    assert np.mean([pitch_hz(clip) for clip in furious]) > 1.1 * np.mean([pitch_hz(clip) for clip in calm])
    assert sum(clip.duration_ms for clip in furious) < 0.95 * sum(clip.duration_ms for clip in calm)
    assert np.mean([sharpness_db(clip) for clip in furious]) > np.mean([sharpness_db(clip) for clip in calm]) + 1


@installed
@pytest.mark.parametrize("frustration", [0, 50, 100])
def test_voices_are_equally_loud_at_the_same_frustration(frustration: int) -> None:
    """Within 2 dB, line by line."""
    levels = [speech_level_dbfs(said(name, frustration, n).samples) for name in NAMES for n in range(len(LINES))]
    assert max(levels) - min(levels) < 2


@installed
@pytest.mark.parametrize("name", NAMES)
def test_a_voice_speaks_as_fast_as_people_do(name: str) -> None:
    """130 to 180 words a minute in the lines of our scripts, and within 10 % of what was asked."""
    lines = sample(8)
    clips = [engine().clip(line, delivery(name, 50)) for line in lines]
    heard = 60_000 * sum(len(line.split()) for line in lines) / sum(clip.duration_ms for clip in clips)
    assert 130 <= heard <= 180
    assert 0.9 < heard / delivery(name, 50).words_per_minute < 1.1


@installed
@pytest.mark.parametrize("frustration", [0, 100])
def test_vosk_understands_every_voice(model_folder: Path, frustration: int) -> None:
    """Through the telephone, at most 8 words wrong in 100 (a few lines here, all of them in bench_voices.py)."""
    jiwer = pytest.importorskip("jiwer")
    with models.tuned(model_folder) as folder:
        model = VoskModel(folder)
    pad = np.zeros(RATE_HZ // 2, np.int16)
    told, heard = [], []
    for name in NAMES:
        for line in LINES:
            ear = VoskRecogniser(model)
            clip = engine().clip(line, VOICES[name].delivery(frustration, "natural"))
            ear.feed(np.concatenate((pad, clip.samples, pad)))
            ear.finish()
            words = [word.word for news in ear.results() if isinstance(news, Settled) for word in news.words]
            told.append(line.lower().translate(str.maketrans("", "", ".,?")))
            heard.append(" ".join(words))
    assert jiwer.wer(told, heard) <= 0.08


@installed
def test_digits_are_read_out() -> None:
    """14 as fourteen."""
    digits, words = (engine().clip(f"It was {said} days ago.", delivery("dana", 0)) for said in ("14", "fourteen"))
    assert abs(digits.duration_ms - words.duration_ms) < 20


@installed
def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """hibari would get more voices from the network; ours are all made of the one that came with it."""

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    natural_voice._network.cache_clear()
    for name in NAMES:
        assert engine().clip("Hello.", delivery(name, 50)).duration_ms > 100


@installed
def test_a_clip_begins_and_ends_with_voice() -> None:
    """No silence at its edges."""
    samples = said("marcus", 50).samples.astype(float)
    for edge in (samples[:800], samples[-800:]):
        assert np.sqrt(np.mean(edge**2)) > 10


@installed
@pytest.mark.parametrize("text", ["", "  ", "?!", "x" * 2001])
def test_what_cannot_be_said_is_refused(text: str) -> None:
    """As by the other engine."""
    with pytest.raises(InputError):
        engine().clip(text, delivery("dana", 0))


@installed
@pytest.mark.parametrize("text", ["Zyxwvut qrst.", "\N{SNOWMAN} yes", "O'Neill & Sons, 3rd floor", "é à ü", "a" * 300])
def test_odd_text_is_spoken(text: str) -> None:
    """Somehow, without a fall."""
    assert engine().clip(text, delivery("dana", 0)).duration_ms > 50


def test_nobody_cannot_speak() -> None:
    """A delivery for another engine is our mistake."""
    with pytest.raises(OurBug):
        NaturalSynthesiser().clip("Hello.", Delivery("Samantha", 150, 50, 50, -23.0))


def test_another_version_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the remedy."""
    monkeypatch.setattr(natural_voice, "find_spec", lambda _: object())
    monkeypatch.setattr(natural_voice, "version", lambda _: "0.3.0")
    assert "here is 0.3.0" in str(natural_voice.missing())


def test_files_that_were_changed_are_refused(monkeypatch: pytest.MonkeyPatch, fresh: Callable[[], None]) -> None:
    """The package is held to the files that were measured, not to its number alone."""
    fresh()
    monkeypatch.setattr(natural_voice, "missing", lambda: None)
    monkeypatch.setattr(natural_voice, "DIGEST", "0" * 64)
    with pytest.raises(VoiceEngineError, match="not those that were measured"):
        NaturalSynthesiser().clip("Hello.", delivery("dana", 0))


@pytest.fixture
def fresh() -> Callable[[], None]:
    """Forget what was loaded, before a test and after it."""

    def forget() -> None:
        natural_voice._network.cache_clear()
        natural_voice._check_files.cache_clear()

    yield forget
    forget()


def test_a_digest_tells_names_and_contents_apart(tmp_path: Path) -> None:
    """Compiled files do not count."""
    (tmp_path / "a").write_text("1")
    first = digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("2")
    assert digest(tmp_path) == first
    (tmp_path / "a").rename(tmp_path / "b")
    assert digest(tmp_path) != first


def test_natural_voices_speak_where_they_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this platform's engine does, and CALLSIM_VOICES decides against both."""
    voice = VOICES["dana"]
    monkeypatch.delenv("CALLSIM_VOICES")
    monkeypatch.setattr(natural_voice, "missing", lambda: None)
    assert speech_driver(voice) == "natural"
    assert speech_driver(without_natural(voice)) == platform_driver()
    monkeypatch.setattr(natural_voice, "missing", lambda: "They are not installed")
    assert speech_driver(voice) == platform_driver()
    monkeypatch.setenv("CALLSIM_VOICES", "natural")
    with pytest.raises(VoiceEngineError, match="They are not installed"):
        speech_driver(voice)
    monkeypatch.setattr(natural_voice, "missing", lambda: None)
    with pytest.raises(VoiceError, match=r"no table \[natural\]"):
        speech_driver(without_natural(voice))
    monkeypatch.setenv("CALLSIM_VOICES", "pyttsx3")
    assert speech_driver(voice) == platform_driver()
    monkeypatch.setenv("CALLSIM_VOICES", "festival")
    with pytest.raises(InputError, match="natural or pyttsx3"):
        speech_driver(voice)


def without_natural(voice: Voice) -> Voice:
    """The same voice for the platform's engine alone."""
    return voice.model_copy(update={"natural": None})


@installed
def test_a_caller_speaks_naturally_through_the_telephone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the trainee of a scene, who sits at the other end, clearly."""
    monkeypatch.setenv("CALLSIM_VOICES", "natural")
    with mouth("dana") as caller, mouth("dana", "clear") as trainee:
        assert (caller.driver, caller.voice.delivery(0, "natural").line) == ("natural", "telephone")
        assert trainee.voice.delivery(0, "natural").line == "clear"
