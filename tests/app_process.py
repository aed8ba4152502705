"""A real `callsim app` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from callsim.sessions.folder import Session

# A shell that runs us in the background lets children ignore Ctrl-C; these must not.
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from callsim.cli import main; main()"
)
STARTS_WITHIN_S = 60


@dataclass(frozen=True)
class Served:
    """`enter` is the address that it prints, `home` the one that it leads to."""

    enter: str
    process: subprocess.Popen[str]
    errors: Path

    @property
    def home(self) -> str:
        """The first page."""
        return self.enter.split("?")[0]

    def stop(self) -> int:
        """Ctrl-C, once; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STARTS_WITHIN_S)

    def complaint(self) -> str:
        """What stands on its standard error."""
        return self.errors.read_text()

    def wait_for(self, so: Callable[[], object]) -> None:
        """Look until it is so; it must go on meanwhile."""
        give_up_s = time.monotonic() + STARTS_WITHIN_S
        while not so():
            assert self.process.poll() is None
            assert time.monotonic() < give_up_s
            time.sleep(0.02)


@contextmanager
def served(
    home: Path, *command: str, environment: Mapping[str, str] = os.environ, browser: str = ""
) -> Iterator[Served]:
    """The app with its sessions below `home`; without a `browser` it opens none."""
    home.mkdir(parents=True, exist_ok=True)
    errors = home / "errors.txt"
    quietly = {"BROWSER": browser or f"{sys.executable} -c pass"}
    with errors.open("w") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", PROGRAM, *command],
            env={**environment, **quietly, "CALLSIM_HOME": str(home)},
            stdout=subprocess.PIPE, stderr=complaints, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, f"the app does not start: {errors.read_text()}"
        yield Served(found[0], process, errors)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(STARTS_WITHIN_S)
        process.stdout.close()


class NextSession:
    """The folder of the next session below `home`: a robot waits there for the call to begin."""

    def __init__(self, home: Path) -> None:
        self._sessions = home / "sessions"
        self._before = set(self._sessions.glob("*"))

    def __truediv__(self, name: str) -> Path:
        new = (path for path in self._sessions.glob(f"*/{name}") if path.parent not in self._before)
        return next(new, self._sessions / name)

    def read(self) -> Session:
        """The session, once the call has begun."""
        return Session.read((self / "events.jsonl").parent)
