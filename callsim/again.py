"""A turn of a kept call, to be taken again: where the call stood, from the session's own events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callsim.errors import InputError
from callsim.events import Chose, Event, LineStarted, TurnEnded
from callsim.mind import Mind, from_json
from callsim.replies import Reply
from callsim.script import Script
from callsim.timeline import Ms


@dataclass(frozen=True, slots=True)
class Moment:
    """The caller just before a turn of the trainee: what it felt and knew, and the line that the turn answered."""

    mind: Mind
    line: Reply
    at_ms: Ms


def moment_before(events: Sequence[Event], script: Script, turn: int) -> Moment:
    """Where the call stood before the trainee's turn number `turn` (from 1): the caller's line before it, and its mind.

    Raises InputError where the call has no such turn, or none of the caller's lines came before it.
    """
    turns = [event for event in events if isinstance(event, TurnEnded)]
    if not 1 <= turn <= len(turns):
        raise InputError(f"The call has {len(turns)} turns of the trainee's, and no turn {turn}: choose one of them")
    before = [event for event in events if event.noticed_ms < turns[turn - 1].noticed_ms]
    lines = [event for event in before if isinstance(event, LineStarted)]
    if not lines:
        raise InputError(f"Before turn {turn} the caller had not said anything: start a new call instead")
    line = lines[-1]
    chosen = [event for event in before if isinstance(event, Chose) and event.noticed_ms <= line.noticed_ms]
    if not chosen:
        raise InputError("The session is from a version of callsim that kept too little to take a turn again")
    return Moment(from_json(chosen[-1].mind, script), Reply(line.id, (line.text,)), line.at_ms)
