"""The bootstrap over sentences of two arms, a run or several each: accuracy and MCC of resampled test sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from colacli.statistics.distributions import normal_cdf, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

RESAMPLES = 10_000
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


def bca_intervals(found: Cells, confidence: float = 0.95, resamples: int = RESAMPLES) -> list[tuple[float, float]]:
    """Intervals of the differences in accuracy and in MCC of two single runs, a less b.

    Bias-corrected and accelerated (Efron 1987, "Better bootstrap confidence intervals", Journal of the American
    Statistical Association 82:171): as in Efron and Tibshirani 1993, equations 14.10 (the levels), 14.14 (the
    shift) and 14.15 (the acceleration, by the jackknife). Resamples equal to the estimate count half, since a
    difference of accuracies takes few values.
    """
    draws = np.concatenate([_difference(found, weights) for weights in found.resampled(resamples)], axis=1)
    estimate = _difference(found, found.counts[None])[:, 0]
    without_one = _difference(found, found.counts - np.eye(len(found.counts)))  # (2, M)
    sides = zip(draws, estimate, without_one, strict=True)
    return [_bca(draw, value, left, found.counts, confidence) for draw, value, left in sides]


def _difference(found: Cells, weights: Reals) -> Reals:
    """(2, B): accuracy and MCC of a less b."""
    means = [measures(found.labels, side, weights).mean(axis=2) for side in (found.a, found.b)]
    difference: Reals = means[0] - means[1]
    return difference


def _bca(draws: Reals, estimate: float, without_one: Reals, counts: Reals, confidence: float) -> tuple[float, float]:
    """One interval; `without_one` holds the jackknife's values, each of which occurs `counts` times."""
    share = float((draws < estimate).mean() + (draws <= estimate).mean()) / 2
    least = 1 / (2 * len(draws))
    shift = normal_quantile(min(max(share, least), 1 - least))
    off = np.average(without_one, weights=counts) - without_one
    spread = float(counts @ off**2)
    acceleration = float(counts @ off**3) / (6 * spread**1.5) if spread else 0.0

    def level(z: float) -> float:
        return normal_cdf(shift + (shift + z) / (1 - acceleration * (shift + z)))

    z = normal_quantile((1 + confidence) / 2)
    low, high = np.quantile(draws, [level(-z), level(z)])
    return float(low), float(high)
