"""What a caller may have to say, and how soon: so that it can be spoken ahead. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callsim.caller import after_cut
from callsim.replies import Reply
from callsim.script import ByMood, Script, all_said
from callsim.temper import ASKED_AGAIN, FOUND_OUT, PRESSED_AGAIN
from callsim.timeline import Ms
from callsim.voice import STEPS, step_of

# What a call begins with: the story, what is asked about it, the first thing wanted, what is felt, a caller who hears
# nothing.
_FIRST = ("story.", "answers.", "reactions.", "prompts.still_there")
# Nothing of this is said before the story has been told.
_LATE = ("endings", "misheard", "prompts.settled", "prompts.one_more_thing", "prompts.going_round", "common_answers")
# The rank of what a call itself has made likely; the first minutes' is 0.
SOON = -1
_NAME, _TIME = "{name}", "{when}"
# Finer than the shortest clause.
_CUTS_EVERY_MS: Ms = 50


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A text that may be said at a step of frustration (see voice.STEPS); a lower `rank` is wanted sooner."""

    text: str
    step: int
    rank: int


def foreseen(script: Script) -> tuple[Foreseen, ...]:
    """All that the caller may say, at each step at which it may, but for what takes up a word of the trainee."""
    first_need = f"needs.{script.needs[0].id}.ask"
    found: dict[tuple[str, int], Foreseen] = {}
    for place, said in all_said(script):
        rank = 0 if place.startswith((*_FIRST, first_need)) else 2 if place.startswith(_LATE) else 1
        for line in _lines(script, said, rank):
            found[line.text, line.step] = min(line, found.get((line.text, line.step), line), key=lambda one: one.rank)
    return tuple(found.values())


def with_time(script: Script, when: str) -> Iterator[Foreseen]:
    """What the caller may say to a time that the trainee named, in the trainee's words."""
    for step in STEPS:
        for text in _variants(script.prompts.held_to, step):
            held_to = text.replace(_TIME, when)
            yield Foreseen(held_to[:1].upper() + held_to[1:], step, SOON)
        for text in _variants(script.prompts.two_times, step):
            yield Foreseen(text.replace(_TIME, when), step, SOON)


def rests(line: Reply, full_ms: Ms) -> tuple[str, ...]:
    """What the caller may come back to, wherever the line is cut off; nothing for a line that does not matter."""
    cuts = (after_cut(line, heard_ms, full_ms) for heard_ms in range(0, full_ms, _CUTS_EVERY_MS))
    return tuple(dict.fromkeys(rest.text for rest in cuts if rest))


def _lines(script: Script, said: ByMood, rank: int) -> Iterator[Foreseen]:
    for step in STEPS:
        for text in _variants(said, step):
            if _TIME not in text:
                yield Foreseen(text.replace(_NAME, script.caller.name), step, rank)


def _variants(said: ByMood, step: int) -> tuple[str, ...]:
    """What may be said in the manner of a step; those for any mood come once the mood's own have been said.

    What a line begins with is chosen before what follows moves the caller once more.
    """
    chosen_at = [at for at in range(101) if step in _spoken_at(at)]
    own = (text for frustration in chosen_at for text in said.variants(frustration))
    return tuple(dict.fromkeys((*own, *said.any)))


def _spoken_at(chosen_at: int) -> set[int]:
    """The steps at which a text chosen at that frustration may be spoken."""
    moved = (chosen_at, chosen_at + ASKED_AGAIN.by, chosen_at + PRESSED_AGAIN.by, chosen_at + FOUND_OUT.by)
    return {step_of(min(max(frustration, 0), 100)) for frustration in moved}
