"""Two classifiers on the same sentences: who is right where, McNemar's test, an interval of the difference."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.statistics.distributions import fair_coin_tail, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

_BISECTIONS = 60
"""Halvings of an interval of length 2: what is left is less than rounding."""


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
    n, k = only_a_right + only_b_right, min(only_a_right, only_b_right)
    if n == 0:
        return McNemar(1.0, 1.0)
    tail, beyond = fair_coin_tail(k, n), fair_coin_tail(k - 1, n)
    return McNemar(min(1.0, 2 * tail), beyond + (0.5 if n == 2 * k else tail))


def difference_interval(paired: Paired, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of accuracy(a) - accuracy(b), within [-1, 1]; all of it for no sentence.

    The score interval (Tango 1998, "Equivalence test and confidence interval for the difference in proportions for
    the paired-sample design", Statistics in Medicine 17:891): those differences from which the one that was found is
    no more than z standard errors away, the error being that of the most likely counts with such a difference.
    """
    if not paired.n:
        return -1.0, 1.0
    z = normal_quantile((1 + confidence) / 2)
    low = _lower_end(paired.only_a_right, paired.only_b_right, paired.n, z)
    return low, -_lower_end(paired.only_b_right, paired.only_a_right, paired.n, z)


def _lower_end(only_a: int, only_b: int, n: int, z: float) -> float:
    """The smallest difference whose score is at most z: the score falls as the difference grows."""
    low, high = -1.0, (only_a - only_b) / n
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        too_far = only_a - only_b - n * middle > z * _score_error(only_a, only_b, n, middle)
        low, high = (middle, high) if too_far else (low, middle)
    return high


def _score_error(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Standard error of only_a - only_b where the accuracies differ by `difference` (Tango 1998, section 4).

    The fraction of sentences that only b has right is then most likely the larger root of a quadratic equation.
    """
    linear = (2 * n - only_a + only_b) * difference - only_a - only_b
    constant = -only_b * difference * (1 - difference)
    fraction = (math.sqrt(max(0.0, linear**2 - 8 * n * constant)) - linear) / (4 * n)
    return math.sqrt(max(0.0, n * (2 * fraction + difference * (1 - difference))))
