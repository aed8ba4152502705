"""By how much the mean of a few numbers has moved, with an interval that holds for so few. Exact: nothing is drawn.

Both intervals turn a permutation test around: a shift lies in them where the test would not refuse it. They ask no
more than that the numbers would come in any order, or their differences with either sign, if nothing had moved. Their
ends are means of subsets (Hartigan 1969 for pairs, Tritchler 1984 for two groups), so that they can be counted out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

# How sure an interval is to hold the shift, at least.
CONFIDENCE = 0.95
# With more, counting them out takes too long.
MOST_PAIRS = 12

Interval: TypeAlias = tuple[float, float]


def between(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """How far the mean moved from one small group (up to 6) to another; None where they are too few to say."""
    if not before or not after:
        return None
    shifts = sorted(_mean(ours) - _mean(theirs) for theirs, ours in _as_many_of_each(before, after))
    return _middle(shifts, math.comb(len(before) + len(after), len(before)))


def of_pairs(differences: Sequence[float]) -> Interval | None:
    """Where the mean of differences lies, of up to MOST_PAIRS; None where they are too few to say."""
    if not 0 < len(differences) <= MOST_PAIRS:
        return None
    means = sorted(_mean(some) for size in _sizes(len(differences)) for some in combinations(differences, size))
    return _middle(means, 2 ** len(differences))


def _as_many_of_each(
    before: Sequence[float], after: Sequence[float]
) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    for size in _sizes(min(len(before), len(after))):
        for theirs in combinations(before, size):
            for ours in combinations(after, size):
                yield theirs, ours


def _sizes(most: int) -> range:
    return range(1, most + 1)


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def _middle(ordered: Sequence[float], orders: int) -> Interval | None:
    """Without as many at either end as may be left out; of `orders` ways to lay the numbers one is as they are."""
    left_out = math.floor((1 - CONFIDENCE) / 2 * orders + 1e-9)
    return (ordered[left_out - 1], ordered[-left_out]) if left_out else None
