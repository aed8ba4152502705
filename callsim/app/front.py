"""A live call, a headset check and a scoring as a page shows them: all of it told through the wire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from callsim.app.wire import GONE, Wire
from callsim.cli.headset import Step
from callsim.cli.livecall import OnAir
from callsim.cli.ringing import ring_until
from callsim.events import Event
from callsim.foreseen import Foreseen
from callsim.headset import Verdict
from callsim.picture import Mode, Picture, Said
from callsim.script import Script

PICTURES_A_SECOND = 20
# Two levels of a meter that differ by less look the same.
_LEVELS = 100


class PageFront:
    """`livecall.Front` for a trainee at a page. Words that come in: "answer", "decline", and the letters of keys."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._notes: list[str] = []
        self._picked_up, self._declined = threading.Event(), threading.Event()
        self._press: Callable[[str], None] | None = None
        wire.listen(self._hear)

    def _hear(self, word: str) -> None:
        if word in ("decline", GONE):
            self._declined.set()
        if word in ("answer", "decline", GONE):
            self._picked_up.set()
        if self._press is not None:
            self._press("q" if word == GONE else word)

    def tell(self, sentence: str) -> None:
        """Under the call."""
        self._notes.append(sentence)
        self._wire.tell(notes=list(self._notes))

    def prepare(self, lines: Sequence[Foreseen]) -> Iterable[Foreseen]:
        """Counted."""
        for number, line in enumerate(lines):
            self._wire.tell(stage="preparing", done=number, of=len(lines))
            yield line

    def brief(self, script: Script, mode: Mode) -> None:
        """On a page of its own, before."""

    def ring(self, speaker: str | None) -> None:
        """Until the page says so; a page that went away has declined."""
        self._wire.tell(stage="ringing")
        ring_until(self._picked_up, speaker)
        if self._declined.is_set():
            raise KeyboardInterrupt
        self._wire.tell(stage="answering")

    def watcher(self, script: Script) -> Callable[[Event], None]:  # noqa: ARG002 - pictures have all there is to see
        """Nothing more."""
        return lambda _: None

    @contextmanager
    def on_air(self, call: OnAir) -> Iterator[None]:
        """Pictures, twenty a second, and the keys."""
        over = threading.Event()
        drawing = threading.Thread(target=self._draw, args=(call.look, over), name="pictures")
        self._wire.tell(session=call.folder.name, may_pause=call.may_pause)
        self._press = call.press
        if self._declined.is_set():
            call.press("q")
        drawing.start()
        try:
            yield
        finally:
            over.set()
            drawing.join()
            self._press = None
            self._wire.tell(stage="ended")

    def _draw(self, look: Callable[[], Picture], over: threading.Event) -> None:
        while not over.wait(1 / PICTURES_A_SECOND):
            self._wire.tell(stage="talking", **facts_of(look()))


def facts_of(seen: Picture) -> dict[str, object]:
    """A picture, as the page gets it."""
    return {
        "second": seen.now_ms // 1000,
        "floor": seen.floor,
        "level": round(seen.level * _LEVELS) / _LEVELS,
        "on": sorted(seen.on),
        "frustration": seen.frustration,
        "mood": seen.mood,
        "said": [_said(one) for one in seen.said],
        "guess": seen.guess,
        "cue": seen.cue,
    }


def _said(one: Said) -> dict[str, object]:
    return {"second": one.at_ms // 1000, "who": one.who, "text": one.text, "cut": one.cut_ms is not None}


class PageGuide:
    """`headset.Guide` for a trainee at a page."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._blocks = 0
        self._loudest = 0.0

    def step(self, step: Step) -> None:
        """What to do now."""
        self._wire.tell(stage=step)

    def level(self, level: float) -> None:
        """The loudest of some blocks, so that no short sound is missed."""
        self._blocks += 1
        self._loudest = max(self._loudest, level)
        if self._blocks % 3 == 0:
            self._wire.tell(level=round(self._loudest * _LEVELS) / _LEVELS)
            self._loudest = 0.0

    def found(self, verdicts: Sequence[Verdict]) -> None:
        """The result."""
        told = [{"fit": verdict.fit, "says": verdict.says} for verdict in verdicts]
        self._wire.tell(verdicts=told, fit=all(verdict.fit for verdict in verdicts))


class PageProgress:
    """`Progress` of a download or of a scoring; a row of its own for each."""

    def __init__(self, wire: Wire, stage: str) -> None:
        self._wire, self._stage = wire, stage

    def step(self, what: str, done: int, total: int | None) -> None:
        """In thousandths, which is as fine as a bar can show."""
        thousandths = round(1000 * done / total) if total else None
        self._wire.tell(stage=self._stage, what=what, done=thousandths, of=1000)
