"""The second reading: a finished call's words, read again by Whisper where the extra `accurate` is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from callsim.cli.console import ERR
from callsim.devices import whisper_model
from callsim.devices.model_files import Progress
from callsim.devices.whisper_reader import WhisperReader
from callsim.errors import ModelError
from callsim.events import Who, Word
from callsim.phone import Samples
from callsim.scoring.evidence import Evidence
from callsim.scoring.rereading import changes, reread
from callsim.scoring.scorecard import ChangeRow, Scorecard

Sound = Callable[[], Iterable[Samples]]


def need_the_extra() -> None:
    """Raises ModelError where the extra is not installed: better before a call than after it."""
    if find_spec("faster_whisper") is None:
        raise ModelError(
            "The second reading needs faster-whisper, which is not installed: run `pip install callsim[accurate]`, "
            "or leave --accurate out"
        )


def read_again(
    evidence: Evidence, sounds: Mapping[Who, Sound], progress: Progress
) -> tuple[Evidence, tuple[ChangeRow, ...]]:
    """The call with the words of the second reading, for each side whose sound is given, and what that changed.

    Raises ModelError where the extra is not installed or its weights cannot be had.
    """
    reader = WhisperReader(weights(progress))
    changed: list[ChangeRow] = []
    for who, sound in sounds.items():
        before = _words(evidence, who)
        spans = evidence.trainee if who == "trainee" else evidence.caller
        evidence = reread(evidence, who, reader.read(sound(), spans, _Side(who, progress)))
        for one in changes(before, _words(evidence, who)) if before else ():
            start_ms, end_ms = one.span.start_ms, one.span.end_ms
            changed.append(ChangeRow(start_ms=start_ms, end_ms=end_ms, before=one.before, after=one.after, who=who))
    return evidence, tuple(sorted(changed, key=lambda row: row.start_ms))


def difference(first: Scorecard, second: Scorecard) -> str:
    """One sentence: what the second reading changed, in words and in points."""
    if not second.changed:
        return "The second reading heard the same words."
    count = len(second.changed)
    places = "1 place" if count == 1 else f"{count} places"
    before, after = _scores(first), _scores(second)
    moved = [f"{name} {before[name]} to {after[name]}" for name in after if before[name] != after[name]]
    return f"The second reading changed the words in {places}: {', '.join(moved) or 'the scores stay as they are'}."


def weights(progress: Progress) -> Path:
    """The folder of the second reading's model; fetched where it is not there yet."""
    found = whisper_model.find()
    if found is not None:
        return found
    ERR.print("Fetching the model for the second reading (71 MB, once; needs the network) …")
    return whisper_model.fetch(progress)


class _Side:
    """Names the side whose words are read: each gets a row of its own."""

    def __init__(self, who: Who, shown: Progress) -> None:
        self._row = f"Reading the {who}'s words again"
        self._shown = shown

    def step(self, _: str, done: int, total: int | None) -> None:
        """Shown under the side's name."""
        self._shown.step(self._row, done, total)


def _scores(card: Scorecard) -> dict[str, str]:
    values = (("overall", card.overall), *card.scores.items())
    return {name: "not measured" if value is None else f"{value:.1f}" for name, value in values}


def _words(evidence: Evidence, who: Who) -> tuple[Word, ...]:
    return tuple(word for said in evidence.utterances if said.who == who for word in said.words)
