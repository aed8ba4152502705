"""The second reading: a finished call's words, read again by Whisper where the extra `accurate` is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from callsim.cli.console import ERR, progress_bar
from callsim.devices import whisper_model
from callsim.devices.whisper_reader import WhisperReader
from callsim.events import Who, Word
from callsim.phone import Samples
from callsim.scoring.evidence import Evidence
from callsim.scoring.rereading import changes, reread
from callsim.scoring.scorecard import ChangeRow

Sound = Callable[[], Iterable[Samples]]


def weights() -> Path:
    """The folder of the second reading's weights; fetched with a progress bar where they are not there yet."""
    found = whisper_model.find()
    if found is not None:
        return found
    ERR.print("Fetching the model for the second reading (71 MB, once; needs the network) …")
    with progress_bar() as bar:
        return whisper_model.fetch(bar)


def read_again(evidence: Evidence, sounds: dict[Who, Sound]) -> tuple[Evidence, tuple[ChangeRow, ...]]:
    """The call with the words of the second reading, for each side whose sound is given, and what that changed.

    Raises ModelError where the extra is not installed or its weights cannot be had.
    """
    reader = WhisperReader(weights())
    changed: list[ChangeRow] = []
    for who, sound in sounds.items():
        before = _words(evidence, who)
        spans = evidence.trainee if who == "trainee" else evidence.caller
        with progress_bar() as bar:
            evidence = reread(evidence, who, reader.read(sound(), spans, bar))
        for one in changes(before, _words(evidence, who)) if before else ():
            changed.append(
                ChangeRow(start_ms=one.span.start_ms, end_ms=one.span.end_ms, before=one.before, after=one.after)
            )
    return evidence, tuple(changed)


def _words(evidence: Evidence, who: Who) -> tuple[Word, ...]:
    return tuple(word for said in evidence.utterances if said.who == who for word in said.words)
