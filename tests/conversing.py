"""A call without sound, to be read like a score: `talk(script).trainee("…", after_ms=400).silence(6_000)`.

Words become speech events at 160 words a minute, the caller's lines last as long; ticks come every 20 ms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from callsim.actions import Cut, HangUp, Note, Say
from callsim.conversation import step
from callsim.events import (
    Decided,
    Ended,
    Event,
    Heard,
    Hearing,
    LineEnded,
    LineStarted,
    SpeechEnded,
    SpeechStarted,
    Word,
)
from callsim.floor import Input, State, Tick, start
from callsim.script import Script

WORD_MS = 375
STEP_MS = 20
ONSET_MS, OFFSET_MS = 120, 300


def words_from(text: str, start_ms: int) -> tuple[Word, ...]:
    """The text as recognised words, one after another."""
    return tuple(
        Word(word, start_ms + n * WORD_MS, start_ms + (n + 1) * WORD_MS) for n, word in enumerate(text.split())
    )


@dataclass
class Talk:
    """A conversation in progress; what the caller says is heard `on_its_way_ms` after it was decided."""

    state: State
    on_its_way_ms: int = 0
    now_ms: int = 0
    events: list[Event] = field(default_factory=list)
    lines: list[tuple[int, str, str]] = field(default_factory=list)
    over: bool = False
    _line: tuple[int, int, int, str] | None = None
    _cut: bool = False
    _later: list[tuple[int, Input]] = field(default_factory=list)

    def trainee(self, text: str, after_ms: int = 600, heard_late_ms: int = 0) -> Talk:
        """Say something `after_ms` from now and wait until it is said; the guess grows as the words come."""
        self._say(text, self.now_ms + after_ms, heard_late_ms)
        return self.silence(after_ms + len(text.split()) * WORD_MS)

    def _say(self, text: str, at_ms: int, heard_late_ms: int = 0) -> None:
        words = words_from(text, at_ms)
        end_ms = at_ms + max(len(words), 1) * WORD_MS
        self._at(at_ms + ONSET_MS, SpeechStarted(at_ms, at_ms + ONSET_MS))
        for n, word in enumerate(words):
            guess = " ".join(one.word for one in words[: n + 1])
            self._at(word.end_ms + 100, Hearing(at_ms, word.end_ms + 100, guess))
        self._at(end_ms + OFFSET_MS, SpeechEnded(end_ms, end_ms + OFFSET_MS, at_ms))
        heard_ms = end_ms + OFFSET_MS + heard_late_ms
        self._at(heard_ms, Heard(at_ms, heard_ms, end_ms, words))

    def _at(self, when_ms: int, event: Input) -> None:
        self._later.append((when_ms, event))
        self._later.sort(key=lambda one: one[0])

    def silence(self, ms: int) -> Talk:
        """Let time go by."""
        until_ms = self.now_ms + ms
        while self.now_ms < until_ms and not self.over:
            self._tick()
        return self

    def listens(self) -> Talk:
        """Wait until the caller has said the line that it is in, or else its next one."""
        while not self.over and not self._line:
            self._tick()
        while not self.over and self._line:
            self._tick()
        return self

    def into_line(self, ms: int) -> Talk:
        """Wait until the caller's next line has lasted this long."""
        while not self._line:
            self._tick()
        return self.silence(self._line[1] + ms - self.now_ms)

    def _tick(self) -> None:
        self.now_ms += STEP_MS
        self._play()
        while self._later and self._later[0][0] <= self.now_ms:
            self._take(self._later.pop(0)[1])
        self._take(Tick(self.now_ms, lead_ms=self.on_its_way_ms))

    def _play(self) -> None:
        if not self._line:
            return
        number, began_ms, full_ms, reply_id = self._line
        if self.now_ms <= began_ms:
            return
        if self.now_ms == began_ms + STEP_MS:
            self._take(LineStarted(began_ms, self.now_ms, number, reply_id, self.lines[-1][2], full_ms))
        heard_ms = min(self.now_ms - began_ms, full_ms)
        if self._cut or heard_ms == full_ms:
            self._line = None
            was_cut, self._cut = self._cut and heard_ms < full_ms, False
            self._take(LineEnded(began_ms + heard_ms, self.now_ms, number, heard_ms, was_cut))

    def _take(self, event: Input) -> None:
        if not isinstance(event, Tick):
            self.events.append(event)
        self.state, actions = step(self.state, event)
        for action in actions:
            match action:
                case Say(reply):
                    assert self._line is None, "one line at a time"
                    began_ms = self.now_ms + self.on_its_way_ms
                    self.lines.append((began_ms, reply.id, reply.text))
                    full_ms = len(reply.text.split()) * WORD_MS // STEP_MS * STEP_MS
                    self._line = (len(self.lines), began_ms, full_ms, reply.id)
                case Cut():
                    self._cut = True
                case Note(noted):
                    self.events.append(noted)
                case HangUp():
                    self.over = True

    @property
    def ending(self) -> str | None:
        """How the call ended, if it did."""
        return next((event.ending for event in self.events if isinstance(event, Ended)), None)

    def causes(self) -> list[str]:
        """The rules by which the frustration moved, in order."""
        return [event.rule for event in self.events if isinstance(event, Decided)]

    def cut_lines(self) -> list[int]:
        """How much was heard of each line that was cut off."""
        return [event.heard_ms for event in self.events if isinstance(event, LineEnded) and event.cut]


def talk(script: Script, seed: int = 0) -> Talk:
    """The phone has just been picked up."""
    return Talk(start(script, seed))
