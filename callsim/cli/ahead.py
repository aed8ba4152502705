"""Speaks ahead of a live call what its caller may have to say, so that nothing is synthesised while somebody waits."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType

from callsim.again import Moment
from callsim.call import Mouth
from callsim.devices.clip_cache import CachedSynthesiser
from callsim.errors import CallsimError
from callsim.events import Decided, Event, Heard, Hearing, LineStarted
from callsim.foreseen import SOON, Foreseen, foreseen, rests, with_time
from callsim.phone import Clip, Delivery
from callsim.promises import promised
from callsim.replies import Reply
from callsim.script import Script
from callsim.voice import STEPS, Driver, Voice, step_of

# While a call goes on, so many times as long as a line took to make is left to the call before the next one; but not
# before what was learnt from the call itself, which is needed soon.
_REST = 1.0
_LOOK_AGAIN_S = 0.1
# A turn seldom moves a caller by more; what lies further off is made once the caller comes nearer.
_NEAR = 30


class Ahead:
    """A caller's mouth that makes its lines before they are needed, nearest to the present frustration first.

    Use it as a context manager: `prepare` what the first minutes need, then have the rest made in a thread of its own
    with `start`, and pass it the call's events (`watch`), from which it learns how the caller feels, what it may go
    back to, and which time it was promised. `unprepared` lines had to be made while the call waited for them.
    """

    def __init__(
        self, cache: CachedSynthesiser, voice: Voice, driver: Driver, script: Script, take: Moment | None = None
    ) -> None:
        self.mouth = Mouth(self, voice, driver)
        self.unprepared = 0
        self._cache, self._script = cache, script
        self._manners = [voice.delivery(step, driver) for step in STEPS]
        self._spoken = set[str]()
        self._near = take.mind.frustration if take else script.caller.frustration
        step = step_of(self._near)
        lines = (foreseen(script), _at_steps(take.line.parts, [step]) if take else ())
        self._left = {(line.text, line.step): line for some in lines for line in some}
        self._news: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._missed, self._live, self._over = 0, False, threading.Event()
        self._thread = threading.Thread(target=self._work, name="callsim ahead", daemon=True)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def clip(self, text: str, delivery: Delivery) -> Clip:
        """The spoken text, at once where it was foreseen: in that manner, or in the nearest one that is ready.

        A line in the manner of a slightly different temper is heard as what it is; a late line is heard as a fault.
        """
        ready = next((manner for manner in self._nearest_to(delivery) if self._cache.has(text, manner)), None)
        self._missed += ready is None
        return self._cache.clip(text, ready or delivery)

    def _nearest_to(self, delivery: Delivery) -> list[Delivery]:
        at = self._manners.index(delivery)
        return sorted(self._manners, key=lambda manner: abs(self._manners.index(manner) - at))

    def prepare(self, shown: Callable[[Sequence[Foreseen]], Iterable[Foreseen]]) -> None:
        """Make what the first minutes need; `shown` passes on what is to be made, and shows how far that has come."""
        step = step_of(self._near)
        first = [line for line in self._left.values() if line.rank == 0 and line.step == step]
        for line in shown([line for line in first if not self._is_there(line)]):
            self._make(line)

    def start(self) -> None:
        """Make everything else in the background."""
        self._thread.start()

    def watching(self, other: Callable[[Event], None]) -> Callable[[Event], None]:
        """Watches the call, and passes each event on."""

        def watch(event: Event) -> None:
            self.watch(event)
            other(event)

        return watch

    def watch(self, event: Event) -> None:
        """Learn from what happens in the call; returns at once."""
        self._live = True
        if isinstance(event, LineStarted):
            self.unprepared += self._missed > 0
            self._missed = 0
        if isinstance(event, LineStarted | Decided | Hearing | Heard):
            self._news.put(event)

    @property
    def complaints(self) -> tuple[str, ...]:
        """How many lines were not ready, in a sentence; nothing where all were."""
        if not self.unprepared:
            return ()
        lines = "1 line was" if self.unprepared == 1 else f"{self.unprepared} lines were"
        return (f"{lines} spoken unprepared.",)

    def _work(self) -> None:
        # What goes wrong here goes wrong again, and aloud, when the call needs the line.
        with suppress(CallsimError):
            while not self._over.is_set():
                self._learn()
                line = self._nearest()
                began_s = time.monotonic()
                if line and not self._is_there(line):
                    self._make(line)
                took_s = time.monotonic() - began_s
                self._over.wait(_LOOK_AGAIN_S if line is None else took_s * _REST * (self._live and line.rank >= 0))

    def _nearest(self) -> Foreseen | None:
        """The line wanted soonest, taken off what is left; None where nothing near is left."""
        near = (line for line in self._left.values() if abs(line.step - self._near) <= _NEAR)
        line = min(near, key=self._urgency, default=None)
        return line and self._left.pop((line.text, line.step))

    def _urgency(self, line: Foreseen) -> tuple[bool, bool, float]:
        """Every text in one manner comes before any in a second."""
        return line.rank > SOON, line.text in self._spoken, abs(line.step - self._near) / 10 + line.rank

    def _learn(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._learn_from(self._news.get_nowait())

    def _learn_from(self, event: Event) -> None:
        match event:
            case Decided():
                self._near = event.frustration_after
            case LineStarted():
                self._add(_at_steps(rests(Reply(event.id, (event.text,)), event.full_ms), STEPS))
            case Hearing() | Heard() if when := promised(event.text):
                self._add(with_time(self._script, when))

    def _add(self, lines: Iterable[Foreseen]) -> None:
        self._left |= {(line.text, line.step): line for line in lines}

    def _is_there(self, line: Foreseen) -> bool:
        there = self._cache.has(line.text, self._delivery(line))
        if there:
            self._spoken.add(line.text)
        return there

    def _make(self, line: Foreseen) -> None:
        self._spoken.add(line.text)
        self._cache.clip(line.text, self._delivery(line))

    def _delivery(self, line: Foreseen) -> Delivery:
        return self.mouth.voice.delivery(line.step, self.mouth.driver)


def _at_steps(texts: Iterable[str], steps: Iterable[int]) -> list[Foreseen]:
    """Texts that are wanted before all others."""
    steps = tuple(steps)
    return [Foreseen(text, step, SOON) for text in texts for step in steps]
