"""The distributions that tests and intervals need, from SciPy, which is imported when it is first asked."""

from __future__ import annotations


def normal_quantile(probability: float) -> float:
    """The value that Z stays below with this probability."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def t_two_sided(statistic: float, degrees: float) -> float:
    """P(|T| >= |statistic|) of Student's t with that many degrees of freedom, whole or not."""
    from scipy.special import stdtr

    return 2 * float(stdtr(degrees, -abs(statistic)))


def t_quantile(probability: float, degrees: float) -> float:
    """The value that T stays below with this probability."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))


def fair_coin_tail(k: int, n: int) -> float:
    """P(X <= k) for X ~ Binomial(n, 1/2), by the incomplete beta function: SciPy's `bdtr` has fewer digits."""
    from scipy.special import betainc

    return float(betainc(n - k, k + 1, 0.5)) if k >= 0 else 0.0
