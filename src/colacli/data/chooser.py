"""A source of random choices that is the same on every machine and every Python."""

from __future__ import annotations

import random
from collections.abc import MutableSequence, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chooser:
    """Choices from a seed.

    Only `random.random()` is used, whose sequence Python guarantees; `choice` and `shuffle` may change.
    """

    def __init__(self, seed: str) -> None:
        self.number = random.Random(seed).random
        """The next number, from 0 to below 1."""

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.number() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of them, each as likely."""
        return items[int(self.number() * len(items))]

    def two(self, items: Sequence[T]) -> tuple[T, T]:
        """Two different ones, in either order."""
        first = int(self.number() * len(items))
        second = int(self.number() * (len(items) - 1))
        return items[first], items[second + (second >= first)]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put them in any order (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = int(self.number() * (last + 1))
            items[last], items[other] = items[other], items[last]
