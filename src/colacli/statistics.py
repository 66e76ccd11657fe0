"""Is one classifier better than another on the same sentences? Paired tests and intervals, no torch."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist
from typing import TYPE_CHECKING

from colacli.metrics import confusion

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.05
"""A difference whose McNemar mid-p is below this is called real."""

POWER = 0.8
"""The chance of showing a difference that counts as 'would show'."""


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

    def swapped(self) -> Paired:
        """The same counts with a and b exchanged."""
        return Paired(self.both_right, self.only_b_right, self.only_a_right, self.neither_right)


@dataclass(frozen=True)
class McNemar:
    """Two-sided p-values of the hypothesis that two classifiers are equally accurate."""

    exact_p: float
    mid_p: float


@dataclass(frozen=True)
class Comparison:
    """What is reported of two classifiers on the same sentences; every difference is a less b."""

    a: str
    b: str
    paired: Paired
    accuracy_difference: float
    mcc_difference: float
    mcnemar: McNemar
    interval: tuple[float, float]
    """95 % interval of the accuracy difference."""
    verdict: str


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
    n = only_a_right + only_b_right
    if n == 0:
        return McNemar(1.0, 1.0)
    point, tail = _fair_coin(min(only_a_right, only_b_right), n)
    if only_a_right == only_b_right:
        return McNemar(1.0, 1.0 - point / 2)
    return McNemar(min(1.0, 2 * tail), 2 * tail - point)


def _fair_coin(k: int, n: int) -> tuple[float, float]:
    """P(X = k) and P(X <= k) for X ~ Binomial(n, 1/2) and k <= n / 2."""
    centre = n // 2
    # weights[j] = C(n, centre - j) / C(n, centre): relative to the largest, none overflows, and the sum of
    # all of them needs no power of two.
    downwards = range(centre, 0, -1)
    weights = list(accumulate(downwards, lambda weight, i: weight * i / (n - i + 1), initial=1.0))
    total = 2 * math.fsum(weights) - (n % 2 == 0)  # an even n has one centre, counted twice
    return weights[centre - k] / total, math.fsum(weights[centre - k :]) / total


def difference_interval(paired: Paired, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of accuracy(a) - accuracy(b), within [-1, 1].

    Wald's interval after half a sentence is added to each of the four counts (Agresti and Min 2005, "Simple
    improved confidence intervals for comparing matched proportions", Statistics in Medicine 24:729).
    """
    n = paired.n + 2
    difference = (paired.only_a_right - paired.only_b_right) / n
    variance = ((paired.discordant + 1) / n - difference**2) / n
    margin = _quantile((1 + confidence) / 2) * math.sqrt(variance)
    return max(-1.0, difference - margin), min(1.0, difference + margin)


def wilson_interval(right: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of an accuracy of which `right` of `n` sentences tell, within [0, 1]; all of it for no sentence.

    The score interval (Wilson 1927, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22:209): those accuracies a from which right / n is no more
    than z standard errors sqrt(a (1 - a) / n) away. Unlike Wald's it keeps its promise for few sentences, and
    has a width where all of them are right.
    """
    if n == 0:
        return 0.0, 1.0
    z, share = _quantile((1 + confidence) / 2), right / n
    centre = (right + z**2 / 2) / (n + z**2)
    margin = z * math.sqrt(n * share * (1 - share) + z**2 / 4) / (n + z**2)
    # The share lies between the two, but for rounding where it is 0 or 1.
    return max(0.0, min(share, centre - margin)), min(1.0, max(share, centre + margin))


def detectable_difference(n: int, discordant: int, power: float = POWER) -> float | None:
    """The smallest accuracy difference that McNemar's test at `LEVEL` shows with the given power.

    Connor 1987 ("Sample size for testing differences in proportions for the paired-sample design",
    Biometrics 43:207), after Miettinen 1968, asks for n = (z_a sqrt(s) + z_b sqrt(s - d^2))^2 / d^2 sentences
    to show a difference d where a share s of them separates the two. This is its root in d.

    Returns:
        The difference as a share of n, or None where so few sentences separate the two that the difference
        would have to be larger than their share.
    """
    z_level, z_power = _quantile(1 - LEVEL / 2), _quantile(power)
    share = discordant / n if n else 0.0
    spread = n + z_power**2 - z_level**2
    if spread < 0:
        return None
    root = z_level * math.sqrt(n) + z_power * math.sqrt(spread)
    difference = math.sqrt(share) * root / (n + z_power**2)
    return difference if 0 < difference <= share else None


def _quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def verdict(a: str, b: str, paired: Paired, *, constant: Sequence[str] = ()) -> str:
    """What the counts allow to be said of a and b, the more accurate named first.

    Args:
        a: name of the first classifier.
        b: name of the second.
        paired: their counts.
        constant: those of the two names whose classifier gives one answer to every sentence.
    """
    if paired.accuracy_difference < 0:
        return verdict(b, a, paired.swapped(), constant=constant)
    mid_p = mcnemar(paired.only_a_right, paired.only_b_right).mid_p
    points, evidence = f"{100 * paired.accuracy_difference:.1f} points of accuracy", _evidence(paired, mid_p)
    said = (
        f"{a} is better than {b} by {points} ({evidence})"
        if mid_p < LEVEL
        else f"inconclusive: {a} and {b} differ by {points} ({evidence}); {_would_show(paired)}"
    )
    return said + "".join(f"; {name} gives the same answer for every sentence" for name in constant)


def _evidence(paired: Paired, mid_p: float) -> str:
    low, high = (100 * end for end in difference_interval(paired))
    p = f"{mid_p:.2g}" if mid_p >= 0.001 else "below 0.001"
    return f"95 % interval {low:z.1f} to {high:z.1f}, McNemar mid-p {p}"


def _would_show(paired: Paired) -> str:
    """How far the sentences that separate two classifiers could carry a conclusion."""
    n, discordant = paired.n, paired.discordant
    if not discordant:
        return "no sentence separates them: both are right on the same ones and wrong on the same ones"
    separate = f"{discordant} of {n} sentences {'separates' if discordant == 1 else 'separate'} them"
    smallest = detectable_difference(n, discordant)
    power = f"({100 * POWER:.0f} % power)"
    if smallest is None:
        return f"{separate}, too few for any difference to show {power}"
    return f"{separate}; with so many, a difference of {100 * smallest:.1f} points or more would show {power}"


def compare_pair(
    name_a: str,
    name_b: str,
    labels: Sequence[int],
    predictions_a: Sequence[int],
    predictions_b: Sequence[int],
) -> Comparison:
    """Compare two classifiers by their predictions for the same labels, all (n,).

    Raises:
        ValueError: the three differ in length.
    """
    paired = pair(labels, predictions_a, predictions_b)
    count_a, count_b = confusion(labels, predictions_a), confusion(labels, predictions_b)
    arms = ((name_a, count_a), (name_b, count_b))
    constant = [name for name, count in arms if count.constant_prediction is not None]
    return Comparison(
        a=name_a,
        b=name_b,
        paired=paired,
        accuracy_difference=paired.accuracy_difference,
        mcc_difference=count_a.mcc - count_b.mcc,
        mcnemar=mcnemar(paired.only_a_right, paired.only_b_right),
        interval=difference_interval(paired),
        verdict=verdict(name_a, name_b, paired, constant=constant),
    )
