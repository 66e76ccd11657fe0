"""Two classifiers on the same sentences: counts of right answers, McNemar's test, an interval of the difference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from colacli.statistics.distributions import fair_coin_tail, normal_quantile

_BISECTIONS = 60
"""Halvings of an interval of length 2: the last is shorter than the rounding error."""


@dataclass(frozen=True)
class Paired:
    """Sentences by which of two classifiers, a and b, is right."""

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
        """Number of sentences on which exactly one of the two is right."""
        return self.only_a_right + self.only_b_right

    @property
    def accuracy_difference(self) -> float:
        """accuracy(a) − accuracy(b), in [-1, 1]; 0 for no sentence."""
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
    """Count the sentences on which both, one or neither of two classifiers is right.

    Raises:
        ValueError: the three differ in length.
    """
    rows = zip(labels, predictions_a, predictions_b, strict=True)
    counts = Counter((a == label, b == label) for label, a, b in rows)
    return Paired(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def mcnemar(only_a_right: int, only_b_right: int) -> McNemar:
    """McNemar's test from the two discordant counts; both p are 1 where there is no discordant sentence.

    `exact_p` is the exact conditional test (a fair coin for each discordant sentence). `mid_p` gives the
    observed count half its weight and is less conservative (Fagerland, Lydersen and Laake 2013, "The McNemar test for
    binary matched-pairs data", BMC Medical Research Methodology 13:91).
    """
    n, k = only_a_right + only_b_right, min(only_a_right, only_b_right)
    if n == 0:
        return McNemar(1.0, 1.0)
    tail, beyond = fair_coin_tail(k, n), fair_coin_tail(k - 1, n)
    return McNemar(min(1.0, 2 * tail), beyond + (0.5 if n == 2 * k else tail))


def difference_interval(paired: Paired, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of accuracy(a) − accuracy(b), within [-1, 1]; all of it for no sentence.

    The score interval (Tango 1998, "Equivalence test and confidence interval for the difference in proportions for
    the paired-sample design", Statistics in Medicine 17:891): the differences within z standard errors
    of the observed one; the standard error is that of the maximum likelihood estimate under the difference.
    """
    if not paired.n:
        return -1.0, 1.0
    z = normal_quantile((1 + confidence) / 2)
    low = _lower_bound(paired.only_a_right, paired.only_b_right, paired.n, z)
    return low, -_lower_bound(paired.only_b_right, paired.only_a_right, paired.n, z)


def _lower_bound(only_a: int, only_b: int, n: int, z: float) -> float:
    """The smallest difference whose score is at most z: the score falls as the difference grows."""
    low, high = -1.0, (only_a - only_b) / n
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        too_far = only_a - only_b - n * middle > z * _score_error(only_a, only_b, n, middle)
        low, high = (middle, high) if too_far else (low, middle)
    return high


def _score_error(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Standard error of only_a - only_b where the accuracies differ by `difference` (Tango 1998, section 4).

    Its maximum likelihood estimate of the fraction that only b has right is the larger root of a quadratic equation.
    """
    linear = (2 * n - only_a + only_b) * difference - only_a - only_b
    constant = -only_b * difference * (1 - difference)
    fraction = (math.sqrt(max(0.0, linear**2 - 8 * n * constant)) - linear) / (4 * n)
    return math.sqrt(max(0.0, n * (2 * fraction + difference * (1 - difference))))
