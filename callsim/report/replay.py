"""One session as a person replays it: who said what when, what happened where, and what it came to. Pure values.

Everything that a page of one call shows is here, in the call's own milliseconds, with a JSON form
(`callsim.replay/1`); how it is shown is the page's (`page.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from callsim.events import Ending, Event, LineStarted, Who
from callsim.library.reviewed import Review
from callsim.report.coached import Coached, coached, note_marks
from callsim.report.marks import Mark, Step, marks_of, steps_of
from callsim.report.names import CHECKS, check_name
from callsim.report.peaks import Peaks, peaks_of
from callsim.report.spoken import word_starts
from callsim.report.takes import Take
from callsim.scoring.checks import DIMENSIONS, Check, Dimension, Part, Quote
from callsim.scoring.scorecard import ChangeRow, Measures, Needs, RubricUsed, Scorecard, TranscriptRow
from callsim.sessions.folder import Session
from callsim.timeline import Ms, Span

__all__ = ["Replay", "Take", "replay_of"]


class Lanes(Part):
    """Both waveforms: the peak of each step of `step_ms`, 0 to 31."""

    step_ms: Ms
    trainee: tuple[int, ...]
    caller: tuple[int, ...]


class SaidWord(Part):
    """A word and when it began."""

    word: str
    start_ms: Ms


class Line(Part):
    """What one side said in one go. `unheard` is the end of a line that was cut, which nobody heard."""

    who: Who
    start_ms: Ms
    end_ms: Ms
    words: tuple[SaidWord, ...]
    unheard: str = ""
    cut: bool = False


class Result(Part):
    """One check with its name in plain words."""

    id: str
    name: str
    points: float
    of: float
    why: str
    evidence: tuple[Quote, ...]


class Group(Part):
    """The checks of one score, the dearest losses first; where `score` is missing `reason` says why."""

    dimension: Dimension
    score: float | None
    reason: str
    checks: tuple[Result, ...]


class Hint(Part):
    """A win or a piece of advice (`instead`: what to try), and the moment to hear."""

    check: str
    name: str
    said: str
    instead: str = ""
    evidence: Quote | None = None


class Unmeasured(Part):
    """Checks that could not be made for one reason."""

    names: tuple[str, ...]
    why: str


class Replay(Part):
    """A session to look at and to hear. `takes` are those of the same script, the oldest first, this one or not.

    `coach` is what coaches said of it; None where nobody asked.
    """

    format: Literal["callsim.replay/1"] = "callsim.replay/1"
    session: str
    title: str
    script: str
    trainee: str
    started: str
    mode: str
    ending: Ending | None
    length_ms: Ms
    overall: float | None
    rests_on: tuple[Dimension, ...]
    lanes: Lanes
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    frustration: tuple[Step, ...]
    wins: tuple[Hint, ...]
    advice: tuple[Hint, ...]
    groups: tuple[Group, ...]
    not_measured: tuple[Unmeasured, ...]
    measures: Measures
    needs: Needs | None
    recogniser: str
    changed: tuple[ChangeRow, ...]
    activity: str
    rubric: RubricUsed
    takes: tuple[Take, ...] = ()
    coach: Coached | None = None


def replay_of(session: Session, card: Scorecard, others: Sequence[Take] = ()) -> Replay:
    """The view of a scored session; reads its sound once, for the waveforms.

    `others` may hold the session itself. Raises SessionError where the sound cannot be read.
    """
    peaks, about = peaks_of(session.sound), session.about
    return Replay(
        session=session.folder.name,
        title=card.title or about.script,
        script=about.script,
        trainee=about.trainee,
        started=about.started,
        mode=about.mode,
        ending=card.ending,
        length_ms=max(card.length_ms, peaks.length_ms),
        overall=card.overall,
        rests_on=card.rests_on,
        lanes=Lanes(step_ms=peaks.step_ms, trainee=peaks.trainee, caller=peaks.caller),
        lines=_lines(card, session.events, peaks),
        marks=marks_of(card, session.events),
        frustration=steps_of(card, session.events),
        wins=tuple(_hint(one.check, one.said, evidence=one.evidence) for one in card.wins),
        advice=tuple(_hint(one.check, one.said, one.instead, one.evidence) for one in card.advice),
        groups=tuple(_group(card, dimension) for dimension in DIMENSIONS),
        not_measured=_not_measured(card),
        measures=card.measures,
        needs=card.needs,
        recogniser=card.recogniser,
        changed=card.changed,
        activity=card.activity,
        rubric=card.rubric,
        takes=tuple(others),
    )


def with_review(replay: Replay, card: Scorecard, review: Review) -> Replay:
    """The view with what coaches said beside the machine's result, their notes among the marks."""
    of = coached(card, review)
    marks = sorted([*replay.marks, *note_marks(of)], key=lambda mark: (mark.start_ms, mark.end_ms))
    return replay.model_copy(update={"coach": of, "marks": tuple(marks)})


def _lines(card: Scorecard, events: Sequence[Event], peaks: Peaks) -> tuple[Line, ...]:
    whole_ms = {event.at_ms: event.full_ms for event in events if isinstance(event, LineStarted)}
    return tuple(_line(row, whole_ms.get(row.start_ms, row.end_ms - row.start_ms), peaks) for row in card.transcript)


def _line(row: TranscriptRow, whole_ms: Ms, peaks: Peaks) -> Line:
    """A recognised line has its words' times; those of a simulated caller's are found from the sound."""
    said, unheard = row.text.split(), ""
    starts = tuple(word.start_ms for word in row.words)
    if not row.words:
        span = Span(row.start_ms, row.end_ms)
        starts = word_starts(row.text, span, whole_ms if row.cut else span.duration_ms, peaks.caller, peaks.step_ms)
        unheard = " ".join(said[len(starts) :])
    words = tuple(SaidWord(word=word, start_ms=at_ms) for word, at_ms in zip(said, starts, strict=False))
    return Line(who=row.who, start_ms=row.start_ms, end_ms=row.end_ms, words=words, unheard=unheard, cut=row.cut)


def _hint(check: str, said: str, instead: str = "", evidence: Quote | None = None) -> Hint:
    return Hint(check=check, name=check_name(check), said=said, instead=instead, evidence=evidence)


def _group(card: Scorecard, dimension: Dimension) -> Group:
    ours = [check for check in card.checks if check.dimension == dimension]
    ours.sort(key=lambda check: check.points - check.of)
    return Group(
        dimension=dimension,
        score=card.scores[dimension],
        reason=card.not_measured.get(dimension, ""),
        checks=tuple(map(_result, ours)),
    )


def _result(check: Check) -> Result:
    return Result(
        id=check.id,
        name=check_name(check.id),
        points=check.points,
        of=check.of,
        why=check.why,
        evidence=check.evidence,
    )


def _not_measured(card: Scorecard) -> tuple[Unmeasured, ...]:
    """Each reason once, with the checks that it holds for, in the order of the checks."""
    by_reason: dict[str, list[str]] = {}
    order = list(CHECKS)
    for id in sorted(card.not_measured_checks, key=lambda id: order.index(id) if id in CHECKS else len(order)):
        by_reason.setdefault(card.not_measured_checks[id], []).append(check_name(id))
    return tuple(Unmeasured(names=tuple(names), why=why) for why, names in by_reason.items())
