"""The caller's mind as a value: what it feels and knows, and what comes of a turn. Pure, without any time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from callsim.acts import Act
from callsim.errors import SessionError
from callsim.events import Ending
from callsim.replies import Memory, Reply, pick, reply
from callsim.script import CALM_BELOW, FURIOUS_FROM, Script
from callsim.temper import Move, Story, calmest, moved


@dataclass(frozen=True, slots=True)
class Mind:
    """What the caller feels and knows.

    `heard_out` counts the parts of the story said without being cut off, `pressed` how often in a row the caller has
    asked for something it needs, `peak` is the highest frustration of the call so far.
    """

    script: Script
    frustration: int
    memory: Memory
    acts: tuple[str, ...] = ()
    heard_out: int = 0
    demanded: bool = False
    settled: bool = False
    prompts: int = 0
    pressed: int = 0
    lines: int = 0
    peak: int = 0

    @property
    def story(self) -> Story:
        """How far the story has been told."""
        if self.heard_out >= len(self.script.story):
            return "told"
        return "begun" if self.heard_out else "untold"


@dataclass(frozen=True, slots=True)
class Felt:
    """One move of frustration, with the level before and after."""

    move: Move
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Response:
    """What comes of a turn: the mind afterwards, a line to say, and why; with an `ending` the line is the last one."""

    mind: Mind
    reply: Reply
    why: str
    felt: tuple[Felt, ...] = ()
    acts: tuple[Act, ...] = ()
    met: tuple[str, ...] = ()
    ending: Ending | None = None
    patience: Literal["usual", "holding"] = "usual"


def new_mind(script: Script, seed: int) -> Mind:
    """The caller as the phone is picked up."""
    return Mind(script, script.caller.frustration, Memory(seed), peak=script.caller.frustration)


def feel(mind: Mind, all_moves: Iterable[Move]) -> tuple[Mind, tuple[Felt, ...]]:
    """The mind after some moves of its frustration, one after another."""
    felt: list[Felt] = []
    for move in all_moves:
        after = moved(mind.frustration, move, calmest(mind.acts))
        felt.append(Felt(move, mind.frustration, after))
        mind = replace(mind, frustration=after, peak=max(mind.peak, after))
    return mind, tuple(felt)


def content_ending(mind: Mind) -> Ending:
    """How a call that solved the problem ends: thankful where the caller has calmed down, cool where not."""
    return "thankful" if mind.frustration < CALM_BELOW else "cool"


def goodbye(mind: Mind, ending: Ending, why: str) -> Response:
    """The last line of the call; who had been furious and was calmed may say sorry, in the script's words."""
    variants: tuple[str, ...] = getattr(mind.script.endings, ending)
    if ending == "thankful" and mind.peak >= FURIOUS_FROM:
        variants += mind.script.endings.apologetic
    memory, text = pick(mind.memory, variants)
    return Response(replace(mind, memory=memory), reply(f"ending.{ending}", text), why, ending=ending)


def to_json(mind: Mind) -> str:
    """All of a mind but its script, as one line; the same mind gives the same bytes."""
    known = {name: value for name, value in _fields(mind).items() if name != "script"}
    known["memory"] = asdict(mind.memory) | {"said": sorted(mind.memory.said)}
    return json.dumps(known, separators=(",", ":"))


def from_json(text: str, script: Script) -> Mind:
    """The mind of one line, over its script. Raises SessionError where the line is none of this version's."""
    try:
        return TypeAdapter(Mind).validate_python({**json.loads(text), "script": script})
    except (ValidationError, ValueError, TypeError):
        raise SessionError("What the caller knew then cannot be read: the session is of another version") from None


def _fields(mind: Mind) -> dict[str, Any]:
    return {name: getattr(mind, name) for name in Mind.__dataclass_fields__}
