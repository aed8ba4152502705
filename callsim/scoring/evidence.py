"""What a score rests on: who spoke when, which words were recognised, and what the caller's side knows.

A simulated call gives the caller's speech to the sample (its line spans); an imported recording gives voice activity
and recognised words for both sides, and no lines, moods or facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from callsim.events import (
    Decided,
    Ended,
    Ending,
    Event,
    Heard,
    LineEnded,
    LineStarted,
    NeedMet,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
    Who,
    Word,
)
from callsim.scoring.tone import Tone, ToneMeter
from callsim.timeline import Ms, Span, bridged

VOSK = "vosk"
SILERO = "silero"
# DESIGN.md, measures, "speech": gaps shorter than the one are bridged, bursts shorter than the other dropped.
GAP_MS: Ms = 300
SHORTEST_MS: Ms = 120


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the recogniser settled on for one stretch of a voice; it may have recognised no word at all."""

    who: Who
    span: Span
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words as one string, as recognised."""
        return " ".join(word.word for word in self.words)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the simulated caller said: `span` is what was heard of it, said whole it takes `full_ms`.

    `cut` where the caller stopped before its end.
    """

    number: int
    id: str
    text: str
    span: Span
    full_ms: Ms
    cut: bool

    @property
    def planned_end_ms(self) -> Ms:
        """Where the line would have ended, said whole."""
        return self.span.start_ms + self.full_ms


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """What a score needs to know of a call script: the caller's needs, and the nouns of the caller's own story.

    `wishes` are the needs in words, one for each; `may_offer` is what the trainee may offer. Both serve only
    the advice. `rubric` is what the script sets otherwise than the rubric.
    """

    title: str
    caller_name: str
    company: str
    needs: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    may_offer: tuple[str, ...] = ()
    rubric: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a finished (or broken off) call, in the call's own milliseconds.

    `trainee` and `caller` are the stretches of voice, in order and free of overlaps. `lines` is None for an imported
    recording. `leak_db` is how loud the caller is in the trainee's channel; None where that is not known. `activity`
    names the voice activity, `tones` tell how each of the trainee's stretches sounded (empty: not known).
    """

    length_ms: Ms
    trainee: tuple[Span, ...]
    caller: tuple[Span, ...]
    utterances: tuple[Utterance, ...]
    lines: tuple[Line, ...] | None = None
    turn_ends: tuple[TurnEnded, ...] = ()
    needs_met: tuple[NeedMet, ...] = ()
    moods: tuple[Decided, ...] = ()
    ending: Ending | None = None
    facts: ScriptFacts | None = None
    leak_db: float | None = None
    recogniser: str = VOSK
    activity: str = SILERO
    tones: tuple[Tone | None, ...] = ()

    @property
    def trainee_words(self) -> tuple[Word, ...]:
        """Every word recognised in the trainee's voice, in order."""
        return tuple(word for said in self.utterances if said.who == "trainee" for word in said.words)


def from_events(
    events: Iterable[Event],
    facts: ScriptFacts | None,
    *,
    leak_db: float | None = None,
    leaked: Sequence[Span] = (),
    recogniser: str = VOSK,
    activity: str = SILERO,
    tone: ToneMeter | None = None,
) -> Evidence:
    """The evidence of a simulated call; `events` may stop in mid-call, as they do after a crash.

    Where the trainee's microphone heard no more than the caller (`leaked`), there is no speech of the trainee's. `tone`
    has heard the trainee's channel.
    """
    log = list(events)
    length_ms = max((max(event.at_ms, _end_ms(event)) for event in log), default=0)
    lines = tuple(line for line in _lines(log, length_ms) if line.span.duration_ms)
    trainee = without(_voice(log, "trainee", length_ms), leaked)
    return Evidence(
        length_ms=max([length_ms, *(line.span.end_ms for line in lines)]),
        trainee=trainee,
        caller=tuple(bridged((line.span for line in lines), 0)),
        utterances=_spoken(_utterances(log, "trainee"), leaked),
        lines=lines,
        turn_ends=tuple(event for event in log if isinstance(event, TurnEnded)),
        needs_met=tuple(event for event in log if isinstance(event, NeedMet)),
        moods=tuple(event for event in log if isinstance(event, Decided)),
        ending=next((event.ending for event in log if isinstance(event, Ended)), None),
        facts=facts,
        leak_db=leak_db,
        recogniser=recogniser,
        activity=activity,
        tones=tone.tones(trainee) if tone else (),
    )


def from_listening(
    trainee_events: Iterable[Event],
    caller_events: Iterable[Event],
    *,
    length_ms: Ms,
    leak_db: float | None = None,
    leaked: Sequence[Span] = (),
    recogniser: str = VOSK,
    activity: str = SILERO,
) -> Evidence:
    """The evidence of an imported call: what was heard in either channel, whatever `who` its events carry.

    Where the trainee's microphone heard no more than the caller (`leaked`), there is no speech of the trainee's.
    """
    ours, theirs = list(trainee_events), list(caller_events)
    said = _spoken(_utterances(ours, "trainee"), leaked) + _utterances(theirs, "caller")
    return Evidence(
        length_ms=length_ms,
        trainee=without(_voice(ours, None, length_ms), leaked),
        caller=_voice(theirs, None, length_ms),
        utterances=tuple(sorted(said, key=lambda one: (one.span, one.who))),
        leak_db=leak_db,
        recogniser=recogniser,
        activity=activity,
    )


def without(speech: Sequence[Span], leaked: Sequence[Span]) -> tuple[Span, ...]:
    """Speech less what leaked; what remains of a stretch and is too short for speech is none."""
    left = list[Span]()
    for span in speech:
        at_ms = span.start_ms
        for gone in (one for one in leaked if one & span):
            left.append(Span(at_ms, max(at_ms, gone.start_ms)))
            at_ms = gone.end_ms
        left.append(Span(at_ms, max(at_ms, span.end_ms)))
    return tuple(one for one in left if one in speech or one.duration_ms >= SHORTEST_MS)


def _spoken(said: tuple[Utterance, ...], leaked: Sequence[Span]) -> tuple[Utterance, ...]:
    """Utterances less the words that leaked in; one that leaked in altogether is none, whatever words it still has."""
    kept = (replace(one, words=tuple(word for word in one.words if not _is_in(word, leaked))) for one in said)
    return tuple(one for one in kept if without([one.span], leaked))


def _is_in(word: Word, spans: Sequence[Span]) -> bool:
    middle_ms = (word.start_ms + word.end_ms) // 2
    return any(middle_ms in span for span in spans)


def _end_ms(event: Event) -> Ms:
    return event.end_ms if isinstance(event, Heard) else event.at_ms


def _voice(log: list[Event], who: Who | None, length_ms: Ms) -> tuple[Span, ...]:
    """The stretches of one voice (None: of whoever is in the log); one still open at the end lasts until then."""
    spans, open_ms = list[Span](), None
    for event in log:
        if isinstance(event, SpeechStarted) and who in (event.who, None):
            open_ms = event.at_ms
        elif isinstance(event, SpeechEnded) and who in (event.who, None):
            spans.append(event.span)
            open_ms = None
    if open_ms is not None and open_ms < length_ms:
        spans.append(Span(open_ms, length_ms))
    return tuple(bridged((span for span in spans if span.duration_ms), GAP_MS))


def _utterances(log: list[Event], who: Who) -> tuple[Utterance, ...]:
    heard = (event for event in log if isinstance(event, Heard))
    return tuple(Utterance(who, Span(event.at_ms, event.end_ms), event.words) for event in heard)


def _lines(log: list[Event], length_ms: Ms) -> list[Line]:
    lines = list[Line]()
    for event in log:
        if isinstance(event, LineStarted):
            end_ms = min(event.at_ms + event.full_ms, max(length_ms, event.at_ms))
            lines.append(Line(event.line, event.id, event.text, Span(event.at_ms, end_ms), event.full_ms, cut=False))
        elif isinstance(event, LineEnded) and lines and lines[-1].number == event.line:
            start_ms = lines[-1].span.start_ms
            lines[-1] = replace(lines[-1], span=Span(start_ms, start_ms + event.heard_ms), cut=event.cut)
    return lines
