"""The phrasing score beside the coach's grades: `python tests/bench_phrasing.py [work|check]` prints every call."""

from __future__ import annotations

import sys

from graded_calls import graded, spearman

from callsim.scoring.checks import Check
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, score


def main(which: str) -> None:
    """Print grade, score and the checks that earned points, by grade, and Spearman's rho."""
    rubric = read_rubric()
    rows = [(call.grade, score(call.evidence, rubric), call.id) for call in graded(which)]
    for grade, card, id in sorted(rows, key=lambda row: (-row[0], -(row[1].scores["phrasing"] or 0))):
        print(f"{grade}  {card.scores['phrasing']!s:>5}  {id:48} {_points(card)}")
    rho = spearman([row[0] for row in rows], [row[1].scores["phrasing"] or 0.0 for row in rows])
    print(f"{which}: {len(rows)} calls, Spearman {rho:.3f}")


def _points(card: Scorecard) -> str:
    ours = [one for one in card.checks if one.dimension == "phrasing"]
    return " ".join(f"{_short(one)}={one.points:g}" for one in ours)


def _short(one: Check) -> str:
    return one.id.removeprefix("phrasing.")[:6]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "work")
