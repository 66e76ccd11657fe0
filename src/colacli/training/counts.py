"""What is counted of a batch while it is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from colacli.metrics import Confusion


@dataclass(frozen=True)
class Counts:
    """What is counted of a batch, or of a part of it."""

    loss: float = 0.0
    """What it adds to the batch's mean."""
    confusion: Confusion = Confusion(0, 0, 0, 0)
    tokens: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.loss + other.loss, self.confusion + other.confusion, self.tokens + other.tokens)

    @property
    def numbers(self) -> list[float]:
        """All of it; `Counts.of` them is the same again."""
        return [self.loss, *astuple(self.confusion), float(self.tokens)]

    @staticmethod
    def of(numbers: Sequence[float]) -> Counts:
        """From its numbers."""
        loss, *confusion, tokens = numbers
        return Counts(loss, Confusion(*map(int, confusion)), int(tokens))
