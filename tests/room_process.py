"""A real `callsim app --host` in a process of its own, with TLS by an authority that nobody else knows."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from app_process import PROGRAM, STARTS_WITHIN_S

AUTHORITY = trustme.CA()


@dataclass(frozen=True)
class Files:
    """A certificate with its key, in PEM."""

    certificate: Path
    key: Path


def certificate(folder: Path, *names: str) -> Files:
    """A certificate for these names."""
    folder.mkdir(parents=True, exist_ok=True)
    made, files = (
        AUTHORITY.issue_cert(*(names or ("127.0.0.1", "localhost"))),
        Files(folder / "room.pem", folder / "room.key"),
    )
    for number, part in enumerate(made.cert_chain_pems):
        part.write_to_path(str(files.certificate), append=number > 0)
    made.private_key_pem.write_to_path(str(files.key))
    return files


def trusting() -> ssl.SSLContext:
    """What a browser knows that trusts the authority."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def add(home: Path, name: str, role: str, password: str) -> subprocess.CompletedProcess[str]:
    """`callsim account add`, with the password on standard input."""
    return callsim(home, "account", "add", name, "--role", role, typed=f"{password}\n")


def callsim(home: Path, *command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Any command."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *command],
        input=typed, capture_output=True, text=True, check=False, timeout=STARTS_WITHIN_S,
        env={**os.environ, "CALLSIM_HOME": str(home)},
    )  # fmt: skip


def free_port() -> int:
    """One that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@dataclass(frozen=True)
class Room:
    """`address` is what it prints."""

    address: str
    process: subprocess.Popen[str]
    errors: Path

    def stop(self) -> int:
        """Ctrl-C, once; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STARTS_WITHIN_S)


@contextmanager
def open_room(home: Path, *options: str) -> Iterator[Room]:
    """The room with its sessions below `home`."""
    errors = home / "errors.txt"
    with errors.open("w") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", PROGRAM, "app", "--host", "127.0.0.1", *options],
            env={**os.environ, "CALLSIM_HOME": str(home)},
            stdout=subprocess.PIPE, stderr=complaints, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        found = re.search(r"https://\S+", process.stdout.readline())
        assert found, f"the room does not open: {errors.read_text()}"
        yield Room(found[0], process, errors)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(STARTS_WITHIN_S)
        process.stdout.close()
