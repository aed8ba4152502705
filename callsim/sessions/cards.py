"""The scorecards that a session had before, and the rubrics that made them.

    scorecards/<moment>-<rubric>.json    a scorecard, as it was until that moment (UTC)
    rubrics/<rubric>.json                the rubric of that fingerprint, whole
    evidence.json                        what a score rests on, kept so that it need not be read again (can be deleted)

The first two are never written over, so that an old result can be looked at and made again.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from callsim.sessions.disk import disk_error, replace_file
from callsim.sessions.folder import SCORECARD, write_scorecard

if TYPE_CHECKING:
    from callsim.scoring.rubric import Rubric

EARLIER, RUBRICS, KEPT_EVIDENCE = "scorecards", "rubrics", "evidence.json"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_FINGERPRINT = re.compile(r"[0-9a-f]{6,64}")
_UNKNOWN = "unknown"


def replace_scorecard(folder: Path, scorecard: bytes, now: datetime) -> None:
    """Put a scorecard into a session and keep the one that it replaces; the same one again changes nothing.

    Stopped in between, nothing is lost, and doing it again finishes it. Raises DiskError.
    """
    try:
        before = (folder / SCORECARD).read_bytes()
    except FileNotFoundError:
        before = None
    except OSError as wrong:
        raise disk_error(folder / SCORECARD, wrong) from None
    if before == scorecard:
        return
    if before is not None:
        _keep(folder, before, now)
    write_scorecard(folder, scorecard)


def keep_rubric(folder: Path, rubric: Rubric) -> None:
    """Keep the rubric that a session is scored by, before its scorecard is put there. Raises DiskError."""
    path = folder / RUBRICS / f"{rubric.fingerprint}.json"
    if not path.exists():
        _write(path, rubric.model_dump_json().encode())


def earlier_cards(folder: Path) -> list[Path]:
    """The scorecards that a session had before, the oldest first."""
    return sorted((folder / EARLIER).glob("*.json"))


def card_at(folder: Path, moment: datetime) -> Path:
    """The scorecard that a session had at a moment."""
    until = f"{moment.astimezone(UTC):{_STAMP}}"
    return next((path for path in earlier_cards(folder) if path.name > until), folder / SCORECARD)


def _keep(folder: Path, card: bytes, now: datetime) -> None:
    there = earlier_cards(folder)
    if there and _is(there[-1], card):
        return
    stem = f"{now.astimezone(UTC):{_STAMP}}-{_rubric_of(card)}"
    names = (f"{stem}.json" if number == 1 else f"{stem}.{number}.json" for number in count(1))
    _write(next(path for name in names if not (path := folder / EARLIER / name).exists()), card)


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _rubric_of(card: bytes) -> str:
    """The fingerprint in a scorecard, which may be of any version, or damaged."""
    try:
        found = json.loads(card)["rubric"]["fingerprint"]
    except (ValueError, KeyError, TypeError):
        return _UNKNOWN
    return found if isinstance(found, str) and _FINGERPRINT.fullmatch(found) else _UNKNOWN


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as wrong:
        raise disk_error(path.parent, wrong) from None
    replace_file(path, content)
