"""What is counted of a batch while it is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

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

    @staticmethod
    def of(numbers: Sequence[float]) -> Counts:
        """From what `counted` gives."""
        loss, *confusion, tokens = numbers
        return Counts(loss, Confusion(*map(int, confusion)), int(tokens))


NUMBERS = 6
"""Of what `counted` gives."""


def counted(loss: Tensor, logits: Tensor, labels: Tensor, tokens: int) -> Tensor:
    """Counts of a part of a batch as numbers (6,) on its device; fp32 holds integers up to 2^24.

    Args:
        loss: what it adds to the batch's mean.
        logits: (b, 2).
        labels: (b, 2) as `one_hot` gives them.
        tokens: of these sentences.
    """
    accepted = logits[:, 1] > logits[:, 0]  # (b,)
    confusion = torch.stack([accepted, ~accepted]).float() @ labels  # (2, 2), predictions by truth
    return torch.cat([loss.detach().view(1), confusion.flatten(), loss.new_full((1,), tokens)])


def one_hot(labels: Tensor, device: torch.device) -> Tensor:
    """Labels (n,) as (n, 2) in fp32 on a device: acceptable, not acceptable."""
    return torch.stack([labels == 1, labels == 0], dim=1).float().to(device)


def read(steps: Sequence[Sequence[Tensor]]) -> list[Counts]:
    """The counts of steps, each of which was computed in parts; the host waits once for all."""
    numbers = iter(torch.stack([part for parts in steps for part in parts]).tolist())
    return [sum((Counts.of(next(numbers)) for _ in parts), Counts()) for parts in steps]
