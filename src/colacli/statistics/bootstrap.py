"""Accuracy and MCC of resampled test sets, for two arms of a run or several each; MCC's interval of single runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from colacli.statistics.distributions import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

_ADDED = 0.5
"""Sentences of each kind in `smoothed`; docs/statistics.md says why not fewer or more."""
_AT_ONCE = 2**21
"""Numbers of a block of resamples: 16 MiB."""


@dataclass(frozen=True)
class Cells:
    """Sentences that no run tells apart, put together: M kinds of them, for R_a and R_b runs.

    A bootstrap resample is then a multinomial draw of how often each kind occurs, and costs M numbers, not n.
    """

    labels: Reals
    """(M,)"""
    a: Reals
    """(R_a, M), what each run of arm a answers."""
    b: Reals
    """(R_b, M)"""
    counts: Reals
    """(M,), sentences of each kind."""

    @property
    def n(self) -> int:
        """Number of sentences."""
        return int(self.counts.sum())

    def resampled(self, resamples: int, seed: int = 0) -> Iterator[Reals]:
        """Counts of resampled test sets of n sentences, block by block: (B, M) each, `resamples` in all."""
        generator = np.random.default_rng(seed)
        shares = self.counts / self.counts.sum()
        block = max(1, _AT_ONCE // len(shares))
        for start in range(0, resamples, block):
            size = min(block, resamples - start)
            yield generator.multinomial(self.n, shares, size=size).astype(np.float64)


def cells(labels: Sequence[int], a: Sequence[Sequence[int]], b: Sequence[Sequence[int]]) -> Cells:
    """Put the sentences together by label and by what every run answers.

    Args:
        labels: (n,), at least one.
        a: predictions of each run of one arm, (R_a, n).
        b: of the other, (R_b, n).
    """
    rows = np.array([labels, *a, *b], dtype=np.float64)
    kinds, counts = np.unique(rows, axis=1, return_counts=True)
    return Cells(kinds[0], kinds[1 : 1 + len(a)], kinds[1 + len(a) :], counts.astype(np.float64))


def measures(labels: Reals, answers: Reals, weights: Reals) -> Reals:
    """Accuracy and MCC, (2, B, R), of R runs on B test sets that hold each of M kinds `weights` times.

    Args:
        labels: (M,)
        answers: (R, M)
        weights: (B, M)
    """
    n = weights.sum(axis=1)[:, None]  # (B, 1)
    actual = (weights @ labels)[:, None]
    predicted = weights @ answers.T  # (B, R)
    both = weights @ (answers * labels).T
    accuracy = (n - actual - predicted + 2 * both) / np.maximum(n, 1)
    margins = actual * (n - actual) * predicted * (n - predicted)
    covariance = n * both - actual * predicted  # TP TN - FP FN
    mcc = np.divide(covariance, np.sqrt(margins), out=np.zeros_like(margins), where=margins > 0)
    return np.stack([accuracy, mcc])


def smoothed(found: Cells) -> Cells:
    """With half a sentence more for each label, answer of arm a and answer of arm b, all runs of an arm alike.

    Four sentences in all, so that no answer is so rare that nothing is known of its spread. Agresti and Min 2005 do so
    for two proportions ("Simple improved confidence intervals for comparing matched proportions", Statistics in
    Medicine 24:729).
    """
    labels, a, b = np.array(list(product((0.0, 1.0), repeat=3))).T
    return Cells(
        np.append(found.labels, labels),
        np.hstack([found.a, np.tile(a, (len(found.a), 1))]),
        np.hstack([found.b, np.tile(b, (len(found.b), 1))]),
        np.append(found.counts, np.full(len(labels), _ADDED)),
    )


def mcc_interval(found: Cells, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of the difference in MCC of two single runs, a less b, within [-2, 2]; it holds the difference.

    Wald's of the smoothed counts, with the standard error of the jackknife (Efron and Tibshirani 1993, "An introduction
    to the bootstrap", equation 11.5).
    """
    enlarged = smoothed(found)
    n, counts = enlarged.n, enlarged.counts
    without_one = _mcc_difference(enlarged, counts - np.eye(len(counts)))  # (M,)
    spread = np.average((without_one - np.average(without_one, weights=counts)) ** 2, weights=counts)
    margin = normal_quantile((1 + confidence) / 2) * math.sqrt((n - 1) * spread)
    centre, value = (float(_mcc_difference(one, one.counts[None])[0]) for one in (enlarged, found))
    return max(-2.0, min(value, centre - margin)), min(2.0, max(value, centre + margin))


def _mcc_difference(found: Cells, weights: Reals) -> Reals:
    """(B,) of single runs, a less b."""
    a, b = (measures(found.labels, side, weights)[1, :, 0] for side in (found.a, found.b))
    difference: Reals = a - b
    return difference
