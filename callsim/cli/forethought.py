"""Thinks over what the trainee has said so far while the caller still waits for more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from callsim.acts import acts_of
from callsim.call import Call

_LOOK_EVERY_S = 0.03


@contextmanager
def forethought(call: Call) -> Iterator[None]:
    """While entered, what a turn does is found in the pause in which it may end, in a thread of its own.

    A long turn's acts take up to a tenth of a second, which the trainee would hear as a late answer. `acts_of`
    remembers what it was asked, so the call finds the same acts at once, or for itself where this came too late.
    """
    over = threading.Event()
    thread = threading.Thread(target=_think, args=(call, over), name="callsim forethought", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _think(call: Call, over: threading.Event) -> None:
    while not over.wait(_LOOK_EVERY_S):
        turn = call.state.turn
        if turn.text and turn.speaking_since_ms is None:
            acts_of(turn.text, name=call.script.caller.name)
