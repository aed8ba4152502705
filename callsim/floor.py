"""Who has the floor: the state of a conversation, as values. conversation.py says what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from callsim.events import Ending, Heard, LineEnded, LineStarted, Listened, Pressed
from callsim.mind import Mind, new_mind
from callsim.replies import Reply
from callsim.script import Script
from callsim.timeline import Ms

Phase: TypeAlias = Literal["listening", "speaking", "over"]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by: the sound is known up to `at_ms`. Not an event of the call; it leaves no trace.

    `voiced`: the trainee's voice is sounding just now, or may just be setting in. `lead_ms` is how long what the caller
    says or leaves unsaid from now on is on its way to the ear.
    """

    at_ms: Ms
    voiced: bool = False
    lead_ms: Ms = 0


Input: TypeAlias = Listened | LineStarted | LineEnded | Pressed | Tick


@dataclass(frozen=True, slots=True)
class Turn:
    """What the trainee has said since the caller last took the floor.

    `open_stretches` are stretches of voice whose words have not come yet, `wordless_ms` voice in which none was found.
    `gave_way`: the caller has spoken into one of its pauses already. `finished_chance`: how finished its last stretch
    sounded, None where nothing listened for that.
    """

    speaking_since_ms: Ms | None = None
    ended_ms: Ms | None = None
    heard: tuple[Heard, ...] = ()
    guess: str = ""
    open_stretches: int = 0
    wordless_ms: Ms = 0
    gave_way: bool = False
    finished_chance: float | None = None

    @property
    def text(self) -> str:
        """All words so far, the guess at the stretch still open included."""
        return " ".join(part for part in (*(heard.text for heard in self.heard), self.guess) if part)


@dataclass(frozen=True, slots=True)
class Line:
    """The line being said. `before` is the state that led to it, to go back to if it came too soon.

    `started_ms` is when the trainee began to hear it.
    """

    reply: Reply
    before: State
    ending: Ending | None = None
    started_ms: Ms | None = None
    full_ms: Ms = 0
    stopped: Literal["no", "cut_in", "back_off"] = "no"


@dataclass(frozen=True, slots=True)
class State:
    """Where a call stands. `late_stretches`: stretches answered on a guess already, whose words are still to come.

    `lead_ms` is that of the last tick, `opening` a line to say before all else.
    """

    mind: Mind
    now_ms: Ms = 0
    phase: Phase = "listening"
    turn: Turn = field(default_factory=Turn)
    line: Line | None = None
    quiet_since_ms: Ms = 0
    holding: bool = False
    on_hold: bool = False
    last_reply: Reply | None = None
    unfinished: Reply | None = None
    late_stretches: int = 0
    pauses_ms: tuple[Ms, ...] = ()
    lead_ms: Ms = 0
    opening: Reply | None = None


def start(script: Script, seed: int) -> State:
    """The caller as the trainee picks up."""
    return State(new_mind(script, seed))


def start_again(mind: Mind, opening: Reply) -> State:
    """The caller in the middle of a call, who says the `opening` line (again) and goes on from there."""
    return State(replace(mind, lines=mind.lines - 1), opening=opening)
