"""Scores many calls: which there are in a folder, how one of them is scored, where its scorecard belongs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from callsim.cli.console import ERR
from callsim.cli.scored import Reading, Side, had_callers_words, score_recording, score_session
from callsim.cli.waiting import Quiet
from callsim.errors import CallsimError, InputError, SessionError
from callsim.scoring.rereading import WHISPER
from callsim.scoring.rubric import Rubric, adapted, read_scorable
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.cards import keep_rubric, replace_scorecard
from callsim.sessions.disk import disk_error, replace_file
from callsim.sessions.folder import ABOUT, SCORECARD, SCRIPT, read_about

_SOUNDS = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"}


@dataclass(frozen=True, slots=True)
class OneCall:
    """A session's folder, or a recording with the side that the trainee is on; and where its scorecard belongs."""

    path: Path
    trainee: Side | None
    card: Path


@dataclass(frozen=True, slots=True)
class How:
    """What the calls are scored by."""

    rubric: Rubric
    model: Path | None
    caller_words: bool
    accurate: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A scorecard as it is kept, the rubric that made it, and what was told while it was made."""

    card: bytes
    rubric: Rubric
    told: str


def calls_in(folder: Path, trainee: Side | None, out: Path | None) -> list[OneCall]:
    """The sessions and the recordings in a folder and those in it, in order; what lies in a session belongs to it.

    The scorecard of a recording lies beside it, or in the same place below `out`. Its name tells the trainee's side,
    since each side makes another. Raises InputError where there is nothing to score, or `trainee` is missing or idle.
    """
    found = list(_found(folder))
    recordings = [path for path in found if not path.is_dir()]
    if not found:
        raise InputError(f"There is neither a session nor a recording in {folder}: name a folder that has some")
    if recordings and trainee is None:
        raise InputError(
            f"{folder} holds recordings ({recordings[0].name}): say which channel the trainee is on, "
            "--trainee left or --trainee right"
        )
    if not recordings and (trainee or out):
        idle = " and ".join(name for name, given in (("--trainee", trainee), ("--out", out)) if given)
        raise InputError(
            f"{folder} holds sessions alone, which know their sides and keep their scores: leave {idle} out"
        )
    return [_call(path, trainee, out / path.relative_to(folder) if out else path) for path in found]


def _found(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as wrong:
        raise InputError(f"{folder} cannot be read: {wrong.strerror or wrong}") from None
    for path in paths:
        if path.is_dir():
            if (path / ABOUT).exists():
                yield path
            elif not path.is_symlink():
                yield from _found(path)
        elif path.suffix.lower() in _SOUNDS:
            yield path


def _call(path: Path, trainee: Side | None, at: Path) -> OneCall:
    if path.is_dir():
        return OneCall(path, None, path / SCORECARD)
    return OneCall(path, trainee, at.with_name(f"{at.name}.{trainee}.scorecard.json"))


def score_one(how: How, call: OneCall) -> Result:
    """Hear and score a call; nothing is written. Raises CallsimError."""
    reading = Reading(how.model, _reads_caller(how, call), Quiet())
    with ERR.capture() as told:
        if call.trainee is None:
            scored = score_session(call.path, how.rubric, reading)
        else:
            scored = score_recording(call.path, call.trainee, how.rubric, reading)
        card = scored.card_again(Quiet()) if how.accurate else scored.card()
    return Result(card.to_json().encode(), scored.made_by, " ".join(told.get().split()))


def _reads_caller(how: How, call: OneCall) -> bool:
    """Where that is asked for, and of a session where its scorecard has them: another rubric takes no words away."""
    asked = how.caller_words and needs_ears(call)
    return asked or (call.trainee is None and had_callers_words(read_card(call.card)))


def keep(call: OneCall, result: Result, now: datetime) -> None:
    """Put a scorecard where it belongs, in one step; a session keeps its earlier one, and the rubric.

    Raises DiskError.
    """
    if call.trainee is None:
        keep_rubric(call.path, result.rubric)
        replace_scorecard(call.path, result.card, now)
        return
    try:
        call.card.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise disk_error(call.card.parent, wrong) from None
    replace_file(call.card, result.card)


def kept(call: OneCall, how: How, *, again: bool) -> Scorecard | None:
    """The scorecard that a call has already: by this rubric, no older than the recording, one that can be read here.

    Which speech model heard the words no scorecard tells: whoever chooses another one asks for all `again`.
    With `again` there is none, but for a session whose words were removed: that keeps its own, since no other can come.
    Raises InputError where something else lies in its place.
    """
    card = read_card(call.card)
    if card is None and call.trainee is not None and call.card.exists() and not _is_card(call.card):
        raise InputError(f"{call.card} is no scorecard and stays as it is: move it, or choose another place with --out")
    try:
        if card is None or is_forgotten(call):
            return card
        return card if not again and _is_current(call, card, how) else None
    except (CallsimError, OSError):
        # Scoring it tells what is wrong.
        return None


def _is_card(path: Path) -> bool:
    """Whether it is a scorecard of any version."""
    try:
        card = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(card, dict) and str(card.get("format")).startswith("callsim.scorecard/")


def _is_current(call: OneCall, card: Scorecard, how: How) -> bool:
    if how.accurate and card.recogniser != WHISPER:
        return False
    if how.caller_words and needs_ears(call) and not had_callers_words(card):
        return False
    if call.trainee is None:
        own = read_scorable(call.path / SCRIPT).rubric if card.rubric.by_script else {}
        return card.rubric.fingerprint == adapted(how.rubric, own).fingerprint
    is_newer = call.card.stat().st_mtime_ns >= call.path.stat().st_mtime_ns
    return is_newer and card.rubric.fingerprint == how.rubric.fingerprint


def is_forgotten(call: OneCall) -> bool:
    """Whether it is a session whose sound and words were removed. Raises SessionError."""
    return call.trainee is None and read_about(call.path).forgotten is not None


def needs_ears(call: OneCall) -> bool:
    """Whether it takes the speech model, as far as one sees without looking into the call."""
    try:
        return call.trainee is not None or read_about(call.path).mode == "imported"
    except SessionError:
        return False


def read_card(path: Path) -> Scorecard | None:
    """A scorecard; None where there is none that this version can read."""
    try:
        return Scorecard.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
