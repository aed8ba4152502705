"""What happens in a call, as frozen values with a JSON form: one line of events.jsonl each.

`at_ms` is when it happened in the sound, `noticed_ms` when the program could first know of it. The reader accepts
just what the writer makes; anything else raises SessionError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from callsim.errors import SessionError
from callsim.timeline import Ms, Span

Who: TypeAlias = Literal["trainee", "caller"]
Key: TypeAlias = Literal["hold", "unhold", "mute", "unmute", "again", "pause", "resume", "hang_up"]
Ending: TypeAlias = Literal["thankful", "cool", "supervisor", "hang_up", "abandoned"]


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word, in the call's time. `confidence` (0 to 1) is the recogniser's own and worth little."""

    word: str
    start_ms: Ms
    end_ms: Ms
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """The head that all events share."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    at_ms: Ms
    noticed_ms: Ms


@dataclass(frozen=True, slots=True)
class SpeechStarted(Moment):
    """Somebody's voice set in at `at_ms`."""

    who: Who = "trainee"
    kind: Literal["speech_started"] = "speech_started"


@dataclass(frozen=True, slots=True)
class SpeechEnded(Moment):
    """A stretch of voice that had begun at `started_ms` ended at `at_ms` (known only after the bridging pause).

    `finished_chance` (0 to 1): how much it sounded like the end of a turn; None where nothing listened for that.
    """

    started_ms: Ms
    who: Who = "trainee"
    finished_chance: float | None = None
    kind: Literal["speech_ended"] = "speech_ended"

    @property
    def span(self) -> Span:
        """The whole stretch."""
        return Span(self.started_ms, self.at_ms)


@dataclass(frozen=True, slots=True)
class Hearing(Moment):
    """The recogniser's guess so far at the stretch that began at `at_ms`; each one replaces the last."""

    text: str
    who: Who = "trainee"
    kind: Literal["hearing"] = "hearing"


@dataclass(frozen=True, slots=True)
class Heard(Moment):
    """What the recogniser settled on for the stretch from `at_ms` to `end_ms`; no words: it heard none."""

    end_ms: Ms
    words: tuple[Word, ...]
    who: Who = "trainee"
    kind: Literal["heard"] = "heard"

    @property
    def text(self) -> str:
        """The words as one string, lower case and unpunctuated as recognised."""
        return " ".join(word.word for word in self.words)


@dataclass(frozen=True, slots=True)
class Pressed(Moment):
    """The trainee used a key of the phone."""

    key: Key
    kind: Literal["pressed"] = "pressed"


Listened: TypeAlias = SpeechStarted | SpeechEnded | Hearing | Heard


@dataclass(frozen=True, slots=True)
class LineStarted(Moment):
    """The caller began to say its line number `line` (from 1); said whole it takes `full_ms`."""

    line: int
    id: str
    text: str
    full_ms: Ms
    kind: Literal["line_started"] = "line_started"


@dataclass(frozen=True, slots=True)
class LineEnded(Moment):
    """The caller fell silent after `heard_ms` of line `line`; `cut` where it was stopped before its end."""

    line: int
    heard_ms: Ms
    cut: bool
    kind: Literal["line_ended"] = "line_ended"


@dataclass(frozen=True, slots=True)
class TurnEnded(Moment):
    """The caller took the trainee's turn for finished; the voice had ended at `at_ms`."""

    kind: Literal["turn_ended"] = "turn_ended"


@dataclass(frozen=True, slots=True)
class Acted(Moment):
    """The caller understood an act in what the trainee said from `at_ms` to `end_ms`."""

    end_ms: Ms
    act: str
    quote: str
    kind: Literal["acted"] = "acted"


@dataclass(frozen=True, slots=True)
class NeedMet(Moment):
    """One of the script's needs was met."""

    need: str
    kind: Literal["need_met"] = "need_met"


@dataclass(frozen=True, slots=True)
class Decided(Moment):
    """The caller's frustration (0 to 100) moved, or the caller chose something, and why."""

    because: str
    rule: str
    frustration_before: int
    frustration_after: int
    kind: Literal["decided"] = "decided"


@dataclass(frozen=True, slots=True)
class Chose(Moment):
    """The caller chose what to say: the line's `id` and why; `mind` is all that it felt and knew then (see mind.py)."""

    id: str
    because: str
    mind: str
    kind: Literal["chose"] = "chose"


@dataclass(frozen=True, slots=True)
class Ended(Moment):
    """The call is over."""

    ending: Ending
    kind: Literal["ended"] = "ended"


Event: TypeAlias = (
    SpeechStarted
    | SpeechEnded
    | Hearing
    | Heard
    | LineStarted
    | LineEnded
    | TurnEnded
    | Acted
    | NeedMet
    | Decided
    | Chose
    | Ended
    | Pressed
)

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def to_json(event: Event) -> str:
    """One line of JSON without a line end; the same event gives the same bytes."""
    return _ADAPTER.dump_json(event).decode()


def from_json(line: str | bytes) -> Event:
    """The event of one line. Raises SessionError where the line is no event of this version."""
    try:
        event = _ADAPTER.validate_json(line, strict=True)
    except ValidationError as wrong:
        kind = wrong.errors()[0]["type"]
        raise SessionError(f"A line of events.jsonl is not an event of this version of callsim ({kind})") from None
    if not _can_be(event):
        raise SessionError("A line of events.jsonl tells of something that ends before it begins")
    return event


def _can_be(event: Event) -> bool:
    first_ms = event.started_ms if isinstance(event, SpeechEnded) else event.at_ms
    last_ms = event.end_ms if isinstance(event, Heard | Acted) else event.at_ms
    return 0 <= first_ms <= last_ms
