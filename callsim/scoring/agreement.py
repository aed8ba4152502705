"""How far two judges of the same calls agree on a check: the machine and a coach, or two coaches. Pure.

Each pair is one call, so that calls count alike however many people judged them. What a judge gave is a share of the
check's points, and of three classes: `lost` (less than a quarter), `part`, `met` (three quarters and more).

Kappa is Cohen's weighted one with linear weights (Cohen 1968, Psychological Bulletin 70, 213-220), since the classes
have an order; with two classes it is that of 1960. Its interval is the middle 95 % of what the shares of the classes
may be, given the calls seen: a Dirichlet distribution with one case of its own, spread over all pairs of classes (Perks
1947). The usual interval (Fleiss, Cohen and Everitt 1969) comes to the same in many calls and is far too narrow in few:
in 10 calls of two judges who agree well it holds the truth in 5 to 7 of 10 times, this one in 9.

The interval of the bias is Student's. Both draw the same numbers each time, so that a page shows what was printed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist, fmean, stdev
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from callsim.scoring.checks import Part

Class: TypeAlias = Literal["lost", "part", "met"]
CLASSES: tuple[Class, ...] = ("lost", "part", "met")
_LOST_BELOW, _MET_FROM = 0.25, 0.75
# With fewer calls neither interval can be relied on.
LEAST_CALLS = 10
# A check is worth changing from this share of its points on: less does not move anybody's score.
LEAST_BIAS = 0.05
# What two decimals of points may differ by without a difference.
_SAME = 0.005
_DRAWS, _SEED = 4000, 1960

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """What two judges gave for a check in one call, each a share (0 to 1) of the `of` points there are for it."""

    one: float
    other: float
    of: float


class Agreement(Part):
    """How two judges agree on one check.

    `same` counts the calls that both put into one class, `higher` and `lower` those in which the other gave more or
    less. `bias` is what the other gave more on average, as a share and in points; `table` counts calls by the class of
    the one (rows) and of the other. What is None was not measured, for the reason beside it; an interval of 95 %.
    """

    check: str
    calls: int
    same: int
    higher: int
    lower: int
    bias: float | None
    bias_points: float | None
    bias_interval: tuple[float, float] | None
    bias_unknown: str | None
    kappa: float | None
    kappa_interval: tuple[float, float] | None
    kappa_unknown: str | None
    table: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]

    @property
    def leaning(self) -> Literal["higher", "lower"] | None:
        """Which way the other one leans clearly enough for the check to be changed.

        That is: in at least LEAST_CALLS calls, by at least LEAST_BIAS of the points, 0 outside of the interval.
        """
        if self.bias is None or self.bias_interval is None or abs(self.bias) < LEAST_BIAS:
            return None
        low, high = self.bias_interval
        return "higher" if low > 0 else "lower" if high < 0 else None


def agreement(check: str, pairs: Sequence[Pair]) -> Agreement:
    """How two judges agree on a check, from every call that both judged it in."""
    differences = [pair.other - pair.one for pair in pairs]
    both = list(zip(differences, pairs, strict=True))
    table = np.zeros((3, 3), dtype=int)
    for pair in pairs:
        table[CLASSES.index(class_of(pair.one)), CLASSES.index(class_of(pair.other))] += 1
    no_bias, no_kappa = _no_bias(differences), _no_kappa(table)
    return Agreement(
        check=check,
        calls=len(pairs),
        same=int(np.trace(table)),
        higher=sum(one > _SAME for one in differences),
        lower=sum(one < -_SAME for one in differences),
        bias=_rounded(fmean(differences)) if pairs else None,
        bias_points=round(fmean(gap * pair.of for gap, pair in both), 2) if pairs else None,
        bias_interval=None if no_bias else _around_the_mean(differences),
        bias_unknown=no_bias,
        kappa=None if no_kappa else _rounded(float(kappas(table))),
        kappa_interval=None if no_kappa else kappa_interval(table),
        kappa_unknown=no_kappa,
        table=tuple(tuple(int(cell) for cell in row) for row in table),  # type: ignore[arg-type]
    )


def class_of(share: float) -> Class:
    """The class of a share of a check's points."""
    return "lost" if share < _LOST_BELOW else "met" if share >= _MET_FROM else "part"


def kappas(tables: npt.NDArray[np.int_] | _Floats) -> _Floats:
    """Linearly weighted kappa of each table of counts or shares (the last two axes are the two judges).

    It is not a number where chance alone would agree each time.
    """
    shares = tables / tables.sum((-2, -1), keepdims=True)
    weights = 1 - np.abs(np.subtract.outer(np.arange(3), np.arange(3))) / 2
    seen = (shares * weights).sum((-2, -1))
    by_chance = np.einsum("...i,ij,...j->...", shares.sum(-1), weights, shares.sum(-2))
    found: _Floats = (seen - by_chance) / (1 - by_chance)
    return found


def kappa_interval(table: npt.NDArray[np.int_]) -> tuple[float, float]:
    """The middle 95 % of the kappas that a table of calls allows, the table's own always among them."""
    in_use = table.sum(0) + table.sum(1) > 0
    cells = np.outer(in_use, in_use)
    drawn = np.zeros((_DRAWS, 3, 3))
    drawn[:, cells] = np.random.default_rng(_SEED).gamma(table[cells] + 1 / cells.sum(), size=(_DRAWS, cells.sum()))
    low, high = np.percentile(kappas(drawn), [2.5, 97.5])
    own = float(kappas(table))
    return _rounded(min(float(low), own)), _rounded(max(float(high), own))


def _no_bias(differences: Sequence[float]) -> str | None:
    if len(differences) < LEAST_CALLS:
        return _too_few(len(differences))
    if max(map(abs, differences)) <= _SAME:
        return "every call was judged alike"
    return None


def _no_kappa(table: npt.NDArray[np.int_]) -> str | None:
    if table.sum() < LEAST_CALLS:
        return _too_few(int(table.sum()))
    for side in (table.sum(1), table.sum(0)):
        if np.count_nonzero(side) == 1:
            return f"one of the two judged every call {CLASSES[int(np.argmax(side))]}: nothing to tell chance from"
    return None


def _too_few(calls: int) -> str:
    return f"{calls} of the {LEAST_CALLS} calls that it takes"


def _around_the_mean(values: Sequence[float]) -> tuple[float, float]:
    mean, reach = fmean(values), _student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return _rounded(mean - reach), _rounded(mean + reach)


@cache
def _student(freedom: int) -> float:
    """The 97.5 % point of Student's t, to three decimals from 9 degrees of freedom (Abramowitz and Stegun 26.7.5)."""
    x = NormalDist().inv_cdf(0.975)
    return x + sum((
        (x**3 + x) / (4 * freedom),
        (5 * x**5 + 16 * x**3 + 3 * x) / (96 * freedom**2),
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / (384 * freedom**3),
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / (92160 * freedom**4),
    ))  # fmt: skip


def _rounded(value: float) -> float:
    """Three decimals, and no minus before a zero."""
    return round(value, 3) + 0.0
