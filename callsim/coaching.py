"""A cue for the moment, for practice: what would help this caller next. Pure, on the state of the conversation."""

from __future__ import annotations

from callsim.floor import State
from callsim.replies import unmet
from callsim.timeline import Ms

# Somebody who is about to answer needs no cue: it comes only into a silence of this length.
HESITATES_MS: Ms = 1_200


def cue(state: State) -> str | None:
    """One short sentence; None while the trainee needs none: somebody speaks, or a hold is on."""
    speaking = state.turn.speaking_since_ms is not None or state.turn.text
    if state.phase != "listening" or speaking or state.holding or state.on_hold:
        return None
    if state.now_ms - state.quiet_since_ms < HESITATES_MS:
        return None
    return _advice(state)


def _advice(state: State) -> str:  # noqa: PLR0911 - one return for each advice
    mind, name = state.mind, state.mind.script.first_name
    if mind.memory.told == 0:
        return "Say who you are, and offer your help."
    if state.unfinished:
        return f"You cut in. Let {name} finish."
    if "empathy" not in mind.acts:
        return f"Say what this must feel like for {name}."
    if mind.story != "told":
        return f"Let {name} tell the whole story: ask to hear more."
    if "ownership" not in mind.acts:
        return "Take it into your own hands: I will …"
    if need := unmet(mind.script, mind.memory):
        return f"Still open: {need.what}. Say what you can do, and by when."
    return "Ask whether that helps, and close warmly."
