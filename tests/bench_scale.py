"""What a second worker gains in `callsim score DIR`, and what a killed one costs: made-up folders, gone afterwards.

    python tests/bench_scale.py [--rounds 2] [--sessions 200] [--recordings 16] [--cluster]

Efficiency is t1 / (2 · t2): 1.00 where two workers need half the time. "whole" counts everything, from the start of the
process on; "work" leaves out what as many one-second calls as workers take, which is start-up and models. Beside it
stands what two commands reach that know nothing of each other, each with half of the calls: more than this the machine
does not give. Needs two quiet cores; every time is the least of the rounds, since the machine's other work only adds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from callsim.timeline import RATE_HZ

HERE = Path(__file__).parent
CALLSIM = [sys.executable, "-m", "callsim"]
SCENES = ("good", "interrupting", "rude", "flat")
RECORDED_S = 30


def make(folder: Path, sessions: int, recordings: int) -> dict[str, Path]:
    """Folders of sessions and of recordings, whole and in halves, and of calls that last a second."""
    calls = [folder / "made" / name for name in SCENES]
    making = [made(HERE / "recordings" / f"{call.name}.toml", call) for call in calls]
    if any(process.wait() for process in making):
        raise SystemExit("a call could not be made")
    for n in range(sessions):
        put(calls[n % len(calls)], folder / "sessions" / f"{n % 2}" / f"call-{n:03}")
    sounds = [soundfile.read(call / "call.flac", dtype="int16")[0] for call in calls]
    for n in range(recordings):
        sound = sounds[n % len(sounds)][: RECORDED_S * RATE_HZ]
        write(sound, folder / "recordings" / f"{n % 2}" / f"call-{n:03}.flac")
    second = heard_on_both_sides(sounds[0])
    for n in range(2):
        write(second, folder / "short recordings" / f"{n}" / "call.flac")
        write(second, put(calls[0], folder / "short sessions" / f"{n}" / "call") / "call.flac")
    return {kind: folder / kind for kind in ("sessions", "recordings")}


def made(scene: Path, out: Path) -> subprocess.Popen:
    """A headless call on its way."""
    command = [*CALLSIM, "run", "parcel", "--trainee", str(scene), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def put(call: Path, place: Path) -> Path:
    """A copy of a session, not scored yet."""
    shutil.copytree(call, place, ignore=shutil.ignore_patterns("scorecard.json"))
    return place


def heard_on_both_sides(sound: np.ndarray) -> np.ndarray:
    """The first second in which the trainee is heard, on both channels."""
    began = int(np.flatnonzero(sound[:, 0])[0])
    return sound[began : began + RATE_HZ, [0, 0]]


def write(sound: np.ndarray, file: Path) -> None:
    """A recording."""
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, sound, RATE_HZ)


def scored(folder: Path, *given: str) -> subprocess.Popen:
    """`callsim score` on its way, whatever is scored already."""
    sides = ["--trainee", "left"] if "recordings" in str(folder) else []
    return subprocess.Popen([*CALLSIM, "score", str(folder), "--again", *sides, *given], stdout=subprocess.DEVNULL)


def took_s(*started: Callable[[], subprocess.Popen], meanwhile: Callable[[int], None] = lambda _: None) -> float:
    """How long commands take that are started together; all must end well."""
    began = time.perf_counter()
    running = [start() for start in started]
    meanwhile(running[0].pid)
    if any(process.wait() for process in running):
        raise SystemExit("a command failed")
    return time.perf_counter() - began


def cards(folder: Path) -> dict[Path, bytes]:
    """All scorecards below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*scorecard.json")}


def kill_one(folder: Path, half: int) -> Callable[[int], None]:
    """Kills one of a command's workers once half of the scorecards are there."""

    def kill(pid: int) -> None:
        while len(cards(folder)) < half:
            time.sleep(0.02)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        workers = [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
        os.kill(int(workers[0]), signal.SIGKILL)

    return kill


def measure(kind: str, folder: Path, rounds: int) -> None:
    """Two lines on one kind of call."""
    short, times = folder.with_name(f"short {kind}"), dict[str, list[float]]()
    runs = {
        "1": lambda: took_s(lambda: scored(folder, "--workers", "1")),
        "2": lambda: took_s(lambda: scored(folder, "--workers", "2")),
        "start 1": lambda: took_s(lambda: scored(short / "0", "--workers", "1")),
        "start 2": lambda: took_s(lambda: scored(short, "--workers", "2")),
        "halves": lambda: took_s(*(lambda half=half: scored(folder / half, "--workers", "1") for half in ("0", "1"))),
    }
    for _ in range(rounds):
        for name, run in runs.items():
            times.setdefault(name, []).append(run())
    least = {name: min(all_s) for name, all_s in times.items()}
    one, two = least["1"], least["2"]
    work = (one - least["start 1"]) / (2 * (two - least["start 2"]))
    print(f"{kind:<12}{one:>8.1f} s{two:>8.1f} s{one / (2 * two):>8.2f} whole{work:>8.2f} work"
          f"{one / (2 * least['halves']):>8.2f} two commands", flush=True)  # fmt: skip
    print(f"{'':<12}start-up with models: {least['start 1']:.1f} s alone, {least['start 2']:.1f} s two at once")
    killed(folder, two)


def killed(folder: Path, undisturbed_s: float) -> None:
    """What it costs when a worker is killed half way; nothing may be missing, nothing other than before."""
    before = cards(folder)
    for path in before:
        path.unlink()
    disturbed_s = took_s(lambda: scored(folder, "--workers", "2"), meanwhile=kill_one(folder, len(before) // 2))
    same = cards(folder) == before
    print(f"{'':<12}a worker killed half way: {disturbed_s - undisturbed_s:+.1f} s, {disturbed_s / undisturbed_s:.2f} "
          f"times as long, {'nothing lost' if same else 'RESULTS DIFFER'}", flush=True)  # fmt: skip


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A Dask scheduler with so many workers, and its address."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as started:
        yield started.scheduler_address


def measure_cluster(folder: Path, rounds: int) -> None:
    """One line; the workers wait for work already, with their models from the second round on."""
    least = {}
    for workers in (1, 2):
        with cluster(workers) as address:
            least[workers] = min(took_s(lambda: scored(folder, "--cluster", address)) for _ in range(rounds))
    print(f"{'by Dask':<12}{least[1]:>8.1f} s{least[2]:>8.1f} s{least[1] / (2 * least[2]):>8.2f} whole", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--recordings", type=int, default=16)
    parser.add_argument("--cluster", action="store_true", help="sessions by a Dask scheduler, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = make(Path(scratch), asked.sessions, asked.recordings)
        print(f"{'what':<12}{'1 worker':>10}{'2 workers':>10}   efficiency")
        for kind, folder in folders.items():
            measure(kind, folder, asked.rounds)
        if asked.cluster:
            measure_cluster(folders["sessions"], asked.rounds)


if __name__ == "__main__":
    main()
