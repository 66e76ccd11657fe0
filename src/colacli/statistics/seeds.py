"""A measure over several runs of one arm, a run a seed, and the t-tests between two arms."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.statistics.distributions import t_two_sided

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Summary:
    """One measure over the runs of an arm."""

    mean: float
    standard_deviation: float | None
    """With R - 1 below the sum of squares; None for a single run."""
    minimum: float
    maximum: float


@dataclass(frozen=True)
class TTest:
    """Student's t of the mean difference between two arms: sentences as they are, seeds drawn anew."""

    paired: bool
    """Whether a run of one arm is set against the run of the other that has its seed."""
    statistic: float | None
    """None where it is infinite: every seed gives the same difference."""
    degrees: float
    """Degrees of freedom."""
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
    differences = [one - other for one, other in zip(a, b, strict=True)]
    error = statistics.variance(differences) / len(differences)
    return _test(statistics.fmean(differences), error, len(differences) - 1, paired=True)


def welch(a: Sequence[float], b: Sequence[float]) -> TTest:
    """Test the difference of two means, each of two or more values, without supposing equal variances.

    Welch 1947 ("The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34:28), with the degrees of freedom of Welch-Satterthwaite's equation.
    """
    parts = [(statistics.variance(side) / len(side), len(side) - 1) for side in (a, b)]
    error = sum(part for part, _ in parts)
    return _test(statistics.fmean(a) - statistics.fmean(b), error, satterthwaite(error, parts), paired=False)


def satterthwaite(variance: float, parts: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a variance made of parts, each given with its own degrees; all of them where it is 0.

    Satterthwaite 1946 ("An approximate distribution of estimates of variance components", Biometrics Bulletin 2:110).
    """
    spread = sum(part**2 / degrees for part, degrees in parts)
    return variance**2 / spread if spread else sum(degrees for _, degrees in parts)


def _test(difference: float, error: float, degrees: float, *, paired: bool) -> TTest:
    if error == 0:
        return TTest(paired, None if difference else 0.0, degrees, 0.0 if difference else 1.0)
    statistic = difference / math.sqrt(error)
    return TTest(paired, statistic, degrees, t_two_sided(statistic, degrees))
