"""The distributions of tests and intervals, from SciPy, which is imported at the first call."""

from __future__ import annotations


def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def t_two_sided(statistic: float, degrees_of_freedom: float) -> float:
    """P(|T| >= |statistic|) of Student's t; the degrees of freedom may be fractional."""
    from scipy.special import stdtr

    return 2 * float(stdtr(degrees_of_freedom, -abs(statistic)))


def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, probability))


def fair_coin_tail(k: int, n: int) -> float:
    """P(X <= k) for X ~ Binomial(n, 1/2), by the incomplete beta function: SciPy's `bdtr` has fewer digits."""
    from scipy.special import betainc

    return float(betainc(n - k, k + 1, 0.5)) if k >= 0 else 0.0


def fair_coins_tail(least: int, wholes: int, halves: int) -> float:
    """P(S >= least), S the sum of `wholes` fair signs of 2 and `halves` fair signs of 1."""
    import numpy as np
    from scipy.special import betainc, gammaln

    heads = np.arange(halves + 1)
    log_weights = gammaln(halves + 1) - gammaln(heads + 1) - gammaln(halves - heads + 1) - halves * np.log(2)
    needed = -((2 * heads - halves - 2 * wholes - least) // 4)  # positive signs among the wholes, rounded up
    inside = np.clip(needed, 1, max(1, wholes))
    tails = np.where(needed <= 0, 1.0, np.where(needed > wholes, 0.0, betainc(inside, wholes - inside + 1, 0.5)))
    return float(np.exp(log_weights) @ tails)
