"""Who asks for a page: whoever sits at this machine, or somebody who has signed in to a training room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from starlette.requests import HTTPConnection

from callsim.library.reading import folded
from callsim.sessions.names import own_name

Role: TypeAlias = Literal["local", "coach", "trainee", "nobody"]
# Where the guard leaves the visitor in an ASGI scope.
KEY = "callsim.visitor"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody by name. On one machine everyone is "local" and may do everything.

    "nobody" stands before a training room and has not signed in.
    """

    name: str
    role: Role

    @property
    def coaches(self) -> bool:
        """Whether they may judge calls and see those of everybody."""
        return self.role in ("local", "coach")

    def may_see(self, trainee: str) -> bool:
        """Whether a call of this trainee's is theirs to see."""
        return self.coaches or (self.role == "trainee" and folded(trainee) == folded(self.name))

    @property
    def in_a_room(self) -> bool:
        """Whether they come from another computer, where no headset of ours is."""
        return self.role != "local"


NOBODY = Visitor("", "nobody")


def visitor(request: HTTPConnection) -> Visitor:
    """Who asks; without a sign-in whoever sits here."""
    found = request.scope.get(KEY)
    return found if isinstance(found, Visitor) else Visitor(own_name(), "local")
