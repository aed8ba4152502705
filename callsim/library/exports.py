"""Sessions as rows of a table for other programs: who, when, every score, measure and check; None is not measured.

Nothing that was said is in it. What the columns mean is told in the table itself.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, select

from callsim.library.cards import kept_card
from callsim.library.coached import overrules_of
from callsim.library.models import CheckRow, ReviewRow, SessionRow, TagRow
from callsim.library.reading import Json, Made, folded, made_of
from callsim.library.reviewed import Review
from callsim.library.shelf import Library
from callsim.scoring.checks import DIMENSIONS

Kind: TypeAlias = Literal["text", "day", "moment", "number", "yes or no"]
Value: TypeAlias = str | float | date | datetime | bool | None
Record: TypeAlias = Mapping[str, Value]


class Column(NamedTuple):
    """A column: its name, what is in it, and what that means."""

    name: str
    kind: Kind
    says: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which sessions; None: all. `until` is a day that is still in."""

    trainee: str | None = None
    script: str | None = None
    since: date | None = None
    until: date | None = None


_ABOUT = (
    Column("session", "text", "Name of the session's folder"),
    Column("started", "moment", "When the call began, by the clock of that place"),
    Column("utc_offset", "text", "How far that clock was from UTC"),
    Column("day", "day", "The date on the wall then"),
    Column("trainee", "text", "Whose call it is"),
    Column("script", "text", "Name or file of the call script"),
    Column("title", "text", "Title of the call script"),
    Column("mode", "text", "practice, test, overview; imported: a recorded call; headless: a run without a headset"),
    Column("part_taken_again", "yes or no", "yes: no whole call, but a part of another one taken again"),
    Column("ending", "text", "thankful, cool, supervisor, hang_up, abandoned; empty where the call has none"),
    Column("length_s", "number", "Length in seconds"),
)
_SCORES = tuple(
    Column(f"{prefix}{name}", "number", says.format(name))
    for prefix, says in (
        ("", "The machine's {} score, 0 to 100"),
        ("coach_", "The {} score with a coach's points; empty where no check was overruled"),
    )
    for name in ("overall", *DIMENSIONS)
)
_MEASURES = (
    Column("words_per_minute", "number", "The trainee's words a minute of speech"),
    Column("articulation_rate", "number", "The trainee's syllables a second, pauses left out"),
    Column("talk_share", "number", "The trainee's part of all speech, 0 to 1"),
    Column("response_gap_median_ms", "number", "Half of the trainee's answers came sooner than this, in ms"),
    Column("response_gap_p90_ms", "number", "Nine of ten answers came sooner than this, in ms"),
    Column("silences", "number", "How often nobody spoke for long, and the trainee had not said why"),
    Column("silences_ms", "number", "All of that together, in ms"),
    Column("longest_turn_ms", "number", "The trainee's longest turn, in ms"),
    Column("fillers_per_100_words", "number", "Ums and uhs in 100 words"),
    Column("cut_ins", "number", "How often the trainee spoke into what the caller was saying"),
    Column("backchannels", "number", "How often a short word showed that the trainee was listening"),
    Column("early_starts", "number", "How often the trainee began in the caller's last half second"),
    Column("caller_cut_ins", "number", "How often the caller spoke into what the trainee was saying"),
    Column("steadiness_loudness_db", "number", "How much louder the trainee was after heated lines, in dB"),
    Column("steadiness_pitch_semitones", "number", "How much higher after heated lines, in semitones"),
    Column("steadiness_rate", "number", "How much faster after heated lines, as a share"),
)
_PEOPLE = (
    Column("reviewed_by", "text", "Which coaches have reviewed it"),
    Column("tags", "text", "Its tags"),
    Column("recogniser", "text", "What read the trainee's words"),
    Column("rubric", "text", "Name of the rubric it was scored by"),
    Column("rubric_fingerprint", "text", "Which rubric exactly: scores of two different ones cannot be compared"),
)


def columns(library: Library) -> tuple[Column, ...]:
    """All columns there are, the same for every choice of sessions; two for each check that any session has."""
    with library.reading() as connection:
        found = _checks(connection, library)
    checks = sorted({one.check for made in found.values() for one in made}, key=_in_order)
    return (*_ABOUT, *_SCORES, *_MEASURES, *(column for check in checks for column in _of_check(check)), *_PEOPLE)


def count(library: Library, chosen: Chosen) -> int:
    """How many sessions are chosen."""
    with library.reading() as connection:
        return len(connection.execute(select(SessionRow.id).where(*_where(library, chosen))).all())


def records(library: Library, chosen: Chosen) -> Iterator[Record]:
    """The sessions chosen, the oldest first, by the names of the columns."""
    with library.reading() as connection:
        query = select(SessionRow.__table__).where(*_where(library, chosen))
        rows = connection.execute(query.order_by(SessionRow.started_ms, SessionRow.name)).all()
        checks, tags, reviewed = _checks(connection, library), _tags(connection), _reviewed(connection)
        for row in rows:
            key = row.name, row.fingerprint
            people: Record = {"tags": " ".join(tags[key]) or None, "reviewed_by": "; ".join(reviewed[key]) or None}
            yield {
                **_of_session(row),
                **_of_card(made_of(library.sessions / row.name)),
                **_of_coach(connection, library, row),
                **_of_checks(checks.get(row.id, ())),
                **people,
            }


def _of_check(check: str) -> tuple[Column, Column]:
    return (
        Column(check, "number", f"Points that the check {check} earned; empty where it could not be made"),
        Column(f"{check} of", "number", f"Of how many points {check} earned them"),
    )


def _in_order(check: str) -> tuple[int, str]:
    dimension = check.partition(".")[0]
    return ([*DIMENSIONS].index(dimension) if dimension in DIMENSIONS else len(DIMENSIONS)), check


def _where(library: Library, chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    yield SessionRow.home == library.home
    if chosen.trainee is not None:
        yield SessionRow.trainee_key == folded(chosen.trainee)
    if chosen.script is not None:
        yield SessionRow.script_key == folded(chosen.script)
    if chosen.since is not None:
        yield SessionRow.day >= chosen.since.isoformat()
    if chosen.until is not None:
        yield SessionRow.day <= chosen.until.isoformat()


def _of_session(row: Row[Any]) -> dict[str, Value]:
    started = datetime.fromisoformat(row.started)
    return {
        "session": row.name,
        "started": started,
        "utc_offset": started.isoformat(timespec="seconds")[19:],
        "day": date.fromisoformat(row.day),
        "trainee": row.trainee,
        "script": row.script,
        "title": row.title,
        "mode": row.mode,
        "part_taken_again": bool(row.take),
        "ending": row.ending,
        "length_s": None if row.length_ms is None else round(row.length_ms / 1000, 3),
        **{name: getattr(row, name) for name in ("overall", *DIMENSIONS)},
    }


def _of_card(card: Mapping[str, Json]) -> dict[str, Value]:
    """What only the scorecard has; of one of another version, whatever can be read."""
    measures = _part(card, "measures")
    gaps, steady = _part(measures, "response_gap_ms"), _part(measures, "steadiness")
    silences = _pairs(measures.get("dead_air"))
    plain = "words_per_minute articulation_rate talk_share longest_turn_ms fillers_per_100_words cut_ins backchannels"
    return {
        **{name: _number(measures.get(name)) for name in [*plain.split(), "early_starts", "caller_cut_ins"]},
        "response_gap_median_ms": _number(gaps.get("median")),
        "response_gap_p90_ms": _number(gaps.get("p90")),
        "silences": None if silences is None else len(silences),
        "silences_ms": None if silences is None else sum(end - start for start, end in silences),
        **{f"steadiness_{name}": _number(steady.get(name)) for name in ("loudness_db", "pitch_semitones", "rate")},
        "recogniser": _text(card.get("recogniser")),
        "rubric": _text(_part(card, "rubric").get("name")),
        "rubric_fingerprint": _text(_part(card, "rubric").get("fingerprint")),
    }


def _of_coach(connection: Connection, library: Library, row: Row[Any]) -> dict[str, Value]:
    card = kept_card(library.sessions / row.name) if row.coach is not None else None
    review = Review(overrules=overrules_of(connection, row.name, row.fingerprint)) if card else None
    scores = review.coach_scores(card) if review and card else None
    if scores is None:
        return {}
    return {"coach_overall": scores.overall, **{f"coach_{name}": scores.scores[name] for name in DIMENSIONS}}


def _checks(connection: Connection, library: Library) -> Mapping[int, list[Made]]:
    """What the checks of each session earned."""
    query = select(CheckRow.session_id, CheckRow.made).join(SessionRow).where(SessionRow.home == library.home)
    return {session: [Made(*one) for one in json.loads(made)] for session, made in connection.execute(query)}


def _of_checks(made: Iterable[Made]) -> dict[str, Value]:
    found = ((name, value) for one in made for name, value in ((one.check, one.points), (f"{one.check} of", one.of)))
    return dict(found)


def _tags(connection: Connection) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for session, which, tag in connection.execute(
        select(TagRow.session, TagRow.fingerprint, TagRow.tag).order_by(TagRow.tag)
    ):
        found[session, which].append(tag)
    return found


def _reviewed(connection: Connection) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for session, which, by in connection.execute(
        select(ReviewRow.session, ReviewRow.fingerprint, ReviewRow.by).order_by(ReviewRow.by)
    ):
        found[session, which].append(by)
    return found


def _part(of: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """A part of a scorecard that may be of any version; nothing where it is not there."""
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def _pairs(value: Json) -> list[tuple[float, float]] | None:
    if not isinstance(value, list):
        return None
    return [
        (one[0], one[1]) for one in value if isinstance(one, list) and len(one) == 2 and None not in map(_number, one)
    ]


def _number(value: Json) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
