"""Stretches of voice with the words said in them, and passages: what one side says before the other takes over.

Times come from voice activity (or, in a simulated call, from the lines as played); words only say what was said.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from callsim.acts import is_backchannel
from callsim.events import Who, Word
from callsim.scoring.evidence import Evidence
from callsim.scoring.rubric import MeasureRules
from callsim.timeline import Ms, Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of a voice. `planned_end_ms` is where it would have ended by itself; `cut` where it was stopped.

    Known for the lines of a simulated caller; elsewhere the planned end is the end.
    """

    span: Span
    words: tuple[Word, ...]
    planned_end_ms: Ms
    cut: bool = False

    @property
    def text(self) -> str:
        """The recognised words in it."""
        return " ".join(word.word for word in self.words)


@dataclass(frozen=True, slots=True)
class Passage:
    """What the trainee said in one go: the words of a turn joined, since a phrase may straddle a pause."""

    span: Span
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words as one string."""
        return " ".join(word.word for word in self.words)


def trainee_stretches(evidence: Evidence) -> list[Stretch]:
    """The trainee's stretches of voice with their words."""
    return _with_words(evidence, "trainee", evidence.trainee)


def caller_stretches(evidence: Evidence, rules: MeasureRules) -> list[Stretch]:
    """The caller's lines (exact, inner pauses included) where there are lines, else what the caller said in one go.

    The caller's giving way ("Sorry, go on") is left out: it is said over the trainee on purpose.
    """
    if evidence.lines is None:
        return _unfinished(_with_words(evidence, "caller", evidence.caller), evidence.trainee, rules)
    lines = (line for line in evidence.lines if line.id != "go_on")
    return [Stretch(line.span, (), line.planned_end_ms, line.cut) for line in lines]


def acknowledges(said: Stretch, rules: MeasureRules) -> bool:
    """Whether a stretch is no more than a listed word or two ("mm-hm", "I see")."""
    short = said.span.duration_ms <= rules.backchannel_ms and len(said.words) <= rules.backchannel_words
    return short and is_backchannel(said.text)


def _unfinished(said: Sequence[Stretch], trainee: Sequence[Span], rules: MeasureRules) -> list[Stretch]:
    """A recorded caller's stretches, joined where the caller had not finished: went on after no more than
    `unfinished_ms`, with more than an "okay".

    A trainee who set in later than a reaction into such a pause took it fairly: there nothing is joined. One who set in
    sooner had not waited for it, and so spoke into what the caller was saying.
    """
    joined = list[Stretch]()
    for one in said:
        last = joined[-1] if joined else None
        if last and _went_on(last, one, trainee, rules):
            joined[-1] = Stretch(Span(last.span.start_ms, one.span.end_ms), last.words + one.words, one.planned_end_ms)
        else:
            joined.append(one)
    return joined


def _went_on(before: Stretch, after: Stretch, trainee: Sequence[Span], rules: MeasureRules) -> bool:
    stopped_ms, resumed_ms = before.span.end_ms, after.span.start_ms
    taken = any(stopped_ms + rules.reaction_ms < one.start_ms < resumed_ms for one in trainee)
    return resumed_ms - stopped_ms <= rules.unfinished_ms and not taken and not acknowledges(after, rules)


def passages(evidence: Evidence, floor: Sequence[Span], pause_ms: Ms) -> list[Passage]:
    """The trainee's words in passages; a new one begins where the caller took the floor in between (`floor`: the
    caller's turns, see `turns`), or after a pause of more than `pause_ms`.

    No word is lost: what the trainee says without getting the floor is a passage too.
    """
    grouped = list[Passage]()
    for said in (one for one in evidence.utterances if one.who == "trainee" and one.words):
        last = grouped[-1] if grouped else None
        if last and _goes_on(last.span, said.span, floor, pause_ms):
            grouped[-1] = Passage(Span(last.span.start_ms, said.span.end_ms), last.words + said.words)
        else:
            grouped.append(Passage(said.span, said.words))
    return grouped


def _goes_on(before: Span, after: Span, floor: Sequence[Span], pause_ms: Ms) -> bool:
    taken = any(before.start_ms < turn.start_ms <= after.start_ms for turn in floor)
    return not taken and after.start_ms - before.end_ms <= pause_ms


def _with_words(evidence: Evidence, who: Who, spans: Sequence[Span]) -> list[Stretch]:
    """Each word goes to the stretch nearest to its middle: recognisers put words a little outside the voice."""
    grouped: list[list[Word]] = [[] for _ in spans]
    starts = [span.start_ms for span in spans]
    words = (word for said in evidence.utterances if said.who == who for word in said.words)
    for word in words if spans else ():
        middle_ms = (word.start_ms + word.end_ms) // 2
        after = bisect_right(starts, middle_ms)
        near = range(max(after - 1, 0), min(after + 1, len(spans)))
        grouped[min(near, key=lambda index: _distance_ms(middle_ms, spans[index]))].append(word)
    return [Stretch(span, tuple(own), span.end_ms) for span, own in zip(spans, grouped, strict=True)]


def _distance_ms(at_ms: Ms, span: Span) -> Ms:
    return max(span.start_ms - at_ms, at_ms - span.end_ms, 0)
