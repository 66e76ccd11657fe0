"""How much of one arm's MCC another has: the ratio of their means over seeds, with an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from colacli.statistics.bootstrap import Cells, Reals, measures, smoothed, tabulate
from colacli.statistics.distributions import t_quantile
from colacli.statistics.two_way import Difference, combined

_BISECTIONS = 60


@dataclass(frozen=True)
class Ratio:
    """MCC(a) / MCC(b)."""

    value: float
    interval: tuple[float, float]
    """Of 95 %, over seeds and sentences."""


def mcc_ratio(labels: Sequence[int], a: Sequence[Sequence[int]], b: Sequence[Sequence[int]]) -> Ratio | None:
    """The ratio of two arms' mean MCC; None where b's may be 0, since the ratio then has no bounds.

    The interval is Fieller's (1954, "Some problems in interval estimation", Journal of the Royal Statistical Society B
    16:175): every ratio r for which MCC(a) − r MCC(b) does not differ from 0 by Student's t, with standard errors over
    seeds and sentences as for differences; here sentences' influences are the jackknife's. It is widened where needed
    to hold the ratio, since it is computed with the sentences of `smoothed`.

    Args:
        labels: (n,), at least one.
        a: predictions of each run of one arm, (R_a, n).
        b: of the other, (R_b, n), whose seeds are other seeds.
    """
    cells = tabulate(labels, a, b)
    value_a, value_b = (float(_mcc(cells, runs, cells.counts[None]).mean()) for runs in (cells.a, cells.b))
    enlarged = smoothed(cells)
    sides = [_Side.of(enlarged, runs) for runs in (enlarged.a, enlarged.b)]

    def beyond(difference: Difference) -> float:
        """By how much a difference is beyond chance; negative where it may be 0."""
        margin = t_quantile(0.975, difference.degrees_of_freedom) * difference.standard_error
        return abs(difference.centre) - margin

    if value_b <= 0 or beyond(_minus(enlarged, sides, (0.0, 1.0))) <= 0:
        return None

    def excluded(ratio: float) -> float:
        return beyond(_minus(enlarged, sides, (1.0, ratio)))

    centre = float(sides[0].values.mean() / sides[1].values.mean())
    low, high = _edge(excluded, centre, -1.0), _edge(excluded, centre, 1.0)
    value = value_a / value_b
    return Ratio(value, (min(low, value), max(high, value)))


@dataclass(frozen=True)
class _Side:
    """An arm's runs: MCC, and the influence of a sentence of each of M cells on it."""

    values: Reals
    """(R,)"""
    influences: Reals
    """(R, M), whose mean over sentences is 0."""

    @classmethod
    def of(cls, cells: Cells, runs: Reals) -> _Side:
        counts = cells.counts
        without = _mcc(cells, runs, counts - np.eye(len(counts)))  # (M, R), one sentence of a cell left out
        mean = np.average(without, axis=0, weights=counts)
        return cls(_mcc(cells, runs, counts[None])[0], -(cells.n - 1) * (without - mean).T)


def _mcc(cells: Cells, runs: Reals, counts: Reals) -> Reals:
    """(B, R) from the counts (B, M) of cells."""
    mcc: Reals = measures(cells.labels, runs, counts)[1]
    return mcc


def _minus(cells: Cells, sides: Sequence[_Side], weights: tuple[float, float]) -> Difference:
    """wₐ MCC(a) − w_b MCC(b), and its uncertainty."""
    (a, b), (weight_a, weight_b) = sides, weights
    parts = [_Side(weight_a * a.values, weight_a * a.influences), _Side(-weight_b * b.values, -weight_b * b.influences)]
    value = float(sum(part.values.mean() for part in parts))
    mean = sum(part.influences.mean(axis=0) for part in parts)  # (M,)
    seeds = []
    for part in parts:
        runs = len(part.values)
        if runs > 1:  # else the variance of its seed can't be estimated
            residuals = part.influences - part.influences.mean(axis=0)
            interaction = float((residuals**2 @ cells.counts).sum()) / (cells.n**2 * runs * (runs - 1))
            seeds.append((runs, float(np.var(part.values, ddof=1)) / runs, interaction))
    return combined(value, value, cells.n, float(mean**2 @ cells.counts) / cells.n**2, seeds)


def _edge(excluded: Callable[[float], float], inside: float, step: float) -> float:
    """The end of an interval on one side of a point in it."""
    while excluded(inside + step) <= 0:
        step *= 2
    outside = inside + step
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if excluded(middle) <= 0 else (inside, middle)
    return inside
