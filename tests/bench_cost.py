"""What a headless call and a scoring run cost beside Vosk alone: python tests/bench_cost.py [--minutes 2]

Each is a process of its own, so that start-up, model and memory count on both sides; three runs each, in turn; prints
medians of processor time as ratios, and the peak memory. To reach: at most 1.25, less than 1024 MiB.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RUNS = 3
CALLSIM = [sys.executable, "-c", "from callsim.cli import main; main()"]
VOSK = """
import sys
import numpy as np
from pathlib import Path
from callsim.devices import models
from callsim.devices.files import open_recording
from callsim.devices.vosk_ear import VoskModel
import vosk
with models.tuned(models.find(None)) as folder:
    model = VoskModel(folder)
ear = vosk.KaldiRecognizer(model.handle, 16000)
ear.SetWords(True)
for block in open_recording(Path(sys.argv[1])).blocks(0, 3200):
    if ear.AcceptWaveform(block.tobytes()):
        ear.Result()
ear.FinalResult()
"""


def cost(command: list[str]) -> tuple[float, int]:
    """Processor seconds (children included) and peak memory in MiB of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {command}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, usage.ru_maxrss // 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="length of the long recording to score")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        session = folder / "first"
        scene = HERE / "recordings" / "good.toml"
        subprocess.run([*CALLSIM, "run", "parcel", "--trainee", str(scene), "--out", str(session)], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        long = lengthened(session / "call.flac", folder / "long.flac", minutes)
        calls = (["run", "parcel", "--trainee", str(scene), "--out", f"{folder}/{n}"] for n in range(RUNS))
        table = {
            "headless call": (session / "call.flac", [[*CALLSIM, *call] for call in calls]),
            "score two channels": (session / "call.flac",
                                   [[*CALLSIM, "score", str(session / "call.flac"), "--trainee", "left"]] * RUNS),
            "score session": (session / "call.flac", [[*CALLSIM, "score", str(session)]] * RUNS),
            f"score {minutes:g} minutes": (long, [[*CALLSIM, "score", str(long), "--trainee", "left"]] * RUNS),
        }  # fmt: skip
        print(f"{'what':<22}{'x Vosk alone':>14}{'ours s':>9}{'Vosk s':>9}{'peak MiB':>10}")
        for what, (sound, commands) in table.items():
            show(what, sound, commands)


def show(what: str, sound: Path, commands: list[list[str]]) -> None:
    """One row: ours and Vosk alone on the same trainee audio, in turn."""
    pairs = [(cost(command), cost([sys.executable, "-c", VOSK, str(sound)])) for command in commands]
    ratio = statistics.median(ours / alone for (ours, _), (alone, _) in pairs)
    ours_s = statistics.median(ours for (ours, _), _ in pairs)
    alone_s = statistics.median(alone for _, (alone, _) in pairs)
    print(f"{what:<22}{ratio:>14.2f}{ours_s:>9.1f}{alone_s:>9.1f}{max(mib for (_, mib), _ in pairs):>10}", flush=True)


def lengthened(call: Path, target: Path, minutes: float) -> Path:
    """The call again and again, until it lasts so many minutes."""
    import numpy as np
    import soundfile

    sound, rate_hz = soundfile.read(call, dtype="int16")
    times = int(np.ceil(minutes * 60 * rate_hz / len(sound)))
    soundfile.write(target, np.tile(sound, (times, 1))[: int(minutes * 60 * rate_hz)], rate_hz)
    return target


if __name__ == "__main__":
    main()
