"""A recogniser in a thread of its own: a call never waits for the words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType

from callsim.phone import Guess, Recogniser, Samples, Settled


class BackgroundRecogniser:
    """`phone.Recogniser` that answers later: what `inner` answers at once, in the same order.

    `feed` and `finish` hand over and return, however far behind the thread is; `inner` is the thread's alone from here
    on. What `inner` raises ends its work, and `results` raises it once all that was found before has been given out.
    """

    def __init__(self, inner: Recogniser) -> None:
        self._inner = inner
        self._work: SimpleQueue[Callable[[], None] | Event | None] = SimpleQueue()
        self._news: SimpleQueue[Guess | Settled | Exception] = SimpleQueue()
        self._idle = False
        self._thread = Thread(target=self._run, name="recogniser", daemon=True)
        self._thread.start()

    def __enter__(self) -> BackgroundRecogniser:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def feed(self, samples: Samples) -> None:
        """The next samples of the stretch; the array may be used again at once."""
        own = samples.copy()
        self._work.put(lambda: self._inner.feed(own))

    def finish(self) -> None:
        """The stretch is over; its `Settled` comes once the thread has got there."""
        self._work.put(self._inner.finish)

    def results(self) -> list[Guess | Settled]:
        """What has become known since the last look, oldest first."""
        news: list[Guess | Settled] = []
        with suppress(Empty):
            while not isinstance(found := self._news.get_nowait(), Exception):
                news.append(found)
            if news:
                self._news.put(found)  # nothing comes after it
                return news
            raise found
        return news

    def settle(self) -> None:
        """Wait until all that was handed over has been worked through, as at the end of a call."""
        through = Event()
        self._work.put(through)
        through.wait()

    def close(self) -> None:
        """End the thread, once it is through with the piece it is at; the rest is dropped."""
        self._idle = True
        self._work.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            if isinstance(work, Event):
                work.set()
            elif not self._idle:
                self._do(work)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
            for found in self._inner.results():
                self._news.put(found)
        except Exception as wrong:  # whatever it is, it belongs to whoever asks for results
            self._idle = True
            self._news.put(wrong)
