"""The check before a call: verdicts on numbers, and the real `callsim check --headset` on a virtual headset."""

from __future__ import annotations

import json
import threading
import wave
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from headset import lacking, virtual_headset
from hypothesis import given
from hypothesis import strategies as st
from live_calls import CALLSIM, DEMO
from robot import PLAYBACK, RECORD, Stream

from callsim.headset import HeadsetTest, clipped_share, level_dbfs, verdicts

needs_headset = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))

FIT = HeadsetTest(noise_dbfs=-60, leak_db=-70, round_trip_ms=None, voice_dbfs=-25, clipped=0, latency_ms=120)


def mends(test):
    """What is to be changed."""
    return [verdict.says for verdict in verdicts(test) if not verdict.fit]


def test_a_good_headset_is_fit():
    """Nothing to change, and each subject has its sentence."""
    assert mends(FIT) == []
    assert len(verdicts(FIT)) == 5


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"noise_dbfs": -97, "voice_dbfs": None}, ["no sound at all", "switch it on"]),
        ({"leak_db": -20}, ["-20 dB", "use a headset", "the less can be scored"]),
        ({"noise_dbfs": -35}, ["-35 dBFS", "quieter place"]),
        ({"voice_dbfs": None}, ["was not heard", "another microphone"]),
        ({"voice_dbfs": -47, "noise_dbfs": -70}, ["too quiet", "raise"]),
        ({"voice_dbfs": -5}, ["too loud", "lower the microphone's gain"]),
        ({"clipped": 0.01}, ["crackles"]),
        ({"voice_dbfs": -40, "noise_dbfs": -45}, ["hardly stands out", "closer"]),
        ({"latency_ms": 400}, ["400 ms", "as the system says", "cable"]),
        ({"round_trip_ms": 300}, ["300 ms", "measured"]),
        ({"warnings": ("'X' seems to be a Bluetooth headset",)}, ["Bluetooth"]),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(wrong, words):
    """One thing out of order gives the sentence for it, with the figure and what to change."""
    says = " | ".join(mends(replace(FIT, **wrong)))
    assert says
    assert [word for word in words if word not in says] == []


def test_only_what_is_wrong_is_told_to_be_changed():
    """One thing out of order gives just one sentence to act on."""
    quiet, loud_room = {"voice_dbfs": -47, "noise_dbfs": -70}, {"noise_dbfs": -37.0, "voice_dbfs": -20.0}
    for wrong in ({"leak_db": -20.0}, loud_room, quiet):
        assert len(mends(replace(FIT, **wrong))) == 1, wrong


def test_an_unknown_leak_is_no_fault():
    """Where the caller was too short to measure it, that is said, and the headset may be used."""
    unknown = replace(FIT, leak_db=None)
    assert mends(unknown) == []
    assert "could not be measured" in " ".join(verdict.says for verdict in verdicts(unknown))


@given(st.integers(1, 32_000))
def test_the_level_of_a_square_wave_is_its_height(height):
    """dBFS by definition; twice as loud is 6.02 dB more."""
    square = np.tile(np.array([height, -height], dtype=np.int16), 100)
    assert level_dbfs(square) == pytest.approx(20 * np.log10(height / 32768))


def test_silence_and_nothing_have_the_lowest_level():
    """No logarithm of nothing."""
    assert level_dbfs(np.zeros(100, dtype=np.int16)) == level_dbfs(np.zeros(0, dtype=np.int16)) == -120


def test_full_scale_counts_as_clipped_both_ways():
    """-32768 has no positive twin in 16 bits, and is clipped nonetheless."""
    sound = np.array([32767, -32768, 0, 100], dtype=np.int16)
    assert clipped_share(sound) == 0.5
    assert clipped_share(sound[:0]) == 0


# --- on a virtual headset -----------------------------------------------------------------------------------------


def check(headset, home, speaks=None):
    """Run the real check; `speaks` is said into the microphone when the trainee is asked to read. Code and output."""
    command = ["env", f"CALLSIM_HOME={home}", "PYTHONUNBUFFERED=1", *CALLSIM, "check", "--headset"]
    shown = []
    with ExitStack() as stack:
        process = stack.enter_context(headset.start(*command))
        for row in process.stdout:
            shown.append(row)
            if speaks and "read this aloud" in row:
                stack.enter_context(headset.speak(speaks))
        complaint = process.stderr.read()
    assert "Traceback" not in complaint
    return process.returncode, " ".join("".join(shown).split()) + complaint


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """The trainee, reading, in a room that is quiet and not silent."""
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    sound, rate_hz = soundfile.read(DEMO / "greeting.flac", dtype="int16")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.asarray(sound, dtype="<i2").tobytes())
    return path


@pytest.mark.headset
@needs_headset
def test_a_headset_without_leak_is_fit(voice, tmp_path):
    """The caller stays out, the voice is clear: 0, and the result is there for the next calls."""
    with virtual_headset() as headset:
        code, shown = check(headset, tmp_path, voice)
    assert code == 0, shown
    assert "mend" not in shown
    assert "Your voice is clear" in shown
    found = json.loads((tmp_path / "headset.json").read_text())
    assert found["fit"] is True
    assert found["microphone"]
    assert found["leak_db"] < -30


@pytest.mark.headset
@needs_headset
def test_a_leak_is_found(voice, tmp_path):
    """The speaker at -20 dB in the microphone: 2, and what to do about it."""
    with virtual_headset() as headset, leaking(headset, -20):
        code, shown = check(headset, tmp_path, voice)
    assert code == 2, shown
    assert "The caller can be heard in your microphone" in shown
    found = json.loads((tmp_path / "headset.json").read_text())
    assert found["fit"] is False
    assert found["leak_db"] == pytest.approx(-20, abs=6)


@pytest.mark.headset
@needs_headset
def test_a_silent_microphone_is_found(tmp_path):
    """Digital silence: 2, and that the microphone gives no sound."""
    with virtual_headset() as headset:
        code, shown = check(headset, tmp_path)
    assert code == 2, shown
    assert "The microphone gives no sound at all" in shown


@contextmanager
def leaking(headset, db):
    """Meanwhile the microphone hears what the speaker plays, so much quieter, sample by sample."""
    server, gain, over = headset.environment["PULSE_SERVER"], 10 ** (db / 20), threading.Event()
    hears, says = Stream(server, "spk.monitor", RECORD), Stream(server, "micin", PLAYBACK)

    def echo():
        while not over.is_set():
            says.write((hears.read() * gain).astype(np.int16))

    thread = threading.Thread(target=echo)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        hears.close()
        says.close()
