"""The interval of a proportion."""

from __future__ import annotations

import math

from colacli.statistics.distributions import normal_quantile


def wilson_interval(right: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of an accuracy, `right` of `n` sentences, within [0, 1]; all of it for no sentence.

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
