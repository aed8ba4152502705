"""Who spoke over whom, and what kind of overlap it was. Pure functions on stretches of voice.

Four kinds (DESIGN.md, measures):

- `cut_in`: the trainee starts while the caller speaks, and both speak for more than `grace_ms`, or the caller had to
  stop. Starting inside a pause of a simulated caller's unfinished line is one too: line spans are exact.
- `early_start`: the trainee starts in the caller's last `early_ms`; neutral.
- `backchannel`: a listed word or two ("mm-hm", "I see") of at most `backchannel_ms` that does not take the floor.
- `caller_cut_in`: the caller starts while the trainee speaks, or took a pause for the end of the trainee's turn; never
  blamed on the trainee.

Voice without a recognised word (a cough, a laugh) of up to `wordless_ms` is none of them, and neither is a short
overlap in the middle that fits no kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from callsim.scoring.rubric import MeasureRules
from callsim.scoring.stretches import Stretch, acknowledges
from callsim.timeline import Ms, Span

Kind: TypeAlias = Literal["cut_in", "backchannel", "early_start", "caller_cut_in"]


@dataclass(frozen=True, slots=True)
class Overlap:
    """`span` is where both spoke (of a backchannel in a pause: the backchannel); `said` is the trainee's stretch,
    `over` the caller's."""

    span: Span
    kind: Kind
    said: Stretch
    over: Stretch


def overlaps(trainee: Sequence[Stretch], caller: Sequence[Stretch], rules: MeasureRules, exact: bool) -> list[Overlap]:
    """Every overlap of a kind, in order. `exact`: the caller's stretches are whole lines as played.

    A turn that cuts in several times on one stretch of the caller's counts once.
    """
    found = list[Overlap]()
    for index, said in enumerate(trainee):
        after = trainee[index + 1] if index + 1 < len(trainee) else None
        if _is_a_noise(said, rules):
            continue
        if over := _acknowledged(said, after, caller, rules, exact):
            found.append(Overlap(said.span & over.span or said.span, "backchannel", said, over))
            continue
        before = trainee[index - 1] if index else None
        found += _started_over(said, before, caller, rules, exact)
        found += _spoken_over(said, caller, rules)
    return _once_a_turn(sorted(found, key=lambda one: one.span), rules.turn_pause_ms)


def _is_a_noise(said: Stretch, rules: MeasureRules) -> bool:
    return not said.words and said.span.duration_ms <= rules.wordless_ms


def _acknowledged(
    said: Stretch, after: Stretch | None, caller: Sequence[Stretch], rules: MeasureRules, exact: bool
) -> Stretch | None:
    """The caller's stretch that a backchannel accompanies; None where it is none, or goes on into a turn of its own."""
    if not acknowledges(said, rules):
        return None
    if after and after.span.start_ms - said.span.end_ms < rules.backchannel_ms and not acknowledges(after, rules):
        return None
    under_way = _under_way(said.span.start_ms, caller)
    if under_way and (exact or said.span.end_ms <= under_way.span.end_ms):
        return under_way
    return None if exact else _around(said, caller, rules.inner_pause_ms)


def _around(said: Stretch, caller: Sequence[Stretch], pause_ms: Ms) -> Stretch | None:
    """The stretch before a short pause that the caller ended, with the trainee's word in it."""
    for before, after in pairwise(caller):
        pause = Span(before.span.end_ms, after.span.start_ms)
        inside = before.span.start_ms < said.span.start_ms < pause.end_ms and said.span.end_ms <= after.span.end_ms
        if inside and pause.duration_ms <= pause_ms:
            return before
    return None


def _under_way(at_ms: Ms, caller: Sequence[Stretch]) -> Stretch | None:
    return next((one for one in caller if one.span.start_ms < at_ms < one.span.end_ms), None)


def _started_over(
    said: Stretch, before: Stretch | None, caller: Sequence[Stretch], rules: MeasureRules, exact: bool
) -> Iterator[Overlap]:
    """What the trainee's start inside the caller's speech amounts to, if anything."""
    over = _under_way(said.span.start_ms, caller)
    both = said.span & over.span if over else None
    if not over or not both:
        return
    felt = both.duration_ms > rules.grace_ms or _stopped(over, said, rules.early_ms)
    if over.planned_end_ms - said.span.start_ms <= rules.early_ms:
        yield Overlap(both, "early_start", said, over)
    elif said.span.start_ms - over.span.start_ms < rules.reaction_ms:
        if felt and (exact or _resumed(before, over, rules.turn_pause_ms)):
            yield Overlap(both, "caller_cut_in", said, over)
    elif felt:
        yield Overlap(both, "cut_in", said, over)


def _stopped(over: Stretch, said: Stretch, notice_ms: Ms) -> bool:
    return over.cut and over.span.end_ms <= said.span.end_ms + notice_ms


def _resumed(before: Stretch | None, over: Stretch, pause_ms: Ms) -> bool:
    return before is not None and 0 <= over.span.start_ms - before.span.end_ms <= pause_ms


def _spoken_over(said: Stretch, caller: Sequence[Stretch], rules: MeasureRules) -> Iterator[Overlap]:
    """Where the caller started while the trainee spoke; a caller's own backchannels and last-moment starts are left
    out, and so is a line that gave way at once."""
    for over in caller:
        both = said.span & over.span
        if not both or said.span.start_ms > over.span.start_ms or acknowledges(over, rules):
            continue
        if both.duration_ms > rules.grace_ms or _stopped(over, said, rules.early_ms):
            yield Overlap(both, "caller_cut_in", said, over)


def _once_a_turn(found: Sequence[Overlap], pause_ms: Ms) -> list[Overlap]:
    kept = list[Overlap]()
    for one in found:
        earlier = (other for other in kept if (other.kind, one.kind) == ("cut_in", "cut_in") and other.over == one.over)
        if not any(one.span.start_ms - other.said.span.end_ms <= pause_ms for other in earlier):
            kept.append(one)
    return kept
