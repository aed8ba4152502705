"""What coaches and the machine gave for each check of the reviewed calls, read from the library and the sessions.

Only calls that a coach marked as reviewed count: there, a check that was left alone was agreed with. In other calls
only what was overruled is known, and counting that alone would make the machine look worse than it is: it is told
beside. The figures speak of calls like those that were reviewed; where coaches pick the bad ones, of bad ones.
The machine's word is the scorecard as it is now; a coach's is what they gave, or agreed with on the day they said so.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, TypeAlias

from sqlalchemy import select

from callsim.errors import SessionError, UnknownName
from callsim.library.models import OverruleRow, ReviewRow
from callsim.library.reading import Json, fingerprint, folded
from callsim.library.shelf import Library
from callsim.scoring.agreement import Agreement, Pair, agreement
from callsim.scoring.checks import Part
from callsim.scoring.rescored import Rescored, WithCoaches
from callsim.scoring.rubric import Rubric, read_rubric
from callsim.sessions.cards import RUBRICS, card_at
from callsim.sessions.folder import SCORECARD, read_about
from callsim.timeline import Ms

# A share of a check's points, or the points themselves: by check.
Given: TypeAlias = Mapping[str, float]


class Moment(Part):
    """A check that a coach overruled: in which session and where (None: it shows no second), by whom, and why."""

    session: str
    check: str
    at_ms: Ms | None
    by: str
    machine: float
    points: float
    of: float
    reason: str
    reviewed: bool


class Calibration(Part):
    """How two judges agree on every check that both judged, the ones they differ on most first.

    `one` and `other` name the judges. `calls` are those that both judged as a whole. `aside` counts, by check, what was
    overruled in calls that were not marked as reviewed, which the figures leave out.
    """

    one: str
    other: str
    calls: int
    checks: tuple[Agreement, ...]
    moments: tuple[Moment, ...]
    aside: dict[str, int]
    coaches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A check of a scorecard."""

    points: float
    of: float
    at_ms: Ms | None

    @property
    def share(self) -> float:
        """What it earned of its points."""
        return self.points / self.of


@dataclass(frozen=True, slots=True)
class Call:
    """A session that somebody judged: the machine's checks, and what each coach who reviewed it gave, as shares."""

    session: str
    made: Mapping[str, Made]
    coaches: Mapping[str, Given]
    overruled: tuple[Moment, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ScoredBy:
    """The names of the rubrics that made the scorecards of judged calls; and the one, where it is one and is kept."""

    names: tuple[str, ...]
    rubric: Rubric | None


MACHINE, ALL_COACHES = "the machine", "the coaches"


def calibration(calls: Sequence[Call], coach: str | None = None, other: str | None = None) -> Calibration:
    """The machine against all coaches or one of them, or one coach against another. Raises UnknownName for a coach.

    All coaches: what those who reviewed a call gave on average, so that each call is one pair.
    """
    coaches = coaches_of(calls)
    one, two = (name and _named(name, coaches) for name in (coach, other))
    judges = (_of(one), _of(two)) if one and two else (_machine, _of(one) if one else _all_of_them)
    pairs, many = _pairs(calls, *judges)
    wanted = {name for name in (one, two) if name} or set(coaches)
    moments = [moment for call in calls for moment in call.overruled if moment.by in wanted]
    aside = Counter(moment.check for moment in moments if not moment.reviewed)
    return Calibration(
        one=one if one and two else MACHINE,
        other=two or one or ALL_COACHES,
        calls=many,
        checks=tuple(sorted((agreement(check, found) for check, found in pairs.items()), key=_most_apart)),
        moments=tuple(sorted(moments, key=lambda moment: (moment.check, moment.session, moment.by))),
        aside=dict(sorted(aside.items())),
        coaches=coaches,
    )


def agreed_with(calls: Sequence[Call], rescored: Iterable[Rescored]) -> WithCoaches | None:
    """How the coaches of reviewed calls would agree with what another rubric gives them; None where there are none."""
    given = {one.session: one.checks for one in rescored}
    ours = [call for call in calls if call.coaches and call.session in given]
    if not ours:
        return None
    other = [replace(call, made={check: Made(share, 1, None) for check, share in given[call.session].items()})
             for call in ours]  # fmt: skip
    before, after = (calibration(found).checks for found in (ours, other))
    return WithCoaches(
        calls=len(ours),
        before=sum(one.same for one in before),
        checks_before=sum(one.calls for one in before),
        after=sum(one.same for one in after),
        checks_after=sum(one.calls for one in after),
    )


def scored_by(sessions: Path, calls: Iterable[Call], coach: str | None = None) -> ScoredBy:
    """Which rubric the scorecards rest on that coaches, or one of them, reviewed as a whole."""
    ours = [call for call in calls if (any(folded(one) == folded(coach) for one in call.coaches) if coach
                                       else call.coaches)]  # fmt: skip
    used = {call.session: _rubric_used(sessions / call.session) for call in ours}
    names = tuple(sorted({name for name, _ in used.values()}, key=folded))
    if len({which for _, which in used.values()}) != 1:
        return ScoredBy(names, None)
    kept = (_rubric_kept(sessions / session, which) for session, (_, which) in used.items())
    return ScoredBy(names, next((one for one in kept if one), None))


def coaches_of(calls: Iterable[Call]) -> tuple[str, ...]:
    """Everybody who reviewed or overruled anything, in order."""
    names = {name for call in calls for name in call.coaches}
    return tuple(sorted(names | {moment.by for call in calls for moment in call.overruled}, key=folded))


def judged_calls(library: Library) -> list[Call]:
    """The sessions of the library that a coach has reviewed, or overruled something in, by name."""
    reviews: dict[_Key, dict[str, str]] = defaultdict(dict)
    overrules: dict[_Key, list[_Overrule]] = defaultdict(list)
    with library.reading() as connection:
        for name, which, by, written in connection.execute(_REVIEWS):
            reviews[name, which][by] = written
        for row in connection.execute(_OVERRULES):
            overrules[row.session, row.fingerprint].append(_Overrule._make(row[2:]))
    here = set(library.names())
    keys = sorted(key for key in reviews.keys() | overrules.keys() if key[0] in here)
    folders = [(library.sessions / key[0], key) for key in keys]
    return [_call(folder, reviews[key], overrules[key]) for folder, key in folders if _is_call(folder, key[1])]


def _is_call(folder: Path, which: str) -> bool:
    """Whether it is the call that people spoke of, and not another one of its name."""
    try:
        return fingerprint(read_about(folder)) == which
    except SessionError:
        return False


_Key: TypeAlias = tuple[str, str]
_REVIEWS = select(ReviewRow.session, ReviewRow.fingerprint, ReviewRow.by, ReviewRow.written)
_OVERRULES = select(
    OverruleRow.session,
    OverruleRow.fingerprint,
    OverruleRow.check,
    OverruleRow.by,
    OverruleRow.points,
    OverruleRow.machine,
    OverruleRow.of,
    OverruleRow.reason,
)


class _Overrule(NamedTuple):
    check: str
    by: str
    points: float
    machine: float
    of: float
    reason: str


def _call(folder: Path, reviews: Mapping[str, str], overrules: Sequence[_Overrule]) -> Call:
    made = _made(folder / SCORECARD)
    return Call(
        session=folder.name,
        made=made,
        coaches={by: _given(folder, by, written, overrules) for by, written in reviews.items()},
        overruled=tuple(_moment(folder.name, one, made.get(one.check), one.by in reviews) for one in overrules),
    )


def _given(folder: Path, by: str, written: str, overrules: Iterable[_Overrule]) -> Given:
    """What a coach gave for each check: what the card said on the day of the review, but for what they overruled."""
    seen = _made(card_at(folder, datetime.fromisoformat(written)))
    own = {one.check: one.points / one.of for one in overrules if one.by == by and one.of}
    return {check: made.share for check, made in seen.items()} | own


def _moment(session: str, one: _Overrule, made: Made | None, reviewed: bool) -> Moment:
    return Moment(
        session=session, check=one.check, at_ms=made.at_ms if made else None, by=one.by, machine=one.machine,
        points=one.points, of=one.of, reason=one.reason, reviewed=reviewed,
    )  # fmt: skip


def _made(card: Path) -> Mapping[str, Made]:
    """The checks of a scorecard that lies in a session; none where it cannot be read."""
    try:
        found = card.stat()
    except OSError:
        return {}
    return _checks(card, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4096)
def _checks(card: Path, _: int, __: int) -> Mapping[str, Made]:
    try:
        checks = json.loads(card.read_bytes())["checks"]
        return {one["id"]: Made(float(one["points"]), float(one["of"]), _at_ms(one)) for one in checks if one["of"] > 0}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _at_ms(check: Json) -> Ms | None:
    evidence = check.get("evidence")
    return int(evidence[0]["start_ms"]) if evidence else None


def _rubric_used(folder: Path) -> tuple[str, str]:
    """The name and the fingerprint of the rubric in a scorecard."""
    try:
        used = json.loads((folder / SCORECARD).read_bytes())["rubric"]
        return str(used["name"]), str(used["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return _UNKNOWN, ""


def _rubric_kept(folder: Path, which: str) -> Rubric | None:
    """The rubric of a fingerprint: the standard one, or one that the session keeps; None where nobody has it."""
    if which == read_rubric().fingerprint:
        return read_rubric()
    if not which.isalnum():  # A scorecard may come from anywhere: no way out of the folder.
        return None
    try:
        return Rubric.model_validate_json((folder / RUBRICS / f"{which}.json").read_bytes())
    except (OSError, ValueError):
        return None


_UNKNOWN = "unknown"


def _machine(call: Call) -> Given:
    return {check: made.share for check, made in call.made.items()}


def _of(coach: str) -> _Judge:
    return lambda call: call.coaches.get(coach)


def _all_of_them(call: Call) -> Given | None:
    """The mean of those who reviewed a call, for the checks that each of them saw."""
    if not call.coaches:
        return None
    shared = set.intersection(*(set(given) for given in call.coaches.values()))
    return {check: fmean(given[check] for given in call.coaches.values()) for check in shared}


_Judge: TypeAlias = Callable[[Call], Given | None]


def _pairs(calls: Iterable[Call], one: _Judge, other: _Judge) -> tuple[dict[str, list[Pair]], int]:
    """By check, what both gave; and how many calls both judged."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    many = 0
    for call in calls:
        first, second = one(call), other(call)
        if first is None or second is None:
            continue
        many += 1
        for check, made in call.made.items():
            if check in first and check in second:
                pairs[check].append(Pair(first[check], second[check], made.of))
    return pairs, many


def _most_apart(one: Agreement) -> tuple[bool, float, str]:
    return one.leaning is None, -abs(one.bias or 0), one.check


def _named(coach: str, coaches: Sequence[str]) -> str:
    """A coach by name, whatever its case."""
    found = next((one for one in coaches if folded(one) == folded(coach)), None)
    if found is None:
        raise UnknownName("coach with a review", coach, coaches)
    return found
