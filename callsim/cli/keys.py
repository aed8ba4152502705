"""Single keys from the terminal, read in a thread of their own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_EVERY_S = 0.1


def at_a_terminal() -> bool:
    """Whether somebody can press keys, and see what they do."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def listening_to_keys(on_key: Callable[[str], None]) -> Iterator[None]:
    """Call `on_key`, in another thread, for each key pressed; the terminal is as before afterwards."""
    over = threading.Event()
    with _single_keys() as read:
        thread = threading.Thread(target=_listen, args=(read, on_key, over), name="keys", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _listen(read: Callable[[], str], on_key: Callable[[str], None], over: threading.Event) -> None:
    while not over.is_set():
        if key := read():
            on_key(key)


if sys.platform == "win32":
    import msvcrt
    import time

    @contextmanager
    def _single_keys() -> Iterator[Callable[[], str]]:
        yield _read

    def _read() -> str:
        if msvcrt.kbhit():
            return msvcrt.getwch()
        time.sleep(_LOOK_EVERY_S)
        return ""

else:
    import os
    import select
    import termios
    import tty

    @contextmanager
    def _single_keys() -> Iterator[Callable[[], str]]:
        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        try:
            yield _read
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

    def _read() -> str:
        ready, _, _ = select.select([sys.stdin], [], [], _LOOK_EVERY_S)
        # Not `sys.stdin.read`, which would keep a second key to itself.
        return os.read(sys.stdin.fileno(), 1).decode(errors="replace") if ready else ""
