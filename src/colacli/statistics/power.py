"""Power of McNemar's test: the smallest difference that a test set shows, and the sentences that a difference needs."""

from __future__ import annotations

import math
from collections.abc import Callable

from colacli.statistics.distributions import normal_quantile

LEVEL = 0.05
"""Significance level: the verdict names a winner where p, corrected for several tests, is below it."""

POWER = 0.8
"""The probability of showing a difference that `would show` in the verdict means."""

TARGET = 0.03
"""A difference of accuracy worth showing: about what distillation gains in docs/results.md."""

_SEARCH_LIMIT = 10_000_000
"""Sentences, or seeds, beyond which `smallest` stops."""


def detectable_difference(n: int, discordant: int) -> float | None:
    """The smallest accuracy difference that McNemar's test at `LEVEL` shows with the power `POWER`.

    Connor 1987 ("Sample size for testing differences in proportions for the paired-sample design",
    Biometrics 43:207), after Miettinen 1968, asks for n = (z_a sqrt(s) + z_b sqrt(s - d^2))^2 / d^2 sentences
    to show a difference d where a fraction s of them is discordant. This is its root in d.

    Returns:
        The difference as a fraction of n, or None where it would have to be larger than the discordant fraction.
    """
    z_level, z_power = normal_quantile(1 - LEVEL / 2), normal_quantile(POWER)
    fraction = discordant / n if n else 0.0
    spread = n + z_power**2 - z_level**2
    if spread < 0:
        return None
    root = z_level * math.sqrt(n) + z_power * math.sqrt(spread)
    difference = math.sqrt(fraction) * root / (n + z_power**2)
    return difference if 0 < difference <= fraction else None


def sentences_needed(difference: float, discordant: float, power: float = POWER) -> int | None:
    """Number of sentences that McNemar's test at `LEVEL` needs to show an accuracy difference with the given power.

    Connor's formula, as above, rounded up.

    Args:
        difference: of two accuracies, of either sign.
        discordant: fraction of sentences; raised to the difference where it is smaller, as it can't be.
        power: the probability of showing it.

    Returns:
        The number, or None for no difference.
    """
    size = abs(difference)
    if not size:
        return None
    discordant = max(discordant, size)
    root = normal_quantile(1 - LEVEL / 2) * math.sqrt(discordant) + normal_quantile(power) * math.sqrt(
        discordant - size**2
    )
    return math.ceil((root / size) ** 2)


def smallest(enough: Callable[[int], bool], least: int) -> int | None:
    """The smallest number from `least` on that is enough, where every larger number is too; None where none is."""
    high = least
    while not enough(high):
        if high > _SEARCH_LIMIT:
            return None
        least, high = high + 1, 2 * high
    while least < high:
        middle = (least + high) // 2
        least, high = (least, middle) if enough(middle) else (middle + 1, high)
    return high
