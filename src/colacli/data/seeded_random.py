"""A seeded random number generator with the same numbers on every machine and in every Python."""

from __future__ import annotations

import random
from collections.abc import MutableSequence, Sequence
from typing import TypeVar

T = TypeVar("T")


class SeededRandom:
    """Random choices from `random.random()` alone, whose sequence Python guarantees; that of `choice` may change."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed).random
        """Uniform in [0, 1)."""

    def index(self, count: int) -> int:
        """Uniform in [0, count)."""
        return int(self.random() * count)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, each with the same probability."""
        return items[self.index(len(items))]

    def pair(self, items: Sequence[T]) -> tuple[T, T]:
        """Two items at different positions, in random order."""
        first, second = self.index(len(items)), self.index(len(items) - 1)
        return items[first], items[second + (second >= first)]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Shuffle in place (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.index(last + 1)
            items[last], items[other] = items[other], items[last]
