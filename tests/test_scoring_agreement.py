"""How two judges agree: against published examples, a second implementation, and what must always hold."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim.scoring.agreement import LEAST_BIAS, LEAST_CALLS, Pair, agreement, class_of, kappa_interval, kappas

# Printed by SAS's PROC FREQ, as statsmodels' tests of cohens_kappa quote it.
SAS_TABLE = np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
SAS_WEIGHTED, SAS_ERROR = 0.4701, 0.1457

shares = st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.74, 0.75, 1.0]) | st.floats(0, 1)
pairs = st.lists(st.builds(Pair, shares, shares, st.sampled_from([2.0, 10.0])), max_size=40)


def judged(one, other, of=10.0):
    """Pairs from two lists of shares."""
    return [Pair(a, b, of) for a, b in zip(one, other, strict=True)]


def kappa_by_counting(table):
    """Weighted kappa straight from its definition, 1 - observed disagreement / disagreement by chance, in fractions."""
    calls = int(table.sum())
    places = list(product(range(3), range(3)))
    seen = sum(Fraction(abs(a - b) * int(table[a, b]), calls) for a, b in places)
    chance = sum(Fraction(abs(a - b) * int(table[a].sum()) * int(table[:, b].sum()), calls * calls) for a, b in places)
    return float(1 - seen / chance)


def test_kappa_is_that_of_sas():
    """Linear weights, in the example with three classes."""
    assert float(kappas(SAS_TABLE)) == pytest.approx(SAS_WEIGHTED, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([[20, 0, 5], [0, 0, 0], [10, 0, 15]], 0.40),  # grant proposals, the worked example of many textbooks
        ([[45, 0, 15], [0, 0, 0], [25, 0, 15]], 0.1304),  # the same agreement, other marginals
        ([[25, 0, 35], [0, 0, 0], [5, 0, 35]], 0.2593),
    ],
)
def test_with_two_classes_it_is_the_kappa_of_1960(table, expected):
    """As in the worked examples that are passed on in textbooks and encyclopedias."""
    assert float(kappas(np.array(table))) == pytest.approx(expected, abs=5e-5)


@given(st.lists(st.integers(0, 30), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3)))
def test_kappa_is_what_its_definition_says(table):
    """A second way to it: by disagreement, in exact fractions."""
    if np.count_nonzero(table.sum(0)) > 1 and np.count_nonzero(table.sum(1)) > 1:
        assert float(kappas(table)) == pytest.approx(kappa_by_counting(table), abs=1e-9)


def test_in_many_calls_the_interval_is_the_usual_one():
    """SAS's asymptotic error of the same shares, in 100 times as many calls, is a tenth of what it printed."""
    low, high = kappa_interval(SAS_TABLE * 100)
    assert low == pytest.approx(SAS_WEIGHTED - 1.96 * SAS_ERROR / 10, abs=0.002)
    assert high == pytest.approx(SAS_WEIGHTED + 1.96 * SAS_ERROR / 10, abs=0.002)


def test_in_few_calls_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Two judges who agree well, 10 calls at a time, 300 times: the usual interval holds it in about half of them."""
    truth = np.array([[0.30, 0.01, 0], [0.01, 0.30, 0.02], [0, 0.02, 0.34]])
    drawn = np.random.default_rng(8).multinomial(10, truth.ravel(), size=300).reshape(-1, 3, 3)
    tables = [table for table in drawn if np.count_nonzero(table.sum(0)) > 1 and np.count_nonzero(table.sum(1)) > 1]
    held = [low <= float(kappas(truth)) <= high for low, high in map(kappa_interval, tables)]
    assert 0.85 <= np.mean(held) <= 0.99


def test_the_interval_of_the_bias_is_students():
    """Gosset's own example (1908): hours of sleep gained by ten patients with one drug against another."""
    gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = agreement("a.b", judged([0.0] * 10, [hours / 10 for hours in gained]))
    # Mean 1.58, 95 % from 0.70 to 2.46 (R: t.test(extra ~ group, sleep, paired = TRUE)).
    assert found.bias == 0.158
    assert found.bias_interval == (0.070, 0.246)
    assert found.leaning == "higher"


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "lost"), (0.249, "lost"), (0.25, "part"), (0.749, "part"), (0.75, "met"), (1, "met")],
)
def test_classes_begin_at_a_quarter_and_at_three_quarters(share, expected):
    """Whatever the points."""
    assert class_of(share) == expected


def test_few_calls_are_counted_and_nothing_is_claimed():
    """The reason says how many there are and how many it takes."""
    found = agreement("a.b", judged([0, 1, 1], [1, 1, 1]))
    assert (found.calls, found.same, found.higher, found.lower, found.bias_points) == (3, 2, 1, 0, 3.33)
    assert found.bias_unknown == found.kappa_unknown == f"3 of the {LEAST_CALLS} calls that it takes"
    assert (found.kappa, found.bias_interval, found.leaning) == (None, None, None)


def test_where_one_judge_gives_all_the_same_there_is_no_kappa():
    """It would be 0 whatever the other one said."""
    found = agreement("a.b", judged([1.0] * 12, [1.0] * 9 + [0.0] * 3))
    assert found.kappa is None
    assert "judged every call met" in (found.kappa_unknown or "")
    assert found.same == 9


def test_a_coach_who_changes_nothing_leaves_nothing_to_change():
    """No interval of no width around 0."""
    found = agreement("a.b", judged([0.5, 1.0] * 6, [0.5, 1.0] * 6))
    assert (found.bias, found.bias_interval, found.bias_unknown) == (0, None, "every call was judged alike")
    assert (found.kappa, found.leaning) == (1, None)
    low, high = found.kappa_interval or (0, 0)
    assert low < 0.9 < high == 1


def test_a_small_bias_is_no_reason_to_change_a_check():
    """However sure it is."""
    sure = [0.5 + LEAST_BIAS * (0.8 if number % 2 else 0.9) for number in range(40)]
    found = agreement("a.b", judged([0.5] * 40, sure))
    assert (found.bias_interval or (0, 0))[0] > 0
    assert found.leaning is None


@given(pairs)
def test_what_always_holds(found):
    """Counts add up, intervals hold their own value, and the other way round is the mirror image."""
    there, back = agreement("a.b", found), agreement("a.b", [Pair(one.other, one.one, one.of) for one in found])
    assert there.calls == len(found) == sum(map(sum, there.table))
    assert (there.higher, there.lower, there.same) == (back.lower, back.higher, back.same)
    assert (there.bias is None) == (not found)
    assert (there.kappa is None) == (there.kappa_unknown is not None) == (there.kappa_interval is None)
    assert there.kappa == back.kappa
    if there.bias is not None and there.bias_interval is not None:
        low, high = there.bias_interval
        assert low - 1e-9 <= there.bias <= high + 1e-9
    if there.kappa is not None and there.kappa_interval is not None:
        assert -1 <= there.kappa_interval[0] <= there.kappa <= there.kappa_interval[1] <= 1
    assert agreement("a.b", found) == there


def test_a_coach_without_a_leaning_is_seldom_taken_for_one():
    """Who corrects three calls in ten, as often up as down, is named in no more than one of twenty sets of calls."""
    chance, named = np.random.default_rng(9), 0
    for _ in range(400):
        gaps = np.where(chance.random(15) < 0.3, chance.choice([-1, 1], 15) * chance.random(15), 0) / 2
        named += agreement("a.b", judged([0.5] * 15, 0.5 + gaps)).leaning is not None
    assert named <= 20
