"""How sure a share is."""

from __future__ import annotations

import math

from colacli.statistics.distributions import normal_quantile


def wilson_interval(right: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of an accuracy of which `right` of `n` sentences tell, within [0, 1]; all of it for no sentence.

    The score interval (Wilson 1927, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22:209): those accuracies a from which right / n is no more
    than z standard errors sqrt(a (1 - a) / n) away. Unlike Wald's it keeps its promise for few sentences, and
    has a width where all of them are right.
    """
    if n == 0:
        return 0.0, 1.0
    z, share = normal_quantile((1 + confidence) / 2), right / n
    centre = (right + z**2 / 2) / (n + z**2)
    margin = z * math.sqrt(n * share * (1 - share) + z**2 / 4) / (n + z**2)
    # The share lies between the two, but for rounding where it is 0 or 1.
    return max(0.0, min(share, centre - margin)), min(1.0, max(share, centre + margin))
