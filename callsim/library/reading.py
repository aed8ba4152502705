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
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast, get_args

from callsim.acts.patterns import ACTS
from callsim.scoring.checks import DIMENSIONS, Dimension
from callsim.scoring.overlaps import Kind
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.scoring.scorecard import weights_of
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


class Made(NamedTuple):
    """A check that could be made; `worth` is how many points of the overall score one point of it is, 0 for none.

    The `worth` of all that was lost is what the overall score lacks of 100.
    """

    check: str
    points: float
    of: float
    worth: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as the library keeps it; `columns` are those of `models.SessionRow` that come from the files."""

    columns: Mapping[str, str | int | float | None]
    marks: Mapping[str, int]
    said: tuple[Said, ...]
    checks: tuple[Made, ...]


def folded(text: str) -> str:
    """A text as it is searched: no case, compatible letters alike, one space between words."""
    return " ".join(storable(unicodedata.normalize("NFKC", text).casefold()).split())


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
    card = made_of(folder)
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
        "script": storable(about.script),
        "script_key": folded(about.script),
        "trainee": storable(about.trainee),
        "trainee_key": folded(about.trainee),
        "mode": about.mode,
        "title": storable(title) if isinstance(title, str) and title else storable(about.script),
        "forgotten": about.forgotten,
        "overall": _score(card.get("overall")),
        **{name: _score(scores.get(name) if isinstance(scores, dict) else None) for name in DIMENSIONS},
        "ending": ending if isinstance(ending, str) else None,
        "length_ms": length_ms if isinstance(length_ms, int) and 0 <= length_ms < _MOST_MS else None,
        "rubric": _rubric(card),
        "take": about.take_of is not None,
    }
    return Entry(columns, _marks(card), tuple(_said(card)), made_checks(card))


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


def made_of(folder: Path) -> dict[str, Json]:
    """A session's scorecard as it lies there, of whatever version; empty where there is none."""
    try:
        card = json.loads((folder / SCORECARD).read_bytes())
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


def made_checks(card: Mapping[str, Json]) -> tuple[Made, ...]:
    """The checks of a scorecard, each once, and what a point of each is worth in the overall score."""
    made = {row["id"]: row for row in _rows(card.get("checks")) if _is_check(row)}
    scores = card.get("scores")
    weights = {
        name: weight
        for name, weight in _weights(card).items()
        if isinstance(scores, dict) and _score(scores.get(name)) is not None
    }
    of = {name: math.fsum(row["of"] for row in made.values() if row["dimension"] == name) for name in DIMENSIONS}
    whole = math.fsum(weights.values())
    worth = {name: 100 * weight / whole / of[name] for name, weight in weights.items() if whole and of[name]}
    return tuple(
        Made(storable(id), row["points"], row["of"], worth.get(row["dimension"], 0.0)) for id, row in made.items()
    )


def _is_check(row: Mapping[str, Json]) -> bool:
    points, of = _score(row.get("points")), _score(row.get("of"))
    known = isinstance(row.get("id"), str) and row.get("dimension") in DIMENSIONS
    return known and points is not None and of is not None and 0 <= points <= of


def _rubric(card: Mapping[str, Json]) -> str | None:
    """Its fingerprint; one that the call's own script has changed is no other rubric, but cannot be told from one."""
    rubric = card.get("rubric")
    if not isinstance(rubric, dict) or rubric.get("by_script"):
        return None
    which = rubric.get("fingerprint")
    return storable(which) if isinstance(which, str) else None


def _weights(card: Mapping[str, Json]) -> dict[Dimension, float]:
    """Those of the scores in the overall one; in scorecards that do not keep them, those of the standard rubric."""
    rubric = card.get("rubric")
    kept = rubric.get("weights") if isinstance(rubric, dict) else None
    found = {name: _score(kept.get(name)) for name in DIMENSIONS} if isinstance(kept, dict) else {}
    usable = {name: weight for name, weight in found.items() if weight is not None and weight >= 0}
    return usable if len(usable) == len(DIMENSIONS) else weights_of(_standard())


@cache
def _standard() -> Rubric:
    return read_rubric()


def storable(text: str) -> str:
    """Without what no database takes: half characters, and the zero that PostgreSQL refuses."""
    return text.encode(errors="replace").decode().replace("\0", " ")
