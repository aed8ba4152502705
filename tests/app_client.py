"""The app without a socket: what its tests share."""

from __future__ import annotations

import sys
from pathlib import Path

from starlette.testclient import TestClient

from callsim.app.desk import Desk
from callsim.app.server import Place, application
from callsim.catalogue import script_files

PORT = 8123
ORIGIN = f"http://127.0.0.1:{PORT}"
# Its test client would otherwise speak to a host of its own.
LIVE = f"ws://127.0.0.1:{PORT}/live/headset"
TOKEN = "a-token-of-this-launch"


def place(home: Path) -> Place:
    """An app with its sessions below a folder."""
    return Place(home / "sessions", script_files(), TOKEN, PORT)


def client(where: Place, desk: Desk | None = None) -> TestClient:
    """A browser, to be used in a `with`; its requests look as if they came over the socket."""
    return TestClient(application(where, desk or Desk()), ORIGIN, follow_redirects=False)


def program(*lines: str) -> tuple[str, ...]:
    """A process for a `Work`: these lines of Python, with `tell(**facts)` and the job and what is asked at hand."""
    head = (
        "import json, os, sys, time",
        "job, asked = sys.argv[1], json.loads(sys.argv[2])",
        "def tell(**facts): print(json.dumps(facts), flush=True)",
    )
    return (sys.executable, "-c", "\n".join((*head, *lines)))
