"""Trainees who practise for weeks: sessions with scorecards whose checks add up to their scores."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from made_session import ABOUT
from shelved import card

from callsim.scoring.checks import DIMENSIONS, Check
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, overall_of, shown, weights_of

FIRST = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
SCRIPTS = ("parcel", "hotel", "energy-bill", "airline", "clinic", "software")


@cache
def _weights():
    return weights_of(read_rubric())


def earning(shares: Mapping[str, float], usual: float = 1.0) -> Scorecard:
    """A scorecard whose checks earned these shares of their points, all others the usual one."""
    earned = ((one, round(shares.get(one.id, usual) * one.of, 2)) for one in card().checks)
    checks = tuple(
        Check(id=one.id, dimension=one.dimension, points=points, of=one.of, why="") for one, points in earned
    )
    scores = {
        name: shown(100 * sum(one.points for one in ours) / sum(one.of for one in ours))
        for name in DIMENSIONS
        if (ours := [one for one in checks if one.dimension == name])
    }
    return card().model_copy(update={"checks": checks, "scores": scores, "overall": overall_of(scores, _weights())})


def practise(
    sessions: Path,
    trainee: str,
    cards: Iterable[Scorecard],
    *,
    days: float = 2,
    scripts: Iterable[str] = SCRIPTS,
    mode: str = "practice",
    **about: object,
) -> list[str]:
    """Calls of a trainee, so many days from one to the next, on one script after the other; their names."""
    scripts, names = list(scripts), []
    for number, made in enumerate(cards):
        started = FIRST + timedelta(days=days * number)
        script = scripts[number % len(scripts)]
        folder = (
            sessions / f"{len(list(sessions.glob('*'))):05}-{script if script.replace('-', '').isalnum() else 'own'}"
        )
        folder.mkdir(parents=True)
        what = {"script": script, "trainee": trainee, "started": started.isoformat(), "mode": mode, **about}
        (folder / "session.json").write_text(ABOUT.model_copy(update=what).model_dump_json())
        (folder / "scorecard.json").write_text(made.model_copy(update={"title": script.capitalize()}).to_json())
        names.append(folder.name)
    return names


def learning(count: int, start: float, end: float, seed: int = 1) -> list[Scorecard]:
    """Cards of somebody who goes from one share of the points to another, with good days and bad ones."""
    dice = random.Random(seed)
    return [
        earning({one.id: _share(start + (end - start) * number / max(1, count - 1), dice) for one in card().checks})
        for number in range(count)
    ]


def _share(level: float, dice: random.Random) -> float:
    return min(1.0, max(0.0, dice.gauss(level, 0.2)))
