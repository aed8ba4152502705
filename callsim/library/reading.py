"""What the library keeps of a session folder: who, when, how it went, its marks, and what was said, for searching."""

from __future__ import annotations

import hashlib
import json
import math
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast, get_args

from callsim.acts.patterns import ACTS
from callsim.scoring.checks import DIMENSIONS
from callsim.scoring.overlaps import Kind
from callsim.sessions.folder import ABOUT, SCORECARD, About, read_about
from callsim.timeline import Ms

MARKS: tuple[str, ...] = (*get_args(Kind), "dead_air", *ACTS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_MS = 1 << 53

# What json makes of a file.
Json: TypeAlias = Any


class Stamp(NamedTuple):
    """When session.json and scorecard.json were written (ns) and how large they are; zeros where one is not there."""

    about_ns: int
    about_bytes: int
    card_ns: int
    card_bytes: int


class Said(NamedTuple):
    """What one side said from `at_ms` on, folded."""

    at_ms: Ms
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as the library keeps it; `columns` are those of `models.SessionRow` that come from the files."""

    columns: Mapping[str, str | int | float | None]
    marks: Mapping[str, int]
    said: tuple[Said, ...]


def folded(text: str) -> str:
    """A text as it is searched: no case, compatible letters alike, one space between words."""
    return " ".join(_storable(unicodedata.normalize("NFKC", text).casefold()).split())


def fingerprint(about: About) -> str:
    """Which call this is, whatever its folder is called; the trainee's name may be put right without changing it."""
    which = [about.mode, about.script, about.voice, about.seed, about.started]
    return hashlib.sha256(json.dumps(which).encode()).hexdigest()


def moment_ms(started: str) -> Ms:
    """A moment in ISO 8601 as milliseconds since 1970, whole seconds before any rounding."""
    return (datetime.fromisoformat(started) - _EPOCH) // timedelta(milliseconds=1)


def read_entry(folder: Path) -> Entry:
    """What the library keeps of a session; of a scorecard, whatever can be read, so that older versions count too.

    Raises SessionError where there is no session of this version.
    """
    about = read_about(folder)
    card = _card(folder / SCORECARD)
    title = card.get("title")
    scores = card.get("scores")
    length_ms = card.get("length_ms")
    ending = card.get("ending")
    columns: dict[str, str | int | float | None] = {
        "name": folder.name,
        "fingerprint": fingerprint(about),
        "started": about.started,
        "started_ms": moment_ms(about.started),
        "day": datetime.fromisoformat(about.started).date().isoformat(),
        "script": _storable(about.script),
        "script_key": folded(about.script),
        "trainee": _storable(about.trainee),
        "trainee_key": folded(about.trainee),
        "mode": about.mode,
        "title": _storable(title) if isinstance(title, str) and title else _storable(about.script),
        "forgotten": about.forgotten,
        "overall": _score(card.get("overall")),
        **{name: _score(scores.get(name) if isinstance(scores, dict) else None) for name in DIMENSIONS},
        "ending": ending if isinstance(ending, str) else None,
        "length_ms": length_ms if isinstance(length_ms, int) and 0 <= length_ms < _MOST_MS else None,
    }
    return Entry(columns, _marks(card), tuple(_said(card)))


def stamp_of(folder: str) -> Stamp | None:
    """How a session's files lie there now; None where there is no session.json. A path as text: quicker by far."""
    about = _stat(f"{folder}/{ABOUT}")
    return None if about == (0, 0) else Stamp(*about, *_stat(f"{folder}/{SCORECARD}"))


def _stat(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - of 10,000 sessions, in a fraction of the time
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _card(path: Path) -> dict[str, Json]:
    try:
        card = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return card if isinstance(card, dict) else {}


def _score(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _rows(of: Json) -> Iterator[dict[str, Json]]:
    if isinstance(of, list):
        yield from (cast(dict[str, Json], row) for row in of if isinstance(row, dict))


def _marks(card: Mapping[str, Json]) -> dict[str, int]:
    """How often each mark is shown."""
    found: Counter[str] = Counter()
    found.update(row["kind"] for row in _rows(card.get("overlaps")) if row.get("kind") in MARKS)
    found.update(row["act"] for row in _rows(card.get("acts")) if row.get("act") in MARKS)
    measures = card.get("measures")
    silences = measures.get("dead_air") if isinstance(measures, dict) else None
    if isinstance(silences, list) and silences:
        found["dead_air"] = len(silences)
    return dict(found)


def _said(card: Mapping[str, Json]) -> Iterator[Said]:
    for row in _rows(card.get("transcript")):
        text, at_ms = row.get("text"), row.get("start_ms")
        if isinstance(text, str) and text and isinstance(at_ms, int) and 0 <= at_ms < _MOST_MS:
            yield Said(at_ms, "caller" if row.get("who") == "caller" else "trainee", folded(text))


def _storable(text: str) -> str:
    """Without what no database takes: half characters, and the zero that PostgreSQL refuses."""
    return text.encode(errors="replace").decode().replace("\0", " ")
