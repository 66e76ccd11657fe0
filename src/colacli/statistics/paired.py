"""Two classifiers on the same sentences: who is right where, McNemar's test, an interval of the difference."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from colacli.statistics.distributions import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Paired:
    """On how many sentences each of two classifiers, a and b, is right."""

    both_right: int
    only_a_right: int
    only_b_right: int
    neither_right: int

    @property
    def n(self) -> int:
        """Number of sentences."""
        return self.both_right + self.neither_right + self.discordant

    @property
    def discordant(self) -> int:
        """Number of sentences that separate the two: exactly one of them is right."""
        return self.only_a_right + self.only_b_right

    @property
    def accuracy_difference(self) -> float:
        """Accuracy of a less accuracy of b, in [-1, 1]; 0 for no sentence."""
        return (self.only_a_right - self.only_b_right) / self.n if self.n else 0.0

    def __add__(self, other: Paired) -> Paired:
        return Paired(
            self.both_right + other.both_right,
            self.only_a_right + other.only_a_right,
            self.only_b_right + other.only_b_right,
            self.neither_right + other.neither_right,
        )


@dataclass(frozen=True)
class McNemar:
    """Two-sided p-values of the hypothesis that two classifiers are equally accurate."""

    exact_p: float
    mid_p: float


def pair(labels: Sequence[int], predictions_a: Sequence[int], predictions_b: Sequence[int]) -> Paired:
    """Count the sentences that both, one or neither of two classifiers judge rightly.

    Raises:
        ValueError: the three differ in length.
    """
    answers = zip(labels, predictions_a, predictions_b, strict=True)
    counts = Counter((a == label, b == label) for label, a, b in answers)
    return Paired(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def mcnemar(only_a_right: int, only_b_right: int) -> McNemar:
    """McNemar's test given the sentences that separate two classifiers; both p are 1 where there is none.

    `exact_p` is the exact conditional test (a fair coin tossed for each such sentence). `mid_p` counts the
    observed split half and is less conservative (Fagerland, Lydersen and Laake 2013, "The McNemar test for
    binary matched-pairs data", BMC Medical Research Methodology 13:91).
    """
    n = only_a_right + only_b_right
    if n == 0:
        return McNemar(1.0, 1.0)
    point, tail = _fair_coin(min(only_a_right, only_b_right), n)
    if only_a_right == only_b_right:
        return McNemar(1.0, 1.0 - point / 2)
    return McNemar(min(1.0, 2 * tail), 2 * tail - point)


def _fair_coin(k: int, n: int) -> tuple[float, float]:
    """P(X = k) and P(X <= k) for X ~ Binomial(n, 1/2) and k <= n / 2."""
    centre = n // 2
    # weights[j] = C(n, centre - j) / C(n, centre): relative to the largest, none overflows, and the sum of
    # all of them needs no power of two.
    downwards = range(centre, 0, -1)
    weights = list(accumulate(downwards, lambda weight, i: weight * i / (n - i + 1), initial=1.0))
    total = 2 * math.fsum(weights) - (n % 2 == 0)  # an even n has one centre, counted twice
    return weights[centre - k] / total, math.fsum(weights[centre - k :]) / total


def difference_interval(paired: Paired, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of accuracy(a) - accuracy(b), within [-1, 1].

    Wald's interval after half a sentence is added to each of the four counts (Agresti and Min 2005, "Simple
    improved confidence intervals for comparing matched proportions", Statistics in Medicine 24:729).
    """
    n = paired.n + 2
    difference = (paired.only_a_right - paired.only_b_right) / n
    variance = ((paired.discordant + 1) / n - difference**2) / n
    margin = normal_quantile((1 + confidence) / 2) * math.sqrt(variance)
    return max(-1.0, difference - margin), min(1.0, difference + margin)
