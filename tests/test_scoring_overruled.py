"""The coach's score: the scorecard's own sums, with other points in them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import good_call, rude_call, silent_call
from shelved import card

from callsim.scoring.checks import DIMENSIONS
from callsim.scoring.overruled import coach_scores
from callsim.scoring.rubric import read_rubric
from callsim.scoring.scorecard import score

CARDS = [card(), *(score(call.evidence(), read_rubric()) for call in (rude_call(), silent_call(), good_call()))]


@st.composite
def overruled(draw):
    """A scorecard, and a coach's points for some of its checks, none to all of what each has."""
    of = draw(st.sampled_from(CARDS))
    some = draw(st.lists(st.sampled_from(of.checks), unique_by=lambda check: check.id))
    return of, {check.id: draw(st.floats(0, check.of, allow_nan=False)) for check in some}


def exactly(of, points):
    """A second reckoning of the same, in fractions: 0 to 100 for each score and for all of them, before rounding."""
    scores = {}
    for dimension in DIMENSIONS:
        ours = [check for check in of.checks if check.dimension == dimension]
        if of.scores[dimension] is not None:
            earned = sum(Fraction(points.get(check.id, check.points)) for check in ours)
            scores[dimension] = 100 * earned / sum(Fraction(check.of) for check in ours)
    return scores


@pytest.mark.parametrize("of", CARDS)
def test_what_nobody_overrules_stays_as_it_is(of):
    """No points, the machine's own points, points for a check that there is not: the same scores."""
    for points in ({}, {check.id: check.points for check in of.checks}, {"phrasing.singing": 3.0}):
        same = coach_scores(of, points)
        assert (same.overall, same.scores) == (of.overall, of.scores)


@settings(deadline=None)
@given(overruled())
def test_the_coachs_scores_are_the_sums_with_the_coachs_points(made):
    """To one decimal, and 0 and 100 only where they are truly that; the overall one is their weighted mean."""
    of, points = made
    found = coach_scores(of, points)
    for dimension, exact in exactly(of, points).items():
        # The nearest to a tenth that there is: what is more than nothing is shown as 0.1.
        assert abs(Fraction(found.scores[dimension]) - exact) <= Fraction(0.1)
        assert (found.scores[dimension] in (0, 100)) == (exact in (0, 100)) or abs(exact - round(exact)) < 1e-9
    weights = of.rubric.weights
    known = {name: value for name, value in found.scores.items() if value is not None}
    if known:
        mean = sum(weights[name] * value for name, value in known.items()) / sum(weights[name] for name in known)
        assert found.overall == pytest.approx(mean, abs=0.1)


@settings(deadline=None)
@given(overruled(), st.data())
def test_more_points_never_make_a_score_lower(made, data):
    """For one check more, all else the same."""
    of, points = made
    if not of.checks:
        return
    check = data.draw(st.sampled_from(of.checks))
    low, high = sorted(data.draw(st.tuples(*[st.floats(0, check.of, allow_nan=False)] * 2)))
    lower, higher = (coach_scores(of, points | {check.id: value}) for value in (low, high))
    for dimension in DIMENSIONS:
        assert (lower.scores[dimension] is None) == (higher.scores[dimension] is None)
        assert (lower.scores[dimension] or 0) <= (higher.scores[dimension] or 0)
    assert (lower.overall or 0) <= (higher.overall or 0)


def test_a_score_that_was_not_measured_is_not_made_by_points():
    """Too little was heard, and a coach's points do not change that."""
    bare = card().model_copy(update={"scores": card().scores | {"pacing": None}})
    assert coach_scores(bare, {"pacing.dead_air": 0.0}).scores["pacing"] is None


def test_a_card_without_its_weights_takes_the_standard_ones():
    """Scorecards from before they were kept."""
    old = card().model_copy(update={"rubric": card().rubric.model_copy(update={"weights": None})})
    points = {"phrasing.empathy": 0.0}
    assert coach_scores(old, points) == coach_scores(card(), points)
    assert coach_scores(old, points).overall < card().overall
