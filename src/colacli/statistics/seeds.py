"""A measure over several runs of one arm, one a seed, and t-tests between two arms."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from colacli.statistics.distributions import t_two_sided


@dataclass(frozen=True)
class Summary:
    """One measure over the runs of an arm."""

    mean: float
    standard_deviation: float | None
    """With R − 1 in the denominator; None for a single run."""
    minimum: float
    maximum: float


@dataclass(frozen=True)
class TTest:
    """Student's t-test of the mean difference between two arms, over seeds, with the sentences fixed."""

    paired: bool
    """Whether the runs are paired by seed."""
    statistic: float | None
    """None where it is infinite: every seed gives the same difference."""
    degrees: float
    """Of freedom. The name is a field of stored and printed documents."""
    p: float
    """Two-sided."""


def summary(values: Sequence[float]) -> Summary:
    """Mean, spread and range of one or more values."""
    spread = statistics.stdev(values) if len(values) > 1 else None
    return Summary(statistics.fmean(values), spread, min(values), max(values))


def paired_t(a: Sequence[float], b: Sequence[float]) -> TTest:
    """Test two or more differences a[i] - b[i] against 0 (Student 1908, "The probable error of a mean").

    Raises:
        ValueError: the two differ in length.
    """
    differences = [x - y for x, y in zip(a, b, strict=True)]
    variance = statistics.variance(differences) / len(differences)
    return _test(statistics.fmean(differences), variance, len(differences) - 1, paired=True)


def welch(a: Sequence[float], b: Sequence[float]) -> TTest:
    """Test the difference of two means, each of two or more values, without supposing equal variances.

    Welch 1947 ("The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34:28), with the degrees of freedom of Welch-Satterthwaite's equation.
    """
    parts = [(statistics.variance(arm) / len(arm), len(arm) - 1) for arm in (a, b)]
    variance = sum(part for part, _ in parts)
    return _test(statistics.fmean(a) - statistics.fmean(b), variance, satterthwaite(variance, parts), paired=False)


def satterthwaite(variance: float, parts: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances, from each variance and its own; the sum of those where it is 0.

    Satterthwaite 1946 ("An approximate distribution of estimates of variance components", Biometrics Bulletin 2:110).
    """
    denominator = sum(part**2 / degrees_of_freedom for part, degrees_of_freedom in parts)
    return variance**2 / denominator if denominator else sum(degrees_of_freedom for _, degrees_of_freedom in parts)


def _test(difference: float, variance: float, degrees_of_freedom: float, *, paired: bool) -> TTest:
    if variance == 0:
        return TTest(paired, None if difference else 0.0, degrees_of_freedom, 0.0 if difference else 1.0)
    statistic = difference / math.sqrt(variance)
    return TTest(paired, statistic, degrees_of_freedom, t_two_sided(statistic, degrees_of_freedom))
