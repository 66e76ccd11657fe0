"""Accuracy and MCC on resampled test sets, for two arms of one or several runs; the interval of MCC for single runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from colacli.statistics.distributions import normal_quantile

Reals = NDArray[np.float64]

_ADDED = 0.5
"""Sentences of each kind in `smoothed`; docs/statistics.md says why not fewer or more."""
_BLOCK = 2**21
"""Numbers in a block of resamples: 16 MiB."""


@dataclass(frozen=True)
class Cells:
    """A contingency table of label and predictions: M cells that occur, for R_a and R_b runs.

    A bootstrap resample is then a multinomial draw of the cells' counts, and costs M numbers, not n.
    """

    labels: Reals
    """(M,)"""
    a: Reals
    """(R_a, M), predictions of the runs of arm a."""
    b: Reals
    """(R_b, M)"""
    counts: Reals
    """(M,), sentences in each cell."""

    @property
    def n(self) -> int:
        """Number of sentences."""
        return int(self.counts.sum())

    def resampled(self, resamples: int) -> Iterator[Reals]:
        """Counts of resampled test sets of n sentences, block by block: (B, M) each, `resamples` in all."""
        generator = np.random.default_rng(0)
        fractions = self.counts / self.counts.sum()
        block = max(1, _BLOCK // len(fractions))
        for start in range(0, resamples, block):
            size = min(block, resamples - start)
            yield generator.multinomial(self.n, fractions, size=size).astype(np.float64)


def tabulate(labels: Sequence[int], a: Sequence[Sequence[int]], b: Sequence[Sequence[int]]) -> Cells:
    """Count the sentences by label and predictions of every run.

    Args:
        labels: (n,), at least one.
        a: predictions of each run of one arm, (R_a, n).
        b: of the other, (R_b, n).
    """
    rows = np.array([labels, *a, *b], dtype=np.float64)
    cells, counts = np.unique(rows, axis=1, return_counts=True)
    return Cells(cells[0], cells[1 : 1 + len(a)], cells[1 + len(a) :], counts.astype(np.float64))


def measures(labels: Reals, predictions: Reals, counts: Reals) -> Reals:
    """Accuracy and MCC, (2, B, R), of R runs on B test sets, from the counts of M cells.

    Args:
        labels: (M,)
        predictions: (R, M)
        counts: (B, M)
    """
    n = counts.sum(axis=1)[:, None]  # (B, 1)
    actual = (counts @ labels)[:, None]
    predicted = counts @ predictions.T  # (B, R)
    true_positive = counts @ (predictions * labels).T
    accuracy = (n - actual - predicted + 2 * true_positive) / np.maximum(n, 1)
    margins = actual * (n - actual) * predicted * (n - predicted)
    covariance = n * true_positive - actual * predicted  # TP TN - FP FN
    mcc = np.divide(covariance, np.sqrt(margins), out=np.zeros_like(margins), where=margins > 0)
    return np.stack([accuracy, mcc])


def smoothed(cells: Cells) -> Cells:
    """Half a sentence added for each label, prediction of arm a and prediction of arm b, alike for all runs of an arm.

    That is four sentences in all, so that the variance of a rare prediction can be estimated. Agresti and Min 2005 do
    so for two proportions ("Simple improved confidence intervals for comparing matched proportions", Statistics in
    Medicine 24:729).
    """
    labels, a, b = np.array(list(product((0.0, 1.0), repeat=3))).T
    return Cells(
        np.append(cells.labels, labels),
        np.hstack([cells.a, np.tile(a, (len(cells.a), 1))]),
        np.hstack([cells.b, np.tile(b, (len(cells.b), 1))]),
        np.append(cells.counts, np.full(len(labels), _ADDED)),
    )


def mcc_interval(cells: Cells, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of the difference in MCC of two single runs, a − b, within [-2, 2]; it holds the difference.

    Wald's interval of the smoothed counts, with the jackknife's standard error (Efron and Tibshirani 1993, "An
    introduction to the bootstrap", equation 11.5).
    """
    enlarged = smoothed(cells)
    n, counts = enlarged.n, enlarged.counts
    leave_one_out = _mcc_difference(enlarged, counts - np.eye(len(counts)))  # (M,)
    variance = np.average((leave_one_out - np.average(leave_one_out, weights=counts)) ** 2, weights=counts)
    margin = normal_quantile((1 + confidence) / 2) * math.sqrt((n - 1) * variance)
    centre, value = (float(_mcc_difference(table, table.counts[None])[0]) for table in (enlarged, cells))
    return max(-2.0, min(value, centre - margin)), min(2.0, max(value, centre + margin))


def _mcc_difference(cells: Cells, counts: Reals) -> Reals:
    """(B,) of single runs, a − b."""
    a, b = (measures(cells.labels, predictions, counts)[1, :, 0] for predictions in (cells.a, cells.b))
    difference: Reals = a - b
    return difference
