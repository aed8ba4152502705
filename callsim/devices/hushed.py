"""C libraries that write to the terminal behind our back, kept from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def hushed() -> Iterator[None]:
    """What is written to standard error meanwhile is thrown away, whoever writes it.

    ALSA complains there about every device that it has not, and about each underrun, through a screen that is drawn.
    Where there is no standard error, nothing changes.
    """
    with ExitStack() as stack:
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        stack.callback(os.close, kept)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        stack.callback(os.dup2, kept, 2)
        yield
