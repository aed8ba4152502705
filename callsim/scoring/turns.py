"""Who holds the floor, how soon the trainee answers, and where nobody speaks. Pure functions on spans.

All of them take the stretches of voice of each side, in order and free of overlaps, in whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from callsim.events import Who
from callsim.timeline import Ms, Span, bridged, total_ms

# Speech that ends this soon after the other side fell silent was still said inside the other's speech, and so does not
# take the floor (the same tolerance as call-ai-metrics 0.1.0, EDGE_TOLERANCE_S).
EDGE_MS: Ms = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's stretch of talk, pauses inside it included."""

    who: Who
    span: Span


@dataclass(frozen=True, slots=True)
class Gap:
    """From the caller's end to the trainee's start; `gap_ms` is negative where they overlapped."""

    caller_end_ms: Ms
    trainee_start_ms: Ms

    @property
    def gap_ms(self) -> Ms:
        """How long the caller waited for the answer."""
        return self.trainee_start_ms - self.caller_end_ms

    @property
    def span(self) -> Span:
        """The silence (or the overlap) between the two."""
        return Span(*sorted((self.caller_end_ms, self.trainee_start_ms)))


def turns(trainee: Sequence[Span], caller: Sequence[Span], asides: Collection[Span], pause_ms: Ms) -> list[Turn]:
    """Each side's turns in order of their starts; unit: ms; none where nobody speaks.

    A turn is one side's speech with pauses of up to `pause_ms` bridged while the other side does not take the floor.
    What is said wholly inside the other's speech takes no floor, and neither do `asides` (the trainee's backchannels).
    Source: DESIGN.md, measures; the 3.0 s default is that of call-ai-metrics (max_turn_pause).
    """
    takes: list[tuple[Span, Who]] = []
    takes += [(span, "trainee") for span in trainee if span not in asides and not _inside(span, caller)]
    takes += [(span, "caller") for span in caller if not _inside(span, trainee)]
    found = list[Turn]()
    for span, who in sorted(takes):
        last = found[-1] if found else None
        if last and last.who == who and span.start_ms - last.span.end_ms <= pause_ms:
            found[-1] = Turn(who, Span(last.span.start_ms, max(last.span.end_ms, span.end_ms)))
        else:
            found.append(Turn(who, span))
    return found


def _inside(span: Span, others: Sequence[Span]) -> bool:
    around = (other for other in others if other.start_ms < span.start_ms < other.end_ms)
    return any(span.end_ms <= other.end_ms + EDGE_MS for other in around)


def response_gaps(
    found: Sequence[Turn], caller: Sequence[Span], no_answers: Collection[Ms], holds: Sequence[Span], early_ms: Ms
) -> list[Gap]:
    """How long the caller waited for each answer, in ms: from the caller's last end to the start of the trainee's turn.

    Negative, by up to `early_ms`, where the trainee set in during the caller's last words. Left out: turns that begin
    earlier than that or at one of `no_answers` (cut-ins, and starts in which the caller cut in), and answers that end
    an explained hold (`holds`: the silences).
    Source: DESIGN.md, measures. Human replies have their mode near 200 ms (Levinson and Torreira 2015).
    """
    gaps = list[Gap]()
    for before, turn in pairwise(found):
        if (before.who, turn.who) != ("caller", "trainee") or turn.span.start_ms in no_answers:
            continue
        ended_ms = max(span.end_ms for span in caller if span.start_ms <= turn.span.start_ms)
        held = any(hold.start_ms == ended_ms for hold in holds)
        if not held and turn.span.start_ms - ended_ms >= -early_ms:
            gaps.append(Gap(ended_ms, turn.span.start_ms))
    return gaps


def longest_turn(found: Sequence[Turn], who: Who = "trainee") -> Turn | None:
    """The longest turn of one side, pauses included; the first of equals; None where that side took none."""
    return max((turn for turn in found if turn.who == who), key=lambda turn: turn.span.duration_ms, default=None)


def talk_share(trainee: Sequence[Span], caller: Sequence[Span]) -> float | None:
    """The trainee's speech as a share of all speech, 0 to 1; time both speak counts for both; None in pure silence.

    Source: DESIGN.md, measures (Amazon's call analytics divide by the call's duration instead, Gong by talk).
    """
    ours_ms, theirs_ms = total_ms(trainee), total_ms(caller)
    return ours_ms / (ours_ms + theirs_ms) if ours_ms + theirs_ms else None


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which neither side speaks, who spoke before it, and who broke it (None: nobody did)."""

    span: Span
    after: Who
    before: Who | None


def silences(trainee: Sequence[Span], caller: Sequence[Span], length_ms: Ms) -> list[Silence]:
    """Where neither speaks, from the first voice of the call to `length_ms`. Of two who end at once, the caller's
    end counts: the trainee is the one who has to answer."""
    both = bridged([*trainee, *caller], 0)
    ends: dict[Ms, Who] = {span.end_ms: "trainee" for span in trainee}
    ends.update((span.end_ms, "caller") for span in caller)
    starts: dict[Ms, Who] = {span.start_ms: "caller" for span in caller}
    starts.update((span.start_ms, "trainee") for span in trainee)
    found = [
        Silence(Span(span.end_ms, after.start_ms), ends[span.end_ms], starts[after.start_ms])
        for span, after in pairwise(both)
    ]
    if both and both[-1].end_ms < length_ms:
        found.append(Silence(Span(both[-1].end_ms, length_ms), ends[both[-1].end_ms], None))
    return found


def owed(quiet: Silence, exact: bool) -> bool:
    """Whether it was the trainee's to end this silence.

    It was after the caller's words, and inside the trainee's own turn. Where the trainee spoke last and the caller
    first again, a simulated caller (`exact`) had waited in vain, since it answers a finished turn at once; a human
    caller may just have been thinking. What follows the last words of an imported recording is nobody's.
    """
    if quiet.before is None:
        return exact and quiet.after == "caller"
    return exact or quiet.after == "caller" or quiet.before == "trainee"


def explained(quiet: Silence, trainee: Sequence[Span], hold_turns: Collection[Span]) -> bool:
    """Whether the trainee's last words before the silence belong to a turn that explained a hold (`hold_turns`); a
    short "all right, I'll wait" of the caller may lie between."""
    last = max((span for span in trainee if span.end_ms <= quiet.span.start_ms), default=None)
    return last is not None and any(last & turn for turn in hold_turns)


def dead_air(
    quiet: Sequence[Silence],
    caller_began_ms: Ms,
    holds: Collection[Span],
    *,
    unexplained_ms: Ms,
    explained_ms: Ms,
    exact: bool,
) -> list[Span]:
    """Silences of more than `unexplained_ms` that the trainee owed an end to, in ms; none before the caller spoke.

    Of a hold that was explained before it began (`holds`: the silences), only what exceeds `explained_ms` counts.
    Source: 3 s is Amazon Connect's and MiiTel's non-talk time; an explained hold is no dead air (Genesys).
    """
    found = list[Span]()
    for one in quiet:
        if one.span.start_ms < caller_began_ms or not owed(one, exact):
            continue
        free_ms = explained_ms if one.span in holds else 0
        if one.span.duration_ms - free_ms > (0 if free_ms else unexplained_ms):
            found.append(Span(one.span.start_ms + free_ms, one.span.end_ms))
    return found
