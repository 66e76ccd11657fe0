"""The interval of a proportion."""

from __future__ import annotations

import math
from collections.abc import Sequence

from colacli.statistics.distributions import normal_quantile


def wilson_interval(right: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of an accuracy, `right` of `n` sentences, within [0, 1]; all of it for no sentence.

    `right` may have halves, where a tie is half right.

    The score interval (Wilson 1927, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22:209): those accuracies a from which right / n is no more
    than z standard errors sqrt(a (1 - a) / n) away. Unlike Wald's it has its
    nominal coverage for few sentences, and a width where all of them are right.
    """
    if n == 0:
        return 0.0, 1.0
    z, fraction = normal_quantile((1 + confidence) / 2), right / n
    centre = (right + z**2 / 2) / (n + z**2)
    margin = z * math.sqrt(n * fraction * (1 - fraction) + z**2 / 4) / (n + z**2)
    # The fraction lies between the two, but for rounding where it is 0 or 1.
    return max(0.0, min(fraction, centre - margin)), min(1.0, max(fraction, centre + margin))


def mean_interval(counts: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """95 % interval of the mean of several accuracies, `right` of `n` each, that weigh the same.

    It speaks of other sentences of the same kinds, not of other kinds. The variance recovered from the single
    proportions' Wilson intervals (Zou, Huang and Zhang 2009, "A note on confidence interval estimation for a linear
    function of binomial proportions", Computational Statistics & Data Analysis 53:1080): below the mean lies the root
    of the summed squares of the distances of each from its lower end, above it that of the upper ones.
    """
    intervals = [(right / n, *wilson_interval(right, n)) for right, n in counts]
    mean = math.fsum(value for value, _, _ in intervals) / len(counts)
    below = math.sqrt(math.fsum((value - low) ** 2 for value, low, _ in intervals)) / len(counts)
    above = math.sqrt(math.fsum((high - value) ** 2 for value, _, high in intervals)) / len(counts)
    return max(0.0, mean - below), min(1.0, mean + above)
