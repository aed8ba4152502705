"""Serves the app to this machine, and opens the browser on it."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import uvicorn

from callsim.app.desk import Desk
from callsim.app.server import Place, application
from callsim.catalogue import script_files
from callsim.cli.console import OUT
from callsim.errors import MachineError
from callsim.sessions.names import sessions_dir

_HOST = "127.0.0.1"
_TOKEN_BYTES = 32


def serve(port: int, *, open_browser: bool) -> None:
    """Serve until Ctrl-C, on a free port where it is 0. Raises MachineError where the port is taken."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with listening(_HOST, port) as listener:
        chosen = listener.getsockname()[1]
        address = f"http://{_HOST}:{chosen}/?token={token}"
        place = Place(sessions_dir(os.environ), script_files(), token, chosen)
        server = uvicorn.Server(
            uvicorn.Config(
                application(place, Desk()), log_level="error", access_log=False, server_header=False,
                ws="websockets-sansio", ws_max_size=4096, timeout_graceful_shutdown=2,
            )
        )  # fmt: skip
        OUT.print(f"callsim is at {address}", soft_wrap=True, markup=False)
        OUT.print("Keep this address to yourself. Ctrl-C ends it.")
        # Ctrl-C is how it ends, and no mistake.
        with _opened(address) if open_browser else nullcontext(), suppress(KeyboardInterrupt):
            server.run([listener])


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open before anything is said of it: whoever comes before the server is ready has to wait, and is not refused.

    Raises MachineError where the port is taken, or the host is no address of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise MachineError(f"There is no computer named {host}: give an address of this one") from None
    with socket.socket(family, kind) as listener:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen()
        except OSError as wrong:
            raise _unusable(host, port, wrong) from None
        yield listener


def _unusable(host: str, port: int, wrong: OSError) -> MachineError:
    why = wrong.strerror or str(wrong)
    if wrong.errno == errno.EADDRNOTAVAIL:
        return MachineError(f"{host} is no address of this computer ({why}): give one that is, or 0.0.0.0 for all")
    return MachineError(f"Port {port} cannot be used ({why}): choose another, or leave --port out")


@contextmanager
def _opened(address: str) -> Iterator[None]:
    """Open the browser on a file of ours that leads to the address.

    What a browser is started with can be read by everybody on this machine; a file in a folder of our own cannot.
    """
    with TemporaryDirectory(prefix="callsim-", dir=_own_folder()) as folder:
        way = Path(folder) / "open.html"
        way.write_text(f'<meta http-equiv="refresh" content="0; url={escape(address)}">', encoding="utf-8")
        # In a thread, since some browsers come back only when they are closed.
        Thread(target=webbrowser.open, args=(way.as_uri(),), daemon=True).start()
        yield


def _own_folder() -> Path:
    folder = sessions_dir(os.environ).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder
