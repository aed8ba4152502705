"""The caller's temper: what moves frustration, how far, and why. Pure; every move has its cause.

The moves follow long-standing advice to people who answer phones (let them tell the whole story, name the feeling,
own it, say what you can do and by when) and the published findings listed beside each table. They are settings of the
simulated caller, not measurements of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callsim.script import CALM_BELOW

Story: TypeAlias = Literal["untold", "begun", "told"]


@dataclass(frozen=True, slots=True)
class Move:
    """A step of frustration, its rule and its cause in words for a trainee."""

    by: int
    rule: str
    because: str


# Each is felt once a turn, in this order; worse first.
_RAISES: Mapping[str, tuple[int, str]] = {
    "blame": (15, "it sounded as if it were the caller's own fault"),
    "defensiveness": (12, "you defended yourself instead of helping"),
    "minimising": (12, "you made the problem sound small"),
    "rushing": (10, "you hurried the caller"),
    "refusal": (10, "you refused without saying what you can do"),
    "softened_refusal": (2, "you had to say no, but said what you can do"),
    "hedging": (3, "you did not sound sure"),
}

# An act calms less each time: a half, a third, … of the first time (too much of one thing stops working: Marinova,
# Singh and Singh 2018 on apology and empathy that go on too long).
_CALMS: Mapping[str, tuple[int, str]] = {
    "empathy": (7, "you showed that you understand how this feels"),
    "apology": (4, "you apologised"),
    "ownership": (4, "you took it into your own hands"),
    "recap": (5, "you said back what you had understood"),
    "solution": (5, "you said what will be done"),
    "timeframe": (4, "you said by when"),
    "alliance": (4, "you were on the caller's side"),
    "name_use": (3, "you used the caller's name"),
    "question": (2, "you asked to understand"),
    "thanks": (3, "you thanked the caller"),
    "hold": (2, "you explained the wait before it began"),
    "escalation": (5, "you offered somebody who can decide"),
    "satisfaction_check": (2, "you asked whether this helps"),
    "greeting": (2, "you answered with a proper greeting"),
}

# From the fourth time on an apology without more annoys.
_ENOUGH_APOLOGIES = 3

# An offer before the whole story has been heard does not land; a feeling named before it has begun lands by a third.
_NEEDS_THE_WHOLE_STORY = frozenset({"timeframe", "recap"})

CUT_IN = Move(12, "cut_in", "you cut in while the caller was speaking")
CUT_STORY = Move(16, "cut_in_on_the_story", "you cut in before the caller had told the story")
DEAD_AIR = Move(6, "dead_air", "you were silent and had not said why")
UNEXPLAINED_HOLD = Move(5, "unexplained_hold", "you put the caller on hold without saying why")
ASKED_AGAIN = Move(8, "asked_again", "you asked for something the caller had told you already")
TOO_EARLY = Move(3, "too_early", "you offered something before you had heard the story")
TOO_MANY_APOLOGIES = Move(3, "too_many_apologies", "you apologised again instead of doing something")
PRESSED_AGAIN = Move(5, "pressed_again", "the caller had to ask for the same thing again and again")
FOUND_OUT = Move(-4, "found_out", "you asked what nobody had asked before")
TWO_TIMES = Move(4, "two_times", "you named another time than before")
NEED_MET = Move(-7, "need_met", "the caller got what was needed")


def moves(acts: Iterable[str], counts: Mapping[str, int], *, story: Story) -> tuple[Move, ...]:
    """What a turn with these acts does to the caller; `counts` is how often each act came in turns before.

    A refusal in a turn that also says what will be done is a softened one. Unknown acts do nothing.
    """
    present = set(acts)
    if "refusal" in present and present & {"solution", "ownership", "escalation"}:
        present = (present - {"refusal"}) | {"softened_refusal"}
    raised = tuple(Move(by, act, because) for act, (by, because) in _RAISES.items() if act in present)
    calmed = tuple(_calming(act, counts.get(act, 0), story) for act in _CALMS if act in present)
    return raised + tuple(move for move in calmed if move.by)


def _calming(act: str, times: int, story: Story) -> Move:
    by, because = _CALMS[act]
    if act == "apology" and times >= _ENOUGH_APOLOGIES:
        return TOO_MANY_APOLOGIES
    if act == "solution" and story != "told":
        return TOO_EARLY
    if (act in _NEEDS_THE_WHOLE_STORY and story != "told") or (act == "empathy" and story == "untold"):
        by = by // 3
    return Move(-(by // (times + 1)), act, because)


# Being helped takes the heat out; it takes being understood to make a caller calm. Two kinds of these do.
_WARM = frozenset({"empathy", "apology", "alliance", "recap", "thanks", "name_use"})
_WARM_ENOUGH = 2


def calmest(acts: Iterable[str]) -> int:
    """The lowest frustration that a trainee who has done these acts in the call can bring about."""
    return 0 if len(_WARM & set(acts)) >= _WARM_ENOUGH else CALM_BELOW


def moved(frustration: int, move: Move, lowest: int = 0) -> int:
    """The frustration after a move, kept between 0 and 100; relief does not go below `lowest`."""
    return min(100, max(min(lowest, frustration), 0, frustration + move.by))
