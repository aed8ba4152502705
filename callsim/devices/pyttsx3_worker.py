"""The process in which pyttsx3 speaks: `python -m callsim.devices.pyttsx3_worker DRIVER`, one JSON line in, one out.

A request is `{"text", "path", "voice", "rate", "pitch", "range", "limit_s"}`; its answer is `{"wrong": null}` once the
file is written, or `{"wrong": "why not"}`. With espeak-ng on Linux the engine is loaded but never started in this
process: a fork of it speaks each line, which so is the first of a fresh engine and has the same bytes every time.
Elsewhere a fork is not safe or not there: the process speaks one line and ends.

It must start fast, so it imports nothing heavy; it ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, TextIO

CAN_FORK = sys.platform == "linux"


def main(driver: str) -> None:
    """Answer requests until the input ends."""
    answers = _own_stdout()
    try:
        engine_name = _load(driver)
    except Exception as wrong:
        sys.stdin.readline()
        _answer(answers, str(wrong))
        return
    for line in sys.stdin:
        request = json.loads(line)
        if CAN_FORK and driver == "espeak":
            _speak_in_fork(engine_name, request, answers)
        else:
            _speak_and_answer(engine_name, request, answers)
            return


def _own_stdout() -> TextIO:
    """The way back to the parent, which nobody else can print into: pyttsx3 prints what it does."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answers


def _load(driver: str) -> str:
    """Import what the driver needs, ahead of the first line; the name to give to pyttsx3."""
    if driver != "espeak":
        return driver
    from callsim.devices.espeak_driver import DRIVER_NAME  # noqa: PLC0415  (loads espeak-ng)

    return DRIVER_NAME


def _speak_in_fork(engine_name: str, request: dict[str, Any], answers: TextIO) -> None:
    child = os.fork()
    if child == 0:
        signal.alarm(request["limit_s"])
        _speak_and_answer(engine_name, request, answers)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        _answer(answers, f"the engine ended too early (status {os.waitstatus_to_exitcode(status)})")


def _speak_and_answer(engine_name: str, request: dict[str, Any], answers: TextIO) -> None:
    try:
        _speak(engine_name, request)
    except Exception as wrong:
        _answer(answers, str(wrong) or type(wrong).__name__)
    else:
        _answer(answers, None)


def _speak(engine_name: str, request: dict[str, Any]) -> None:
    import pyttsx3  # noqa: PLC0415  (needs the engine loaded)

    engine = pyttsx3.init(engine_name)
    failures: list[Exception] = []
    engine.connect("error", lambda name, exception: failures.append(exception))  # noqa: ARG005  (pyttsx3 names them)
    for name, value in _properties(engine, request).items():
        engine.setProperty(name, value)
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()
    if failures:
        raise failures[0]


def _properties(engine: Any, request: dict[str, Any]) -> dict[str, object]:  # noqa: ANN401
    """What this engine can be told; only espeak-ng has pitch and range."""
    if str(engine).endswith("espeak"):
        return {name: request[name] for name in ("voice", "rate", "pitch", "range")}
    return {"voice": _voice_id(engine, request["voice"]), "rate": request["rate"]}


def _voice_id(engine: Any, name: str) -> str:  # noqa: ANN401
    """The engine's own id of the voice whose name contains `name`."""
    voices = engine.getProperty("voices")
    for voice in voices:
        if name.casefold() in str(voice.name).casefold():
            return str(voice.id)
    raise ValueError(f"there is no voice {name!r} among {', '.join(sorted(str(voice.name) for voice in voices))}")


def _answer(answers: TextIO, wrong: str | None) -> None:
    answers.write(json.dumps({"wrong": wrong}) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
