"""Does a page make the sound late? A live call with nobody looking, then with pages at work: how late its blocks come.

    python tests/bench_app.py [SECONDS]

Late is a block of the microphone against the earliest of the call; the rest of the machine counts too, so give it to
nobody else meanwhile. Needs the virtual headset and Chromium (see headset.py and browser.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn
from browser import launched
from headset import virtual_headset

from callsim.app.desk import Desk
from callsim.app.server import Place, application
from callsim.catalogue import script_files

SECONDS = 40
TOKEN = "bench"


def child() -> None:
    """The call's process, which notes when each block reached the call."""
    from callsim.app import callprocess
    from callsim.devices import soundcard_phone

    blocks, came = soundcard_phone.SoundcardPhone.blocks, []

    def timed(self):
        for block in blocks(self):
            came.append(time.monotonic() - block.end_sample / 16_000)
            yield block

    soundcard_phone.SoundcardPhone.blocks = timed
    del sys.argv[1]
    callprocess.main()
    if came:
        Path(os.environ["BENCH_LATE"]).write_text(json.dumps([round(1000 * (at - min(came)), 2) for at in came]))


def late_ms(headset, browser, seconds: float, *, pages: bool) -> np.ndarray:
    """How late each block of a call came."""
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch) / "late.json"
        os.environ |= {**headset.environment, "CALLSIM_HOME": scratch, "BENCH_LATE": str(told)}
        with serving(Path(scratch)) as (address, desk):
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{address}?token={TOKEN}")
            page.wait_for_url(address)
            page.goto(f"{address}calls/parcel")
            page.get_by_role("button", name="Start the call").click()
            page.get_by_role("button", name="Answer").click(timeout=60_000)
            end_s = time.monotonic() + seconds
            other = context.new_page() if pages else None
            if not pages:
                page.close()
            while time.monotonic() < end_s:
                if other is None:
                    time.sleep(0.2)
                else:
                    for path in ("", "sessions", "calls/hotel?mode=overview"):
                        other.goto(f"{address}{path}")
            desk.headset.say("q")
            while not told.exists():
                time.sleep(0.1)
            context.close()
        return np.array(json.loads(told.read_text()))


class serving:  # noqa: N801 - used as a context manager
    """The app in a thread, with our own process behind its calls, and nobody who hangs up unseen."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.desk = None

    def __enter__(self):
        import socket

        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        self.desk = Desk((sys.executable, __file__, "child"), grace_s=1e6)
        place = Place(self._home / "sessions", script_files(), TOKEN, port)
        config = uvicorn.Config(application(place, self.desk), log_level="error", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve([listener])))
        self._thread.start()
        return f"http://127.0.0.1:{port}/", self.desk

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join()


def main() -> None:
    """Both calls, and their latenesses."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with virtual_headset() as headset, launched() as browser:
        for pages in (False, True, False, True):
            late = late_ms(headset, browser, seconds, pages=pages)
            half, most, all_but = (np.percentile(late, part) for part in (50, 99, 99.9))
            shares = f"half {half:.1f}, 99 % {most:.1f}, 99.9 % {all_but:.1f}, all {late.max():.1f} ms"
            print(f"{'pages at work' if pages else 'nobody looking'}: {len(late)} blocks late by at most: {shares}")


if __name__ == "__main__":
    child() if sys.argv[1:2] == ["child"] else main()
