"""The process that speaks for the caller: killed, crashed, hung or shared, a line is whole or a clear error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from real_voice import CALM, LINES, another_worker, digest, espeak_only, real_engine  # noqa: F401 - fixtures

from callsim.devices import pyttsx3_voice
from callsim.devices.pyttsx3_voice import Pyttsx3Synthesiser, diagnose, platform_driver
from callsim.errors import VoiceEngineError


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_worker_killed_between_lines_is_replaced(engine: Pyttsx3Synthesiser) -> None:
    """The next line is spoken by a new one, with the same bytes."""
    before = digest(engine.clip(LINES[0], CALM))
    assert engine._worker is not None
    os.kill(engine._worker._process.pid, signal.SIGKILL)
    after = digest(engine.clip(LINES[0], CALM))
    assert after == before or platform_driver() != "espeak"


@pytest.mark.parametrize(
    "accident",
    [
        "sys.exit()",
        "print('no JSON', flush=True); sys.exit()",
        "time.sleep(600)",
        "print(json.dumps({'wrong': 'a hiccup'}), flush=True)",
        "print(json.dumps({'wrong': None}), flush=True)",
        "open(request['path'], 'w').close(); print(json.dumps({'wrong': None}), flush=True)",
    ],
    ids=["dies", "babbles", "hangs", "reports", "writes nothing", "writes an empty file"],
)
def test_a_worker_that_fails_once_gets_a_second_try(
    worker, accident: str, engine: Pyttsx3Synthesiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a line, in any way: the line comes out as if nothing had happened."""
    whole = digest(engine.clip(LINES[1], CALM))
    monkeypatch.setattr(pyttsx3_voice, "_START_S", 3)
    worker(
        "once = here / 'once'\n"
        "if not once.exists():\n"
        "    once.touch()\n"
        "    request = json.loads(sys.stdin.readline())\n"
        f"    {accident}\n"
        "worker.main(sys.argv[1])"
    )
    recovered = digest(Pyttsx3Synthesiser().clip(LINES[1], CALM))
    assert recovered == whole or platform_driver() != "espeak"


def written(seconds: float, loudness: int) -> str:
    """The body of a worker that answers each line with a tone of that length."""
    return (
        "request = json.loads(sys.stdin.readline())\n"
        "with wave.open(request['path'], 'wb') as file:\n"
        "    file.setparams((1, 2, 22050, 0, 'NONE', ''))\n"
        f"    file.writeframes(({loudness}).to_bytes(2, 'little', signed=True) * int(22050 * {seconds}))\n"
        "print(json.dumps({'wrong': None}), flush=True)"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit()", "ended or took longer than 3 s"),
        ("time.sleep(600)", "ended or took longer than 3 s"),
        ("raise ImportError('no such engine')", "ended or took longer"),
        ("worker.main('nonesuch')", "cannot speak: .*nonesuch"),
        (written(0, 0), "empty sound file"),
        (written(3, 0), "silent sound file"),
        (written(0.1, 9000), "made 100 ms of sound"),
        (written(60, 9000), "made 60000 ms of sound"),
    ],
    ids=["dies", "hangs", "does not start", "no engine", "empty", "silent", "cut off", "endless"],
)
def test_a_worker_that_fails_twice_is_a_clear_error(
    worker, body: str, said: str, engine: Pyttsx3Synthesiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that says what happened, without what was to be said."""
    monkeypatch.setattr(pyttsx3_voice, "_START_S", 3)
    worker(body)
    with pytest.raises(VoiceEngineError, match=said) as caught:
        engine.clip(LINES[1], CALM)
    assert "\n" not in str(caught.value)
    assert "Hello" not in str(caught.value)


@espeak_only
def test_a_crash_of_the_engine_is_survived(worker, engine: Pyttsx3Synthesiser) -> None:
    """The fork dies by a signal; its parent says so."""
    worker("import os\nworker._speak = lambda engine_name, request: os.kill(os.getpid(), 11)\nworker.main('espeak')")
    with pytest.raises(VoiceEngineError, match=r"ended too early \(status -11\)"):
        engine.clip(LINES[1], CALM)


def test_two_synthesisers_speak_at_once() -> None:
    """And one synthesiser is shared by threads: each gets its own line."""
    with Pyttsx3Synthesiser() as one, Pyttsx3Synthesiser() as other, ThreadPoolExecutor(4) as pool:
        durations = [one.clip(line, CALM).duration_ms for line in LINES]
        jobs = [pool.submit(who.clip, line, CALM) for who in (one, other) for line in LINES]
        assert [job.result().duration_ms for job in jobs] == durations * 2


def test_the_worker_ends_when_its_input_does() -> None:
    """A caller that was killed leaves no process behind."""
    done = subprocess.run(
        [sys.executable, "-m", pyttsx3_voice.WORKER, platform_driver()],
        input=b"",
        capture_output=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.stdout == b""


def test_closing_ends_the_process_and_the_next_line_starts_one(engine: Pyttsx3Synthesiser) -> None:
    """Close is not the end of a synthesiser."""
    engine.clip(LINES[1], CALM)
    assert engine._worker is not None
    process = engine._worker._process
    engine.close()
    assert process.poll() is not None
    assert engine.clip(LINES[1], CALM).duration_ms > 500


def test_diagnosis_says_that_it_works() -> None:
    """Ready, with the engine's name, and no remedy."""
    diagnosis = diagnose(CALM.engine_voice)
    assert diagnosis.ready
    assert "pyttsx3 2.99" in diagnosis.says
    assert diagnosis.remedy == ""


def test_diagnosis_of_a_broken_engine_has_a_remedy(worker) -> None:
    """Not ready, with the reason and what to do."""
    worker("worker.main('nonesuch')")
    diagnosis = diagnose(CALM.engine_voice)
    assert not diagnosis.ready
    assert "nonesuch" in diagnosis.says
    assert diagnosis.remedy
