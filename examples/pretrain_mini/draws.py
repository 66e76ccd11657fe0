"""Random numbers for many small draws: what the rules ask of NumPy's generator, several times as fast."""

from __future__ import annotations

import random
from typing import Any


class Draws(random.Random):
    """Python's generator with those methods of NumPy's that the rules of `rules.py` call."""

    def integers(self, low: int, high: int | None = None) -> int:
        """One from 0 to below `low`, or from `low` to below `high`."""
        return int(self.random() * low) if high is None else low + int(self.random() * (high - low))

    def choice(self, items: Any, p: list[float] | None = None) -> Any:
        """One of them, by its chance if chances are given."""
        return items[int(self.random() * len(items))] if p is None else self.choices(items, weights=p)[0]

    def permutation(self, count: int) -> list[int]:
        """Numbers below `count` in some order."""
        return self.sample(range(count), count)
