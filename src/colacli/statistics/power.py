"""What a test set could show: the smallest difference it would, and how many sentences another would take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from colacli.statistics.distributions import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = 0.05
"""A difference whose p, corrected where there are several, is below this is called real."""

POWER = 0.8
"""The chance of showing a difference that counts as 'would show'."""

TARGET = 0.03
"""A difference of accuracy that is worth showing: about what the report says distillation gains."""

_MOST = 10_000_000
"""Sentences, or seeds, beyond which nobody goes."""


def detectable_difference(n: int, discordant: int, power: float = POWER) -> float | None:
    """The smallest accuracy difference that McNemar's test at `LEVEL` shows with the given power.

    Connor 1987 ("Sample size for testing differences in proportions for the paired-sample design",
    Biometrics 43:207), after Miettinen 1968, asks for n = (z_a sqrt(s) + z_b sqrt(s - d^2))^2 / d^2 sentences
    to show a difference d where a share s of them separates the two. This is its root in d.

    Returns:
        The difference as a share of n, or None where so few sentences separate the two that the difference
        would have to be larger than their share.
    """
    z_level, z_power = normal_quantile(1 - LEVEL / 2), normal_quantile(power)
    share = discordant / n if n else 0.0
    spread = n + z_power**2 - z_level**2
    if spread < 0:
        return None
    root = z_level * math.sqrt(n) + z_power * math.sqrt(spread)
    difference = math.sqrt(share) * root / (n + z_power**2)
    return difference if 0 < difference <= share else None


def sentences_needed(difference: float, share: float, power: float = POWER) -> int | None:
    """How many sentences McNemar's test at `LEVEL` needs to show an accuracy difference with the given power.

    Connor's formula, as above, rounded up.

    Args:
        difference: of two accuracies, whichever is larger.
        share: of sentences that separate the two; at least the difference, and taken to be where it is less.
        power: the chance of showing it.

    Returns:
        The number, or None for no difference.
    """
    size = abs(difference)
    if not size:
        return None
    share = max(share, size)
    root = normal_quantile(1 - LEVEL / 2) * math.sqrt(share) + normal_quantile(power) * math.sqrt(share - size**2)
    return math.ceil((root / size) ** 2)


def smallest(enough: Callable[[int], bool], least: int) -> int | None:
    """The smallest number from `least` on that is enough, where every larger one is too; None where none is."""
    high = least
    while not enough(high):
        if high > _MOST:
            return None
        least, high = high + 1, 2 * high
    while least < high:
        middle = (least + high) // 2
        least, high = (least, middle) if enough(middle) else (middle + 1, high)
    return high
