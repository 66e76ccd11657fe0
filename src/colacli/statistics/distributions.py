"""The normal distribution and Student's t, as far as tests and intervals need them."""

from __future__ import annotations

import math
from statistics import NormalDist

_CLOSE = 1e-15
_MOST = 10_000


def normal_cdf(value: float) -> float:
    """P(Z <= value)."""
    return NormalDist().cdf(value)


def normal_quantile(probability: float) -> float:
    """The value that Z stays below with this probability, which is above 0 and below 1."""
    return NormalDist().inv_cdf(probability)


def t_two_sided(statistic: float, degrees: float) -> float:
    """P(|T| >= |statistic|) of Student's t with that many degrees of freedom, whole or not.

    It is I_x(degrees / 2, 1 / 2) at x = degrees / (degrees + statistic^2) (DLMF 8.17, Abramowitz and Stegun 26.7.1).
    """
    square = statistic * statistic
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + square), square / (degrees + square))


def t_quantile(probability: float, degrees: float) -> float:
    """The value that T stays below with this probability, which is at least 1/2 and below 1.

    Newton's steps from the normal quantile, which lies below it: where the density falls they never overshoot.
    """
    value = normal_quantile(probability)
    for _ in range(_MOST):
        missing = probability - 1 + t_two_sided(value, degrees) / 2
        step = missing / _t_density(value, degrees)
        value += step
        if step <= 1e-12 * value:
            break
    return value


def _t_density(value: float, degrees: float) -> float:
    scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(degrees * math.pi) / 2
    return math.exp(scale - (degrees + 1) / 2 * math.log1p(value * value / degrees))


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, known better than x tells it."""
    if x <= 0 or rest <= 0:
        return float(x > 0)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - _incomplete_beta(b, a, rest, x)
    front = a * math.log(x) + b * math.log(rest) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) / (a * _beta_fraction(a, b, x))


def _beta_fraction(a: float, b: float, x: float) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)), whose terms DLMF 8.17.22 gives; front / it is the integral (Lentz's method)."""
    value, above, below = 1.0, 1.0, 0.0
    for index in range(1, _MOST):
        m = index // 2
        odd = -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1))
        even = m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m)) if m else 0.0
        term = x * (odd if index % 2 else even)
        below = 1 / (1 + term * below)
        above = 1 + term / above
        value *= above * below
        if abs(above * below - 1) < _CLOSE:
            break
    return value
