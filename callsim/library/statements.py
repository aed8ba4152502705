"""Sessions as xAPI 1.0.3 statements, for a learning record store (github.com/adlnet/xAPI-Spec, part two: data).

Nobody is named by an e-mail address: an actor is an account, a name under the home page of whoever runs the training.
A statement's id is made from all that it says. The same session sent twice is one statement; scored anew it is another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from callsim.errors import InputError
from callsim.library.exports import Record
from callsim.library.follow_ups import is_whole_call
from callsim.scoring.checks import DIMENSIONS

Statement: TypeAlias = dict[str, Any]

_COMPLETED = {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en-US": "completed"}}
_ATTEMPTED = {"id": "http://adlnet.gov/expapi/verbs/attempted", "display": {"en-US": "attempted"}}
_SIMULATION = "http://adlnet.gov/expapi/activities/simulation"
_BROKEN_OFF = ("abandoned", None)


def home_page(given: str) -> str:
    """An address under which accounts and call scripts are named, without a slash at its end. Raises InputError."""
    try:
        parts = urlsplit(given)
        fits = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        fits = None
    if not fits or not given.isprintable() or " " in given:
        raise InputError(f"{given!r} is no home page: give one like https://training.example.org")
    return given.rstrip("/")


def statements(records: Iterable[Record], home: str, pass_at: float | None = None) -> Iterator[Statement]:
    """A statement for each session that makes one; `pass_at` is the overall score that is a success.

    The score is a coach's where one overruled the machine.
    """
    for record in records:
        if makes_one(record):
            yield _statement(record, home, pass_at)


def makes_one(record: Record) -> bool:
    """Whether it is a whole call of a person, and scored."""
    return is_whole_call(record["mode"], record["part_taken_again"]) and record["overall"] is not None


def as_lines(found: Iterable[Statement]) -> Iterator[str]:
    """One statement a line."""
    for one in found:
        yield f"{json.dumps(one, ensure_ascii=False)}\n"


def as_array(found: Iterable[Statement]) -> Iterator[str]:
    """All in one array, as a learning record store takes them."""
    before = "[\n"
    for one in found:
        yield before + json.dumps(one, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _statement(record: Record, home: str, pass_at: float | None) -> Statement:
    broken_off = record["mode"] != "imported" and record["ending"] in _BROKEN_OFF
    says: Statement = {
        "actor": _actor(record, home),
        "verb": _ATTEMPTED if broken_off else _COMPLETED,
        "object": _activity(record, home),
        "result": _result(record, home, pass_at, whole=not broken_off),
        "context": _context(record, home),
        "timestamp": _ended(record),
    }
    content = json.dumps(says, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return {"id": str(uuid5(NAMESPACE_URL, content)), **says}


def _actor(record: Record, home: str) -> Statement:
    name = str(record["trainee"]).strip() or "somebody"
    return {"objectType": "Agent", "name": name, "account": {"homePage": home, "name": name}}


def _activity(record: Record, home: str) -> Statement:
    definition = {"type": _SIMULATION, "name": {"en": _title(record)}}
    return {"objectType": "Activity", "id": _address(record, home), "definition": definition}


def _title(record: Record) -> str:
    """A call without a title goes by its file, which is for nobody else to see."""
    if record["mode"] == "imported":
        return "Recorded call"
    return _stem(record) if record["title"] == record["script"] else str(record["title"])


def _stem(record: Record) -> str:
    """A script's name without its folder."""
    return PurePath(str(record["script"]).replace("\\", "/")).stem


def _address(record: Record, home: str) -> str:
    """Of a script; of somebody's own file without its folder, and of a recording none of its own: paths are private."""
    if record["mode"] == "imported":
        return f"{home}/callsim/recorded-call"
    script, stem = str(record["script"]), _stem(record)
    if stem == script:
        return f"{home}/callsim/scripts/{quote(script, safe='')}"
    which = hashlib.sha256(script.encode()).hexdigest()[:8]
    return f"{home}/callsim/scripts/own/{quote(stem, safe='')}-{which}"


def _result(record: Record, home: str, pass_at: float | None, *, whole: bool) -> Statement:
    coach = record.get("coach_overall") is not None
    overall = _float(record["coach_overall" if coach else "overall"])
    scores = {name: record.get(f"coach_{name}" if coach else name) for name in DIMENSIONS}
    result: Statement = {
        "score": {"scaled": round(overall / 100, 6), "raw": overall, "min": 0, "max": 100},
        "completion": whole,
        "extensions": {
            **{f"{home}/callsim/scores/{name}": value for name, value in scores.items() if value is not None},
            f"{home}/callsim/scored-by": "coach" if coach else "machine",
        },
    }
    if pass_at is not None:
        result["success"] = overall >= pass_at
    if (length_s := record["length_s"]) is not None:
        # Systems are asked to tell durations apart by no more than hundredths (section 4.6).
        result["duration"] = f"PT{_float(length_s):.2f}S"
    return result


def _context(record: Record, home: str) -> Statement:
    told: Mapping[str, object] = {
        "session": record["session"],
        "mode": record["mode"],
        "ending": record["ending"],
        "rubric": record["rubric_fingerprint"],
        "recogniser": record["recogniser"],
    }
    extensions = {f"{home}/callsim/{name}": value for name, value in told.items() if value is not None}
    return {"platform": "callsim", "language": "en", "extensions": extensions}


def _ended(record: Record) -> str:
    """When the call was over, to a thousandth of a second."""
    started = record["started"]
    assert isinstance(started, datetime)
    return (started + timedelta(seconds=_float(record["length_s"] or 0))).isoformat(timespec="milliseconds")


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return value
