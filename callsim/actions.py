"""What the caller does: the actions that conversation.step asks of the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from callsim.events import Event
from callsim.replies import Reply


@dataclass(frozen=True, slots=True)
class Say:
    """Say a line, in a voice of this frustration."""

    reply: Reply
    frustration: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Stop speaking."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over."""


@dataclass(frozen=True, slots=True)
class Note:
    """Keep this event with the call."""

    event: Event


Action: TypeAlias = Say | Cut | HangUp | Note
