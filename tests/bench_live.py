"""How a live call does: python tests/bench_live.py [--minutes 5] [--calls calm cut_in …]

Real `callsim call`s on a virtual headset with a robot trainee, until the minutes are over; prints

    answers     from the last sample of the trainee's voice, by the session's sound alone (no voice activity, no
                words), to the caller's first; split into the wait for the end of the turn and the way to the ear
    cut-ins     from the trainee's first sound over the caller to the caller's last
    callbacks   how late they came against an even beat, how often samples were lost or the speaker ran dry
    processor   the share of one core that the program took while the call lasted
    headless    each gap of the call, live less headless, for the same scene and seed

A machine that does other work shows it in all of these; the load is printed, too.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from itertools import cycle
from pathlib import Path

import numpy as np
import soundfile
from headset import virtual_headset
from live_calls import Taken, acts_of_turns, lines_of, take_headless, take_live, timings, write_scene
from test_live_calls import SCENES, SEED

from callsim.events import Event, TurnEnded
from callsim.sessions.folder import Session
from callsim.timeline import RATE_HZ

# Said into digital silence: whatever is louder than this is the trainee.
VOICE = 100
INSIDE = """
import atexit, json, os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from callsim.cli import main
from callsim.devices.soundcard_streams import Microphone, Speaker
told = {"input": [], "output": [], "began": None, "ended": None}
def watched(kind, callback):
    def wrapped(self, sound, frames, times, flags):
        now = time.monotonic()
        told["began"] = told["began"] or (now, time.process_time())
        told["ended"] = (now, time.process_time())
        told[kind].append((now, frames, bool(flags)))
        callback(self, sound, frames, times, flags)
    return wrapped
Microphone._hear = watched("input", Microphone._hear)
Speaker._fill = watched("output", Speaker._fill)
atexit.register(lambda: open(os.environ["CALLBACKS"], "w").write(json.dumps(told)))
main(sys.argv[1:])
"""


def main() -> None:
    """Take the calls, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5, help="how long the calls last together")
    parser.add_argument("--calls", nargs="+", choices=SCENES, default=["calm"], help="which, in turn")
    asked = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        calls = list(taken(Path(scratch), asked.calls, asked.minutes))
        print(f"load after: {os.getloadavg()[0]:.1f}\n")
        show_answers([call for _, call, _ in calls])
        show_callbacks([json.loads(Path(f"{call.folder}.callbacks").read_text()) for _, call, _ in calls])
        show_comparison(calls)


def taken(scratch: Path, names: list[str], minutes: float):
    """Calls, each with the headless one of its scene, until the minutes are over."""
    seconds, headless = 0.0, {}
    with virtual_headset() as headset:
        for number, name in enumerate(cycle(names)):
            said, until = SCENES[name]
            scene = write_scene(scratch / f"{name}.toml", *said)
            if name not in headless:
                headless[name] = take_headless(scene, scratch / name, SEED)
            folder = scratch / f"{number}"
            watched = ["env", f"CALLBACKS={folder}.callbacks", "python", "-c", INSIDE]
            call = take_live(headset, scene, folder, SEED, until, callsim=watched)
            yield name, call, headless[name]
            seconds += soundfile.info(call.session.sound).duration
            if seconds >= minutes * 60:
                return


def show_answers(calls: list[Taken]) -> None:
    """Answer latencies and how fast the caller falls silent, both by the sound."""
    whole, waits, ways, cuts = [], [], [], []
    for call in calls:
        events, ends = call.session.events, voice_ends_ms(call.session)
        for turn, line in answered(events):
            end_ms = max(at for at in ends if at <= line)
            whole.append(line - end_ms)
            waits.append(turn.noticed_ms - end_ms)
            ways.append(line - turn.noticed_ms)
        cuts += cut_ms(call.session)
    print(f"{'':<34}{'number':>7}{'median':>8}{'10 %':>8}{'90 %':>8}{'most':>8}")
    row("answer after the voice's end, ms", whole)
    row("  of it the wait", waits)
    row("  of it the way to the ear", ways)
    row("voice over the caller to its silence", cuts)


def answered(events: tuple[Event, ...]) -> list[tuple[TurnEnded, int]]:
    """Each turn's end with the start of the line that answers it."""
    found, lines = [], lines_of(events)
    for turn in (event for event in events if isinstance(event, TurnEnded)):
        after = [line.start_ms for line in lines if line.start_ms >= turn.noticed_ms]
        found += [(turn, after[0])] if after else []
    return found


def voice_ends_ms(session: Session) -> np.ndarray:
    """Every millisecond at which the trainee's side falls silent for a tenth of a second at least."""
    loud = np.flatnonzero(np.abs(soundfile.read(session.sound, dtype="int16")[0][:, 0].astype(np.int32)) > VOICE)
    return loud[np.append(np.diff(loud) > RATE_HZ // 10, True)] * 1000 // RATE_HZ


def cut_ms(session: Session) -> list[int]:
    """For each line that was cut off: from the trainee's first sound in it to its last."""
    loud = np.flatnonzero(np.abs(soundfile.read(session.sound, dtype="int16")[0][:, 0].astype(np.int32)) > VOICE)
    found = []
    for line in (line for line in lines_of(session.events) if line.heard_ms is not None and line.end_ms is not None):
        over = loud[(loud >= line.start_ms * 16) & (loud < line.end_ms * 16)]
        found += [line.end_ms - int(over[0]) // 16] if len(over) else []
    return found


def row(what: str, values: list[float]) -> None:
    """A distribution."""
    if values:
        low, high = np.quantile(values, [0.1, 0.9])
        print(f"{what:<34}{len(values):>7}{np.median(values):>8.0f}{low:>8.0f}{high:>8.0f}{max(values):>8.0f}")


def show_callbacks(told: list[dict]) -> None:
    """Lateness against an even beat, stumbles, processor."""
    heads = "".join(f"{head:>8}" for head in ("median", "99 %", "99.9 %", "most"))
    print(f"\n{'callbacks late by, ms':<34}{'number':>7}{heads}{'stumbles':>10}")
    for kind in ("input", "output"):
        late = np.concatenate([late_ms(one[kind]) for one in told])
        stumbles = sum(flags for one in told for _, _, flags in one[kind])
        high = np.quantile(late, [0.5, 0.99, 0.999, 1])
        print(f"{kind:<34}{len(late):>7}" + "".join(f"{ms:>8.1f}" for ms in high) + f"{stumbles:>10}")
    shares = [(one["ended"][1] - one["began"][1]) / (one["ended"][0] - one["began"][0]) for one in told]
    minutes = sum(one["ended"][0] - one["began"][0] for one in told) / 60
    print(f"\nprocessor: {100 * np.mean(shares):.0f} % of one core, over {minutes:.1f} minutes")


def late_ms(calls: list[list[float]]) -> np.ndarray:
    """How late each callback came against the earliest beat of the ten seconds around it, which takes out drift.

    A speaker fills its buffers ahead at the start: the first second does not count.
    """
    now, frames = np.array([one[0] for one in calls]), np.array([one[1] for one in calls])
    rate = np.sum(frames[1:]) / (now[-1] - now[0])
    beat = now - np.cumsum(frames) / (48_000 if abs(rate - 48_000) < 2_000 else rate)
    kept = now > now[0] + 1
    now, beat = now[kept], beat[kept]
    return np.array([beat[at] - beat[np.abs(now - now[at]) < 5].min() for at in range(len(now))]) * 1000


def show_comparison(calls: list[tuple[str, Taken, Session]]) -> None:
    """Live less headless, gap by gap."""
    print("\nlive less headless, ms")
    for name, call, headless in calls:
        live, other = timings(call.session.events), timings(headless.events)
        gaps = Counter({gap: live[gap] - other[gap] for gap in live if gap in other})
        ours, theirs = ([line.text for line in lines_of(events)] for events in (call.session.events, headless.events))
        acts, their_acts = acts_of_turns(call.session.events), acts_of_turns(headless.events)
        same = f"lines {same_so_far(ours, theirs)}, acts {same_so_far(acts, their_acts)}"
        ends = f"{call.session.events[-1].ending} / {headless.events[-1].ending}"
        print(f"{name}: {same}, ending {ends}, robot slipped {call.slipped_s * 1000:.0f} ms")
        for kind in ("reply", "into", "answer", "heard"):
            found = [f"{gap} {ms:+d}" for gap, ms in gaps.items() if gap.startswith(kind)]
            if found:
                print(f"    {', '.join(found)}")


def same_so_far(ours: list, theirs: list) -> str:
    """Whether the live call is the beginning of the headless one."""
    return "same" if ours == theirs[: len(ours)] else "DIFFER"


if __name__ == "__main__":
    main()
