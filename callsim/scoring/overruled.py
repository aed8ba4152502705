"""The coach's score: a scorecard's sums with a coach's points in the place of the machine's. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from callsim.scoring.checks import DIMENSIONS, Check, Dimension
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import Scorecard, overall_of, shown, weights_of


@dataclass(frozen=True, slots=True)
class CoachScores:
    """What a scorecard comes to with a coach's points; None as in the scorecard: it could not be measured."""

    overall: float | None
    scores: dict[Dimension, float | None]


def coach_scores(card: Scorecard, points: Mapping[str, float]) -> CoachScores:
    """The scores of a card with other points for some of its checks, by id, each of 0 to that check's `of`.

    A check that the card has not is passed over. Rounded and weighted as `scorecard.score` does; a score none of whose
    checks got other points stays as it is, and so does the overall one where all three do. A score that could not be
    measured is not made by a coach's points: what was heard of the call is still too little.
    """
    scores = {dimension: _score(card, dimension, points) for dimension in DIMENSIONS}
    if scores == {dimension: card.scores[dimension] for dimension in DIMENSIONS}:
        return CoachScores(card.overall, scores)
    return CoachScores(overall_of(scores, card.rubric.weights or weights_of(read_rubric())), scores)


def _score(card: Scorecard, dimension: Dimension, points: Mapping[str, float]) -> float | None:
    ours = [check for check in card.checks if check.dimension == dimension]
    if card.scores[dimension] is None or all(_points(check, points) == check.points for check in ours):
        return card.scores[dimension]
    return shown(100 * math.fsum(_points(check, points) for check in ours) / sum(check.of for check in ours))


def _points(check: Check, points: Mapping[str, float]) -> float:
    return points.get(check.id, check.points)
