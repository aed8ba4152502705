"""How far the mean of a few numbers moved: against a second implementation, and by how often it holds."""

from __future__ import annotations

import random
from itertools import combinations
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.scoring.shifts import MOST_PAIRS, between, of_pairs

POINTS = st.integers(0, 100).map(float)
FEW = st.lists(POINTS, min_size=3, max_size=5)


def refused(before, after, shift):
    """Whether the permutation test itself would refuse that shift: all ways to deal the numbers out anew, counted."""
    pool = [*before, *(value - shift for value in after)]
    places = range(len(pool))
    dealt = [
        mean(pool[place] for place in theirs) - mean(pool[place] for place in places if place not in theirs)
        for theirs in combinations(places, len(after))
    ]
    as_it_is = mean(pool[len(before) :]) - mean(pool[: len(before)])
    above = sum(one >= as_it_is - 1e-9 for one in dealt) / len(dealt)
    below = sum(one <= as_it_is + 1e-9 for one in dealt) / len(dealt)
    return min(above, below) <= 0.025


def test_an_interval_holds_what_a_permutation_test_would_not_refuse():
    """Just inside its ends the shift stands, just outside it falls."""
    dice = random.Random(5)
    for later in (5, 5, 4, 3):
        before = [dice.uniform(30, 60) for _ in range(5)]
        after = [dice.uniform(40, 90) for _ in range(later)]
        low, high = between(before, after)
        inside = (high - low) / 1000
        assert not refused(before, after, low + inside)
        assert not refused(before, after, high - inside)
        assert refused(before, after, low - inside)
        assert refused(before, after, high + inside)


def test_pairs_as_a_sign_flipping_test_counts_them():
    """Against all 64 ways to choose the signs of six differences."""
    differences = [4.0, -1.0, 7.0, 3.0, 9.0, 2.0]
    low, high = of_pairs(differences)
    assert (low, high) == (-1.0, 9.0)
    for shift, stands in ((low + 0.01, True), (low - 0.01, False), (high - 0.01, True), (high + 0.01, False)):
        moved = [one - shift for one in differences]
        signs = [[(1, -1)[way >> place & 1] for place in range(6)] for way in range(64)]
        sums = [sum(sign * one for sign, one in zip(way, moved, strict=True)) for way in signs]
        above = sum(one >= sum(moved) - 1e-9 for one in sums) / 64
        below = sum(one <= sum(moved) + 1e-9 for one in sums) / 64
        assert (min(above, below) > 0.025) == stands


def test_too_few_say_nothing():
    """Of five pairs, or three against two, no interval of 95 % can be counted out."""
    assert of_pairs([1.0] * 5) is None
    assert of_pairs([]) is None
    assert of_pairs([1.0] * (MOST_PAIRS + 1)) is None
    assert between([1.0, 2.0, 3.0], [9.0, 9.0]) is None
    assert between([], [1.0]) is None
    assert of_pairs([1.0] * 6) == (1.0, 1.0)


@given(FEW, st.lists(POINTS, min_size=5, max_size=5), st.integers(-50, 50))
def test_an_interval_moves_with_what_it_is_of(before, after, more):
    """So much added to the later ones moves both ends by so much; the difference of the means lies within."""
    found = between(before, after)
    moved = between(before, [value + more for value in after])
    if found is None:
        assert moved is None
        return
    low, high = found
    assert low - 1e-9 <= mean(after) - mean(before) <= high + 1e-9
    assert moved == (pytest.approx(low + more), pytest.approx(high + more))


@given(FEW, FEW)
def test_backwards_is_the_other_sign(before, after):
    """From later to earlier is minus from earlier to later."""
    found, back = between(before, after), between(after, before)
    assert (found is None) == (back is None)
    if found and back:
        assert back == (pytest.approx(-found[1]), pytest.approx(-found[0]))


def test_of_many_who_did_not_change_few_are_said_to_have():
    """With 400 trainees of good and bad days, about one in twenty is taken for better or worse."""
    dice = random.Random(11)
    wrong = 0
    for _ in range(400):
        days = [dice.gauss(60, 12) for _ in range(10)]
        low, high = between(days[:5], days[5:])
        wrong += not low <= 0 <= high
    assert 6 <= wrong <= 36
