"""Real `callsim call`s with a robot trainee, and what to compare of a live and a headless one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from headset import Headset
from robot import HeardLine, Robot, Said, robot

from callsim.endpoint import SOUNDS_FINISHED, SOUNDS_OPEN
from callsim.events import Acted, Event, Heard, LineEnded, LineStarted, SpeechEnded, TurnEnded
from callsim.sessions.folder import Session

HERE = Path(__file__).parent / "recordings"
DEMO = Path(__file__).parents[1] / "callsim" / "demo"
# A shell that runs us in the background lets children ignore Ctrl-C; these must not.
CALLSIM = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from callsim.cli import main; main()",
]
LOOK_EVERY_S = 0.05
LONGEST_S = 240


def write_scene(path: Path, *said: tuple[str, str, int]) -> Path:
    """A scene file: for each cue the sound (of `callsim/demo` or `tests/recordings`), its trigger and the delay in ms.

    The robot needs 650 ms to know that a line is over.
    """
    rows = ['format = "callsim.scene/1"']
    for name, when, delay_ms in said:
        folder = DEMO if (DEMO / f"{name}.flac").exists() else HERE
        rows.append(f'[[cue]]\nsay = "{folder / name}.flac"\nwhen = "{when}"\ndelay_ms = {delay_ms}')
    path.write_text("\n".join(rows))
    return path


@dataclass(frozen=True)
class Taken:
    """A live call as it went; `lines`, `said` and `start_s` are what the robot's stopwatch says."""

    folder: Path
    code: int
    out: str
    complaint: str
    lines: list[HeardLine]
    said: list[Said]
    start_s: float | None
    slipped_s: float

    @property
    def session(self) -> Session:
        """What it left."""
        return Session.read(self.folder)


Until = Callable[[Robot, subprocess.Popen[str]], bool]


def never(_: Robot, __: subprocess.Popen[str]) -> bool:
    """The caller hangs up."""
    return False


def after_lines(count: int) -> Until:
    """The trainee hangs up after so many lines of the caller."""
    return lambda trainee, _: sum(line.end_s is not None for line in trainee.lines) >= count


def into_line(number: int, after_s: float) -> Until:
    """The trainee hangs up so long after the caller began that line."""

    def until(trainee: Robot, _: subprocess.Popen[str]) -> bool:
        lines = trainee.lines
        return len(lines) >= number and time.monotonic() > lines[number - 1].first_s + after_s

    return until


def take_live(
    headset: Headset, scene: Path, folder: Path, seed: int, until: Until = never, *, callsim: Sequence[str] = CALLSIM
) -> Taken:
    """A real `callsim call parcel` with the robot; once `until` says so, Ctrl-C is pressed."""
    return take_asked(headset, scene, folder, ["parcel", "--seed", str(seed)], until, callsim=callsim)


def take_asked(
    headset: Headset, scene: Path, folder: Path, asked: Sequence[str], until: Until, *, callsim: Sequence[str] = CALLSIM
) -> Taken:
    """A real `callsim call` of whatever is asked for."""
    with robot(headset.environment, scene, folder) as trainee:
        home = f"CALLSIM_HOME={folder.parent / 'home'}"
        command = [*callsim, "call", *asked, "--out", str(folder)]
        process = headset.start("env", home, *command)
        try:
            _wait(process, lambda: until(trainee, process))
            process.send_signal(signal.SIGINT)
            out, complaint = process.communicate(timeout=60)
        finally:
            process.kill()
        return Taken(folder, process.returncode, out, complaint, *_stopwatch(trainee))


class AtATerminal:
    """A real `callsim call parcel` at a terminal of its own: keys are pressed, the screen is watched."""

    def __init__(self, headset: Headset, folder: Path, mode: str) -> None:
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.folder, self.before = folder, self.settings()
        self._shown: list[bytes] = []
        self._process = subprocess.Popen(
            [*CALLSIM, "call", "parcel", "--seed", "3", "--mode", mode, "--out", str(folder)],
            env={**headset.environment, "CALLSIM_HOME": str(folder.parent / "home"), "TERM": "xterm"},
            stdin=self._theirs, stdout=self._theirs, stderr=self._theirs, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):
            while piece := os.read(self._ours, 4096):
                self._shown.append(piece)

    @property
    def shown(self) -> str:
        """All that was on the screen so far, colours and cursor movements taken out."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", b"".join(self._shown).decode(errors="replace"))

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def wait_for(self, seen: Callable[[], object], what: str) -> None:
        """Wait until something is so; the call must not end before."""
        give_up_s = time.monotonic() + 60
        while not seen():
            assert self._process.poll() is None, f"the call ended before {what}: {self.shown[-2000:]}"
            assert time.monotonic() < give_up_s, f"not seen: {what}: {self.shown[-2000:]}"
            time.sleep(LOOK_EVERY_S)

    def events(self) -> list[dict[str, object]]:
        """The call's events so far, as JSON has them."""
        path = self.folder / "events.jsonl"
        rows = path.read_text().split("\n")[:-1] if path.exists() else []
        return [json.loads(row) for row in rows]

    def pressed(self) -> list[object]:
        """The keys that the call knows of."""
        return [event["key"] for event in self.events() if event["kind"] == "pressed"]

    def end(self) -> int:
        """Wait for the program's end; its code."""
        return self._process.wait(60)

    def settings(self) -> list[object]:
        """How the terminal is set."""
        return termios.tcgetattr(self._theirs)

    def __enter__(self) -> AtATerminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._theirs)
        self._reader.join()
        os.close(self._ours)


def _stopwatch(trainee: Robot) -> tuple[list[HeardLine], list[Said], float | None, float]:
    return trainee.lines, trainee.said, trainee.start_s, trainee.slipped_s


def _wait(process: subprocess.Popen[str], over: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + LONGEST_S
    while process.poll() is None and not over():
        assert time.monotonic() < give_up_s, "the call does not end"
        time.sleep(LOOK_EVERY_S)


def take_headless(scene: Path, folder: Path, seed: int) -> Session:
    """The same call without sound devices."""
    command = [*CALLSIM, "run", "parcel", "--trainee", str(scene), "--seed", str(seed), "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Session.read(folder)


@dataclass(frozen=True)
class Line:
    """A line of the caller, in the session's time; `heard_ms` where it was cut off."""

    number: int
    id: str
    text: str
    start_ms: int
    end_ms: int | None = None
    heard_ms: int | None = None


def lines_of(events: Sequence[Event]) -> list[Line]:
    """The caller's lines."""
    ended = {event.line: event for event in events if isinstance(event, LineEnded)}
    found = []
    for began in (event for event in events if isinstance(event, LineStarted)):
        end = ended.get(began.line)
        heard_ms = end.heard_ms if end and end.cut else None
        found.append(Line(began.line, began.id, began.text, began.at_ms, end.at_ms if end else None, heard_ms))
    return found


def acts_of_turns(events: Sequence[Event]) -> list[set[str]]:
    """What each turn of the trainee did."""
    turns: list[set[str]] = []
    for event in events:
        if isinstance(event, TurnEnded):
            turns.append(set())
        elif isinstance(event, Acted):
            turns[-1].add(event.act)
    return turns


def _asked(events: Sequence[Event], before: Line | None, line: Line) -> str:
    """What the wait before an answer went by: the words as heard, and what the turn model made of their sound."""
    since_ms = before.start_ms if before else 0
    mine = [event for event in events if since_ms < event.noticed_ms <= line.start_ms]
    words = " ".join(event.text for event in mine if isinstance(event, Heard))
    chances = [event.finished_chance for event in mine if isinstance(event, SpeechEnded)]
    chance = chances[-1] if chances else None
    moved = "" if chance is None else f" {int(chance > SOUNDS_FINISHED) - int(chance < SOUNDS_OPEN):+d}"
    return f" to {words!r}{moved}" if words else ""


def timings(events: Sequence[Event]) -> dict[str, int]:
    """The gaps of a call in ms by name: "reply to 1" and "answer 2" after the other's end, "into 1", "heard of 1".

    The caller's answer counts from the end of the trainee's last word, or where there was none of its own line before.
    An answer's name holds what it went by: where two calls were not heard alike, their waits are not to be compared.
    """
    voice = [event.span for event in events if isinstance(event, SpeechEnded)]
    lines, found = lines_of(events), {}
    for line, before in zip(lines, [None, *lines], strict=False):
        ends = [span.end_ms for span in voice if span.end_ms <= line.start_ms]
        if before is not None and before.end_ms is not None:
            ends.append(before.end_ms)
        found[f"answer {line.number}{_asked(events, before, line)}"] = line.start_ms - max(ends, default=0)
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        if line.heard_ms is not None:
            found[f"heard of {line.number}"] = line.heard_ms
        until_ms = after.start_ms if after else float("inf")
        inside = [span for span in voice if line.start_ms <= span.start_ms < min(until_ms, line.end_ms or until_ms)]
        if inside:
            found[f"into {line.number}"] = inside[0].start_ms - line.start_ms
        elif line.end_ms is not None:
            replies = [span.start_ms for span in voice if line.end_ms <= span.start_ms < until_ms]
            if replies:
                found[f"reply to {line.number}"] = replies[0] - line.end_ms
    return found
