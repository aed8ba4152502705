"""The pipe between a page's process and the app: facts go out as JSON lines, words of the trainee come in as lines."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress

_PIECE_BYTES = 4096
# Said for the app when it is gone: the process hears the end of its standard input.
GONE = "gone"


class Wire:
    """The process's end. `tell` sends of what it is told only what is new, from any thread."""

    def __init__(self, out: int, words: int) -> None:
        self._out, self._words = out, words
        self._told: dict[str, object] = {}
        self._lock = threading.Lock()

    @classmethod
    def of_this_process(cls) -> Wire:
        """Standard input and output; what anybody prints from now on goes to standard error instead."""
        out = os.dup(1)
        os.dup2(2, 1)
        return cls(out, 0)

    def tell(self, **facts: object) -> None:
        """Each fact by name replaces what was told by that name before."""
        with self._lock:
            new = {name: fact for name, fact in facts.items() if name not in self._told or self._told[name] != fact}
            self._told |= new
            # Where nobody listens any more, the end of the words tells so.
            with suppress(OSError):
                if new:
                    _write(self._out, json.dumps(new).encode() + b"\n")

    def listen(self, hear: Callable[[str], None]) -> None:
        """From now on call `hear`, in another thread, with each word that comes in; with `GONE` at the end."""
        threading.Thread(target=self._listen, args=(hear,), name="words", daemon=True).start()

    def _listen(self, hear: Callable[[str], None]) -> None:
        rest = b""
        # Not `sys.stdin`, whose lock a thread that waits for ever would keep at the end of the process.
        while piece := os.read(self._words, _PIECE_BYTES):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                hear(line.decode(errors="replace"))
        hear(GONE)


def _write(out: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(out, rest) :]
