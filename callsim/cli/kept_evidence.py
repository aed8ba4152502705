"""What a score rests on, kept in the session, so that another rubric is tried without reading the sound again.

`evidence.json` is a copy of what is in the session's other files and can be thrown away at any time. It is good for
just the files that it was made of, and for just the code that made it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from callsim.acts import Act
from callsim.cli.scored import Reading, score_session
from callsim.errors import DiskError, SessionError
from callsim.events import Who, Word
from callsim.scoring.evidence import Evidence, Utterance
from callsim.scoring.phrases import read_acts
from callsim.scoring.rereading import WHISPER
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.scoring.scorecard import Scorecard, TranscriptRow, score
from callsim.sessions.cards import KEPT_EVIDENCE
from callsim.sessions.disk import replace_file
from callsim.sessions.folder import EVENTS, OPEN_SOUND, PACKED_SOUND, SCRIPT, read_about
from callsim.timeline import Span

_MADE_OF = (EVENTS, SCRIPT, PACKED_SOUND, OPEN_SOUND)
_MADE_BY = ("acts", "listening.py", "scoring/evidence.py", "scoring/leak.py", "scoring/leaked.py", "scoring/tone.py")


@dataclass(frozen=True, slots=True)
class _Kept:
    """evidence.json; `acts` are those of every text that a score has read in the call."""

    made_by: str
    made_of: dict[str, tuple[int, int]]
    mode: str
    caller_words: bool
    evidence: Evidence
    acts: dict[str, tuple[Act, ...]]


_FORM = TypeAdapter(_Kept)


class _Quiet:
    """Progress that nobody sees: whoever scores many sessions counts sessions."""

    def step(self, what: str, done: int, total: int | None) -> None:
        """Nothing."""


class Remembered:
    """A session that can be scored by one rubric after another, quickly from the second time on."""

    def __init__(self, folder: Path, before: Scorecard | None = None) -> None:
        """`before` is its scorecard: of a recorded call, the caller's words are read where they were read for that.

        Raises what `score_session` raises where the sound has to be read, SessionError where it was removed.
        """
        about = read_about(folder)
        if about.forgotten is not None:
            raise SessionError(f"The sound and the words of {folder} were removed on {about.forgotten[:10]}")
        self._folder, self._mode, self._before = folder, about.mode, before
        self._caller_words = before is not None and any(row.who == "caller" and row.words for row in before.transcript)
        kept = _read(folder, about.mode, self._caller_words)
        self._evidence = kept.evidence if kept else self._heard()
        self._acts = dict(kept.acts) if kept else {}
        self._known = len(self._acts) if kept else -1

    def _heard(self) -> Evidence:
        reading = Reading(caller_words=self._caller_words, progress=_Quiet())
        return score_session(self._folder, read_rubric(), reading).evidence

    def card(self, rubric: Rubric) -> Scorecard:
        """The scorecard by a rubric; where the one before rests on a second reading of the words, by those words."""
        evidence, before = self._evidence, self._before
        changed = before.changed if before else ()
        if before is not None and before.recogniser == WHISPER:
            evidence = with_words_of(before, evidence)
        found = score(evidence, rubric, self._read_acts)
        if len(self._acts) > self._known:
            self._keep()
        return found.model_copy(update={"changed": changed}) if changed else found

    def _read_acts(self, text: str, name: str | None) -> tuple[Act, ...]:
        """Of one session the caller's name is always the same."""
        if text not in self._acts:
            self._acts[text] = read_acts(text, name)
        return self._acts[text]

    def _keep(self) -> None:
        """Where that cannot be written the score is as good, and the next one as slow."""
        kept = _Kept(_code(), _stamps(self._folder), self._mode, self._caller_words, self._evidence, self._acts)
        try:
            replace_file(self._folder / KEPT_EVIDENCE, _FORM.dump_json(kept))
        except DiskError:
            return
        self._known = len(self._acts)


def with_words_of(card: Scorecard, evidence: Evidence) -> Evidence:
    """A call's evidence with the words that its scorecard tells, as a second reading left them."""
    sides: dict[Who, tuple[Span, ...]] = {"trainee": evidence.trainee}
    if evidence.lines is None:
        sides["caller"] = evidence.caller
    said = [one for one in evidence.utterances if one.who not in sides]
    for who, spans in sides.items():
        rows = [_utterance(row) for row in card.transcript if row.who == who and row.words]
        silent = sorted(set(spans) - {row.span for row in rows})
        said += [*rows, *(Utterance(who, span, ()) for span in silent)]
    return replace(
        evidence,
        utterances=tuple(sorted(said, key=lambda one: (one.span, one.who))),
        recogniser=card.recogniser,
    )


def _utterance(row: TranscriptRow) -> Utterance:
    words = (Word(word.word, word.start_ms, word.end_ms, word.confidence) for word in row.words)
    return Utterance(row.who, Span(row.start_ms, row.end_ms), tuple(words))


def _read(folder: Path, mode: str, caller_words: bool) -> _Kept | None:
    try:
        kept = _FORM.validate_json((folder / KEPT_EVIDENCE).read_bytes())
    except (OSError, ValidationError, SessionError):
        return None
    of_then = kept.made_by, kept.made_of, kept.mode, kept.caller_words
    return kept if of_then == (_code(), _stamps(folder), mode, caller_words) else None


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and age of what is there of the files that a score rests on."""
    found = ((name, folder / name) for name in _MADE_OF)
    return {name: ((stat := path.stat()).st_size, stat.st_mtime_ns) for name, path in found if path.exists()}


@cache
def _code() -> str:
    """A digest of the code and the data that make evidence and acts: what an older callsim kept is made anew."""
    ours, digest = files("callsim"), hashlib.sha256()
    for name in _MADE_BY:
        for file in _all_files(ours.joinpath(*name.split("/"))):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _all_files(place: Traversable) -> list[Traversable]:
    if place.is_file():
        return [place]
    inside = sorted(place.iterdir(), key=lambda one: one.name)
    return [file for one in inside if one.name != "__pycache__" for file in _all_files(one)]
