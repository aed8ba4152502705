"""A virtual headset: a private PulseAudio with a speaker one can listen to and a microphone one can talk into.

PortAudio reads its environment when it starts: what uses the headset runs in a process of its own, begun by `start`.
Debian packages: pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

RATE_HZ = 48_000
# Each sink is driven by a timer that an idle one sets to 2 s: with a stream on it that asks for 20 ms it stays awake.
KEPT_AWAKE = ("spk", "micin")
SETTLES_WITHIN_S = 10

SERVER = """
load-module module-native-protocol-unix socket={folder}/native auth-anonymous=1
load-module module-null-sink sink_name=spk rate={rate} channels=1 format=s16le
load-module module-null-sink sink_name=micin rate={rate} channels=1 format=s16le
set-default-sink spk
set-default-source {microphone}
"""
ALSA = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse hint { show on description "virtual headset" } }
ctl.!default { type pulse }
"""


def lacking() -> str | None:
    """Why there can be no virtual headset here; None where there can."""
    programs = [name for name in ("pulseaudio", "pactl", "pacat", "parec", "paplay") if shutil.which(name) is None]
    if programs:
        return f"no virtual headset: {', '.join(programs)} not installed (pulseaudio, pulseaudio-utils)"
    if find_library("portaudio") is None:
        return "no virtual headset: PortAudio is not installed (libportaudio2)"
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        return "no virtual headset: ALSA has no way to PulseAudio (libasound2-plugins)"
    return None


@dataclass(frozen=True)
class Headset:
    """`environment` is what a process needs to have this headset as its default devices."""

    environment: dict[str, str]
    server: subprocess.Popen[bytes]

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Any program that has the headset, its output piped; the caller ends it."""
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def speak(self, wav: Path) -> subprocess.Popen[bytes]:
        """Begin to say a sound file into the microphone, at once; the end of a `with` waits for its end."""
        return subprocess.Popen(["paplay", "--device=micin", "--latency-msec=500", str(wav)], env=self.environment)

    @contextmanager
    def heard(self, raw: Path) -> Iterator[None]:
        """Meanwhile all that the speaker gives is kept in `raw`: 48 kHz, mono, 16 bit (see `heard_in`)."""
        with raw.open("wb") as file:
            command = ["parec", "--device=spk.monitor", "--raw", "--latency-msec=20", *_FORMAT]
            recorder = subprocess.Popen(command, env=self.environment, stdout=file)
            try:
                _until(lambda: raw.stat().st_size > 0, "the recorder of the speaker")
                yield
            finally:
                _end(recorder)

    def kill(self) -> None:
        """Pull the plug: the sound server dies at once."""
        self.server.kill()
        self.server.wait()


def heard_in(raw: Path) -> np.ndarray:
    """The samples that `Headset.heard` kept, at 48 kHz."""
    return np.fromfile(raw, dtype=np.int16)


@contextmanager
def virtual_headset(*, looped: bool = False) -> Iterator[Headset]:
    """A headset of one's own, ready for use; `looped`: its microphone hears just what its speaker plays."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="headset-", ignore_cleanup_errors=True)))
        environment = _environment(folder)
        microphone = "spk.monitor" if looped else "micin.monitor"
        (folder / "server.pa").write_text(SERVER.format(folder=folder, rate=RATE_HZ, microphone=microphone))
        (folder / "asound.conf").write_text(ALSA)
        server = _server(folder, environment)
        stack.callback(_end, server)
        _until(lambda: _answers(environment), "the sound server", server)
        for sink in KEPT_AWAKE:
            stack.callback(_end, _silence_into(sink, environment))
        _until(lambda: _awake(environment), "the virtual headset")
        yield Headset(environment, server)


_FORMAT = ("--format=s16le", f"--rate={RATE_HZ}", "--channels=1")


def _environment(folder: Path) -> dict[str, str]:
    here = str(folder)
    return {
        **os.environ,
        "XDG_RUNTIME_DIR": here,
        "PULSE_RUNTIME_PATH": here,
        "PULSE_STATE_PATH": here,
        "PULSE_COOKIE": f"{here}/cookie",
        "PULSE_SERVER": f"unix:{here}/native",
        "ALSA_CONFIG_PATH": f"{here}/asound.conf",
        "LC_ALL": "C",
    }


def _server(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    plainly = ("--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--high-priority=no", "--realtime=no")
    command = ["pulseaudio", "-n", "-F", str(folder / "server.pa"), *plainly, f"--log-target=file:{folder}/log"]
    # A real one has real-time priority. In a session of its own Linux gives it, at least, a share of its own beside a
    # browser at work in ours.
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)


def _silence_into(sink: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = ["pacat", "--playback", "--raw", *_FORMAT, f"--device={sink}", "--latency-msec=20", "/dev/zero"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def _answers(environment: dict[str, str]) -> bool:
    return subprocess.run(["pactl", "info"], env=environment, capture_output=True, check=False).returncode == 0


def _awake(environment: dict[str, str]) -> bool:
    """Whether both sinks have played out the 2 s of silence that they begin with."""
    listed = subprocess.run(["pactl", "list", "sinks"], env=environment, capture_output=True, text=True, check=False)
    ahead_us = [int(us) for us in re.findall(r"Latency: (\d+) usec, configured", listed.stdout)]
    return len(ahead_us) == len(KEPT_AWAKE) and max(ahead_us) < 50_000


def _until(ready, what: str, process: subprocess.Popen[bytes] | None = None) -> None:
    give_up = time.monotonic() + SETTLES_WITHIN_S
    while not ready():
        if time.monotonic() > give_up or (process is not None and process.poll() is not None):
            raise RuntimeError(f"{what} did not come up")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
