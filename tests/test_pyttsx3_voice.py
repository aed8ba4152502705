"""The caller's voice with the real engine: the same bytes each time, whatever the line, and loud and fast as asked."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from real_voice import CALM, LINES, VOICES, another_worker, digest, espeak_only, real_engine  # noqa: F401 - fixtures

from callsim.devices.clip_sound import clip_from_file, speech_level_dbfs
from callsim.devices.espeak_library import load_espeak
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, nominal_rate, platform_driver
from callsim.errors import InputError, VoiceEngineError
from callsim.phone import Delivery


@espeak_only
def test_the_same_line_has_the_same_bytes_in_any_order(engine: Pyttsx3Synthesiser) -> None:
    """First, after other lines, and in a fresh synthesiser."""
    first = [digest(engine.clip(line, CALM)) for line in LINES]
    again = [digest(engine.clip(line, CALM)) for line in reversed(LINES)]
    with Pyttsx3Synthesiser() as fresh:
        apart = digest(fresh.clip(LINES[2], CALM))
    assert again == first[::-1]
    assert apart == first[2]
    assert len(set(first)) == len(LINES)


@espeak_only
def test_the_time_of_day_is_not_in_the_sound(worker, engine: Pyttsx3Synthesiser) -> None:
    """espeak-ng seeds its breath noise with the time in seconds; a shifted clock must not be heard."""
    now = digest(engine.clip(LINES[0], CALM))
    worker(
        "from callsim.devices import espeak_driver as driver\n"
        "start = driver._start\n"
        "def later():\n"
        "    rate_hz = start()\n"
        "    driver._espeak.dll.espeak_ng_SetRandSeed(12345)\n"
        "    driver.ctypes.CDLL(None).srand(12345)\n"
        "    return rate_hz\n"
        "driver._start = later\n"
        "worker.main('espeak')"
    )
    assert digest(Pyttsx3Synthesiser().clip(LINES[0], CALM)) == now


@espeak_only
def test_the_place_and_language_of_the_user_are_not_in_the_sound(
    engine: Pyttsx3Synthesiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder, home, locale and data path; a file there that is named like a module is not run."""
    here = digest(engine.clip(LINES[0], CALM))
    (tmp_path / "json.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    for name, value in {"HOME": str(tmp_path), "LC_ALL": "C", "ESPEAK_DATA_PATH": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    with Pyttsx3Synthesiser() as elsewhere:
        assert digest(elsewhere.clip(LINES[0], CALM)) == here


@espeak_only
def test_speaking_one_line_per_process_gives_the_same_bytes(worker, engine: Pyttsx3Synthesiser) -> None:
    """What macOS and Windows do, with espeak-ng: the parent starts a fresh process for each line."""
    forked = [digest(engine.clip(line, CALM)) for line in LINES[:2]]
    worker("worker.CAN_FORK = False\nworker.main('espeak')")
    alone = Pyttsx3Synthesiser()
    assert [digest(alone.clip(line, CALM)) for line in LINES[:2]] == forked


@espeak_only
def test_a_deep_installation_folder_is_no_obstacle(worker, engine: Pyttsx3Synthesiser, tmp_path: Path) -> None:
    """espeak-ng keeps 160 bytes of its data path, and ours is longer."""
    data = load_espeak().data_folder
    if data is None:
        pytest.skip("the system's espeak-ng knows its own data folder")
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)
    (deep / "data").symlink_to(data)
    worker(
        "from callsim.devices import espeak_library as library\n"
        "load = library.load_espeak\n"
        f"library.load_espeak = lambda: load() and library.EspeakLibrary('', {str(deep / 'data')!r})\n"
        "worker.main('espeak')"
    )
    assert digest(Pyttsx3Synthesiser().clip(LINES[1], CALM)) == digest(engine.clip(LINES[1], CALM))


def test_interleaved_rates_keep_their_durations(engine: Pyttsx3Synthesiser) -> None:
    """A rate is never the last line's: slow lines stay slower than fast ones, and each as before."""
    slow, fast = replace(CALM, words_per_minute=130), replace(CALM, words_per_minute=180)
    durations = [engine.clip(LINES[0], delivery).duration_ms for delivery in (slow, fast, slow, fast)]
    assert durations[0] == durations[2]
    assert durations[1] == durations[3]
    assert durations[0] / durations[1] == pytest.approx(180 / 130, rel=0.1)


@espeak_only
@pytest.mark.parametrize("words_per_minute", [130, 150, 180])
def test_a_voice_speaks_as_fast_as_asked(engine: Pyttsx3Synthesiser, words_per_minute: int) -> None:
    """All our voices, over all lines of a talk: within 12 % of the words a minute that were asked for."""
    words = sum(len(line.split()) for line in LINES)
    for voice in VOICES.values():
        delivery = replace(voice.delivery(50, "espeak"), words_per_minute=words_per_minute)
        heard_ms = sum(engine.clip(line, delivery).duration_ms for line in LINES)
        assert words * 60_000 / heard_ms == pytest.approx(words_per_minute, rel=0.12)


@pytest.mark.parametrize("frustration", [0, 50, 100])
def test_voices_are_equally_loud_at_the_same_frustration(engine: Pyttsx3Synthesiser, frustration: int) -> None:
    """Within 2 dB of each other, each as loud as asked, and none near clipping."""
    levels = []
    for voice in VOICES.values():
        delivery = voice.delivery(frustration, platform_driver())
        clips = [engine.clip(line, delivery) for line in LINES]
        levels += [speech_level_dbfs(clip.samples) for clip in clips]
        # The line's hiss (28 of 32768) lies on top.
        assert max(np.abs(clip.samples.astype(int)).max() for clip in clips) <= 32768 * 10 ** (-1 / 20) + 29
    assert max(levels) - min(levels) <= 2


@espeak_only
def test_pitch_and_liveliness_are_heard(engine: Pyttsx3Synthesiser) -> None:
    """Each changes the sound."""
    clips = [CALM, replace(CALM, pitch=90), replace(CALM, liveliness=95)]
    assert len({digest(engine.clip(LINES[0], delivery)) for delivery in clips}) == 3


def test_a_clip_begins_and_ends_with_voice(engine: Pyttsx3Synthesiser) -> None:
    """Within its first and last 20 ms there is sound; it is 16 kHz mono, 16 bit."""
    for line in LINES:
        samples = engine.clip(line, CALM).samples
        assert samples.dtype == np.int16
        assert samples.ndim == 1
        for edge in (samples[:320], samples[-320:]):
            assert np.abs(edge.astype(int)).max() > 10


def test_a_level_that_would_clip_is_lowered(engine: Pyttsx3Synthesiser) -> None:
    """The shape of the sound stays, the peak stops 1 dB below full scale."""
    normal, loud = (
        engine.clip(LINES[0], replace(CALM, level_dbfs=level, line="clear")).samples.astype(float)
        for level in (CALM.level_dbfs, -3.0)
    )
    assert np.abs(loud).max() == pytest.approx(32768 * 10 ** (-1 / 20), abs=1)
    if platform_driver() == "espeak":
        np.testing.assert_allclose(loud / np.abs(loud).max(), normal / np.abs(normal).max(), atol=0.001)


@pytest.mark.parametrize("text", ["", "   ", "…!?", "\x00\n", "🦄"])
def test_a_line_without_words_is_refused(engine: Pyttsx3Synthesiser, text: str) -> None:
    """One sentence, before any engine is asked."""
    with pytest.raises(InputError, match="nothing to say"):
        engine.clip(text, CALM)


def test_a_line_longer_than_any_breath_is_refused(engine: Pyttsx3Synthesiser) -> None:
    """The message has the length, and nothing of what was said."""
    with pytest.raises(InputError, match="2006 characters") as caught:
        engine.clip("secret " * 286 + "word", CALM)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        '"Quotes", \'quotes\' & <b>tags</b> {"json": 1} \\ % $HOME',
        "Great 😡😡 news: £1,234.56!",
        "broken \ud800 Unicode\x00 and\na tab\t.",
        "WWW HTTPS 24/7 3/4 5G",
        "No no no no no no no!",
        "Llanfairpwllgwyngyll señor Łódź 北京",
        "I want this mended. " * 99,
    ],
)
def test_odd_text_is_spoken(engine: Pyttsx3Synthesiser, text: str) -> None:
    """Whatever an author writes becomes a whole clip."""
    assert engine.clip(text, CALM).duration_ms > 50


def test_markup_is_not_obeyed(engine: Pyttsx3Synthesiser) -> None:
    """A long pause written as a tag is no pause."""
    plain, marked = (engine.clip(f"One {tag} two", CALM).duration_ms for tag in ("", '<break time="60s"/>'))
    assert marked < plain + 20_000


@pytest.mark.parametrize("name", ["nobody", "en-us+nobody", "EN-US+F3", "", "+f3"])
def test_an_unknown_voice_is_named(engine: Pyttsx3Synthesiser, name: str) -> None:
    """Also a variant that espeak-ng itself would quietly leave out; the next line is spoken all the same."""
    if platform_driver() != "espeak" and name != "nobody":
        pytest.skip("a name of espeak-ng")
    with pytest.raises(VoiceEngineError, match="cannot speak") as caught:
        engine.clip("secret", replace(CALM, engine_voice=name))
    assert repr(name) in str(caught.value)
    assert "secret" not in str(caught.value)
    assert engine.clip(LINES[1], CALM).duration_ms > 500


def test_all_our_voices_are_known_here(engine: Pyttsx3Synthesiser) -> None:
    """Each voice file names a voice that this platform has."""
    for voice in VOICES.values():
        assert engine.clip("Hello.", voice.delivery(50, platform_driver())).duration_ms > 100


@espeak_only
def test_identity_names_the_engines(engine: Pyttsx3Synthesiser) -> None:
    """pyttsx3 and espeak-ng with their versions, and ours."""
    assert engine.identity.startswith("pyttsx3 2.99, espeak-ng 1.")


@espeak_only
def test_the_bundled_espeak_comes_before_the_systems() -> None:
    """Where pip brought one, its library and its data are the ones used, on each machine the same."""
    loader = pytest.importorskip("espeakng_loader")
    assert str(load_espeak().data_folder) == loader.get_data_path()
    code = (
        "import json\nfrom callsim.devices import espeak_driver\n"
        "print(json.dumps([line.split()[-1] for line in open('/proc/self/maps') if 'libespeak' in line]))"
    )
    if sys.platform == "linux":
        root = Path(__file__).parents[1]
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
        assert set(json.loads(loaded.stdout)) == {str(Path(loader.get_library_path()).resolve())}


@pytest.mark.parametrize("driver", ["nsss", "sapi5"])
def test_other_engines_are_taken_at_their_word(driver: str) -> None:
    """Only espeak-ng was measured."""
    assert nominal_rate(150, driver) == 150


@pytest.mark.parametrize(("rate_hz", "channels", "kind"), [(8000, 1, "WAV"), (44100, 2, "AIFF"), (48000, 1, "WAV")])
def test_any_engines_sound_file_becomes_a_clip(tmp_path: Path, rate_hz: int, channels: int, kind: str) -> None:
    """macOS writes AIFF whatever the name; silence at the edges goes, inside it stays."""
    import soundfile

    tone = 0.3 * np.sin(2 * np.pi * 300 * np.arange(rate_hz) / rate_hz)
    sound = np.concatenate([np.zeros(rate_hz), tone, np.zeros(rate_hz // 2), tone, np.zeros(2 * rate_hz)])
    soundfile.write(tmp_path / "line.wav", np.tile(sound[:, None], channels), rate_hz, format=kind)
    clip = clip_from_file(tmp_path / "line.wav", Delivery("", 150, 50, 50, -23.0))
    assert clip.duration_ms == pytest.approx(2500, abs=25)
    assert speech_level_dbfs(clip.samples) == pytest.approx(-23, abs=0.1)


def test_speech_level_leaves_pauses_out() -> None:
    """A full-scale square wave has 0 dB, also with silence around it; silence has none."""
    square = np.tile(np.array([-32768, 32767], np.int16), 8000)
    silence = np.zeros(16000, np.int16)
    assert speech_level_dbfs(square) == pytest.approx(0, abs=0.01)
    assert speech_level_dbfs(np.concatenate([silence, square, silence])) == pytest.approx(0, abs=0.01)
    assert speech_level_dbfs(silence) == float("-inf")
    assert speech_level_dbfs(silence[:0]) == float("-inf")
