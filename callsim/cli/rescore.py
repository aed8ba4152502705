"""Scores past sessions by another rubric, in processes of their own, and keeps what they had before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from callsim.cli.kept_evidence import Remembered
from callsim.cli.pool import Failed, run_all
from callsim.errors import InputError, MachineError, SessionError
from callsim.library.cards import kept_card
from callsim.library.folders import there_are
from callsim.scoring.rescored import Rescored, WithCoaches, changes, scores_of, shares_of
from callsim.scoring.rubric import Rubric, adapted, read_rubric, read_scorable
from callsim.scoring.scorecard import Scorecard
from callsim.sessions.cards import keep_rubric, replace_scorecard
from callsim.sessions.folder import SCORECARD, SCRIPT, read_about

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Rescoring:
    """What came of it: the sessions by name, one sentence for each that could not be scored, who were passed over.

    `forgotten` are those whose sound and words were removed: they keep the scores that they have.
    """

    sessions: tuple[Rescored, ...]
    failed: tuple[str, ...]
    forgotten: tuple[str, ...]


def rescore_all(
    folders: Sequence[Path],
    rubric: Rubric,
    workers: int,
    told: Callable[[int, int], None],
    clock: Clock | None = None,
) -> Rescoring:
    """Score sessions by a rubric. With a `clock`, which pickles, the new scorecards take their place; else all stays.

    The clock is read for each session as its scorecard is replaced: so long the one before was what people saw.

    Each session is done by itself: stopped at any time, nothing is lost, and what is done is passed over the next time.
    """
    forgotten = [folder for folder in folders if read_about(folder).forgotten is not None]
    jobs = [_Job(folder, rubric.model_dump_json(), clock) for folder in folders if folder not in forgotten]
    done, failed = list[Rescored](), list[tuple[int, str]]()
    told(0, len(jobs))
    with closing(run_all(jobs, _rescored, min(workers, len(jobs)) or 1)) as ends:
        for count, end in enumerate(ends, 1):
            if isinstance(end, Failed):
                failed.append((end.number, f"{jobs[end.number].folder.name}: {end.wrong}"))
            else:
                done.append(end.result)
            told(count, len(jobs))
    sentences = tuple(sentence for _, sentence in sorted(failed))
    by_name = tuple(sorted(done, key=lambda one: one.session))
    return Rescoring(by_name, sentences, tuple(sorted(folder.name for folder in forgotten)))


def all_sessions(sessions: Path) -> list[Path]:
    """Every session of a home that this version can read and that has been scored: no call that still goes on."""
    scored = (sessions / name for name in sorted(there_are(sessions)) if (sessions / name / SCORECARD).exists())
    return [folder for folder in scored if _is_ours(folder)]


def with_coaches(found: Rescoring, environment: Mapping[str, str]) -> WithCoaches | None:
    """How coaches would agree with it; None where no call was reviewed, or the library cannot be had."""
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        return None
    from callsim.library.calibration import agreed_with, judged_calls  # noqa: PLC0415 - needs the extra
    from callsim.library.shelf import library  # noqa: PLC0415

    # It comes after everything was scored, and nothing of that must be lost for it.
    with suppress(InputError, MachineError), library(environment) as shelf:
        shelf.refresh(lambda *_: None)
        return agreed_with(judged_calls(shelf), found.sessions)
    return None


def figures_of(found: Rescoring, coaches: WithCoaches | None) -> dict[str, object]:
    """All figures, for JSON: what the command prints, and what the page shows."""
    return {
        "coaches": coaches.model_dump() if coaches else None,
        "sessions": [one.model_dump() for one in found.sessions],
        "changes": [one.model_dump() for one in changes(found.sessions)],
        "failed": list(found.failed),
        "forgotten": list(found.forgotten),
    }


@dataclass(frozen=True, slots=True)
class _Job:
    folder: Path
    rubric: str
    clock: Clock | None


def _rescored(job: _Job) -> Rescored:
    own = _settings(job.folder)
    rubric, before = adapted(_rubric(job.rubric), own), kept_card(job.folder)
    if before is not None and before.rubric.fingerprint == rubric.fingerprint:
        return _side_by_side(job.folder, before, before, same=True)
    after = Remembered(job.folder, before).card(rubric)
    if job.clock is not None:
        _put(job.folder, after, rubric, job.clock)
    return _side_by_side(job.folder, before, after, written=job.clock is not None)


def _put(folder: Path, card: Scorecard, rubric: Rubric, clock: Clock) -> None:
    """The rubrics first, so that no scorecard lies there without the one that made it."""
    for one in (rubric, adapted(read_rubric(), _settings(folder))):
        if one.fingerprint == rubric.fingerprint or _made_by(folder) == one.fingerprint:
            keep_rubric(folder, one)
    replace_scorecard(folder, card.to_json().encode(), clock())


def _made_by(folder: Path) -> str | None:
    card = kept_card(folder)
    return card.rubric.fingerprint if card else None


def _settings(folder: Path) -> Mapping[str, Any]:
    """What the call's own script sets otherwise; an imported recording has no script."""
    return read_scorable(folder / SCRIPT).rubric if (folder / SCRIPT).exists() else {}


def _side_by_side(
    folder: Path, before: Scorecard | None, after: Scorecard, *, same: bool = False, written: bool = False
) -> Rescored:
    return Rescored(
        session=folder.name,
        old=scores_of(before),
        new=scores_of(after),
        old_rubric=before.rubric.fingerprint if before else None,
        new_rubric=after.rubric.fingerprint,
        checks=shares_of(after),
        same=same,
        written=written,
    )


@cache
def _rubric(json: str) -> Rubric:
    """Once in each process."""
    return Rubric.model_validate_json(json)


def _is_ours(folder: Path) -> bool:
    try:
        read_about(folder)
    except SessionError:
        return False
    return True
