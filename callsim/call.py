"""The loop that ties a call together: phone → listening → conversation → phone, and everything kept on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from callsim.actions import Action, Cut, HangUp, Note, Say
from callsim.again import Moment
from callsim.conversation import step
from callsim.events import Ended, Event, Key, LineEnded, LineStarted, Pressed
from callsim.floor import Input, State, Tick, start, start_again
from callsim.listening import Listener
from callsim.phone import Clip, Phone, Playing, Samples, Synthesiser
from callsim.script import Script
from callsim.timeline import Ms, ms_at, sample_at
from callsim.voice import Driver, Voice

# Between two sentences people pause for 150 to 250 ms where they do not think.
BREATH_MS: Ms = 220


class Keeper(Protocol):
    """Where a call is kept as it goes: the session folder, or a test's list."""

    def event(self, event: Event) -> None:
        """Keep an event."""

    def sound(self, trainee: Samples, caller: Samples) -> None:
        """Keep the next samples of both sides, equally long."""


@dataclass(frozen=True, slots=True)
class Mouth:
    """The caller's mouth: a line and a frustration become a clip. `driver` is the speech engine of this machine."""

    synthesiser: Synthesiser
    voice: Voice
    driver: Driver

    def clip(self, text: str, frustration: int) -> Clip:
        """A spoken text."""
        return self.synthesiser.clip(text, self.voice.delivery(frustration, self.driver))

    def line(self, parts: Sequence[str], frustration: int) -> Clip:
        """A line of parts that are spoken each by itself, so that few clips make many lines, with a short breath."""
        breath = np.zeros(sample_at(BREATH_MS), dtype=np.int16)
        clips = [self.clip(part, frustration).samples for part in parts]
        return Clip(np.concatenate([piece for clip in clips for piece in (clip, breath)][:-1]))


@dataclass(slots=True)
class _Line:
    """The line that the phone plays."""

    number: int
    say: Say
    samples: int
    started: bool = False


@dataclass(slots=True)
class Call:
    """One call; `run` it once. `watch` sees every event as it is kept, `pressed` tells the keys used since then.

    `settle` waits until a recogniser that works in the background has caught up, once the call is over. `again`: where
    to begin, in a turn that is taken again.
    """

    phone: Phone
    listener: Listener
    mouth: Mouth
    keeper: Keeper
    script: Script
    seed: int
    watch: Callable[[Event], None] = lambda _: None
    pressed: Callable[[], Sequence[Key]] = lambda: ()
    settle: Callable[[], None] = lambda: None
    again: Moment | None = None
    state: State = field(init=False)
    _line: _Line | None = field(init=False, default=None)
    _lines: int = field(init=False, default=0)
    _ended: Ended | None = field(init=False, default=None)
    _now_ms: Ms = field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.again is None:
            self.state = start(self.script, self.seed)
        else:
            self.state = start_again(self.again.mind, self.again.line)

    def run(self) -> None:
        """Talk until the caller hangs up, or the phone goes down (then the call is abandoned)."""
        for block in self.phone.blocks():
            self._now_ms = ms_at(block.end_sample)
            self.keeper.sound(block.trainee, block.caller)
            self._take(self._line_events(block.playing))
            keys = self.pressed()
            self._take(Pressed(self._now_ms, self._now_ms, key) for key in keys)
            self._take(self.listener.feed(block.trainee))
            self._take([Tick(self._now_ms, self.listener.voiced, self.phone.lead_ms)])
            if self.state.phase == "over" or "hang_up" in keys:
                break
        self.hang_up()

    def hang_up(self) -> None:
        """End the call from the trainee's side: what is still in the air is heard out and kept."""
        events = [*self.listener.finish()]
        self.settle()
        for event in [*events, *self.listener.collect()]:
            self._keep(event)
        self._keep(self._ended or Ended(self._now_ms, self._now_ms, "abandoned"))

    def _take(self, inputs: Iterable[Input]) -> None:
        for event in inputs:
            if not isinstance(event, Tick):
                self._keep(event)
            self.state, actions = step(self.state, event)
            for action in actions:
                self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Note(Ended() as ended):
                # What the trainee said over the goodbye is still to be heard out; the end comes last.
                self._ended = ended
            case Note(event):
                self._keep(event)
            case Say():
                self._say(action)
            case Cut():
                self.phone.cut()
            case HangUp():
                pass  # the state is over, which ends `run` after this block

    def _say(self, say: Say) -> None:
        clip = self.mouth.line(say.reply.parts, say.frustration)
        self._lines += 1
        self._line = _Line(self._lines, say, len(clip.samples))
        self.phone.play(clip)

    def _line_events(self, playing: Playing | None) -> Iterator[LineStarted | LineEnded]:
        line, now_ms = self._line, self._now_ms
        if playing is None or line is None:
            return
        if not line.started:
            line.started = True
            reply, at_ms = line.say.reply, ms_at(playing.first_sample)
            yield LineStarted(at_ms, now_ms, line.number, reply.id, reply.text, ms_at(line.samples))
        if playing.done:
            self._line = None
            heard, end_ms = playing.heard_samples, ms_at(playing.first_sample + playing.heard_samples)
            yield LineEnded(end_ms, now_ms, line.number, ms_at(heard), cut=heard < line.samples)

    def _keep(self, event: Event) -> None:
        self.keeper.event(event)
        self.watch(event)
