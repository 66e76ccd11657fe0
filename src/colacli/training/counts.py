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

    @staticmethod
    def of(parts: Sequence[Sequence[float]], tokens: int) -> Counts:
        """From what `counted` gives of a batch's parts."""
        losses, *confusion = zip(*parts, strict=True)
        return Counts(sum(losses), Confusion(*(int(sum(one)) for one in confusion)), tokens)


NUMBERS = 5
"""Of what `counted` gives."""


def counted(loss: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """Loss and confusion of a part of a batch as numbers (5,) on its device; fp32 holds integers up to 2^24.

    Args:
        loss: what it adds to the batch's mean.
        logits: (b, 2).
        labels: (b, 2) as `one_hot` gives them.
    """
    accepted = logits[:, 1] > logits[:, 0]  # (b,)
    confusion = torch.stack([accepted, ~accepted]).float() @ labels  # (2, 2), predictions by truth
    return torch.cat([loss.detach().view(1), confusion.flatten()])


def one_hot(labels: Tensor, device: torch.device) -> Tensor:
    """Labels (n,) as (n, 2) in fp32 on a device: acceptable, not acceptable."""
    return torch.stack([labels == 1, labels == 0], dim=1).float().to(device)


def read(steps: Sequence[Sequence[Tensor]], tokens: Sequence[int]) -> list[Counts]:
    """The counts of steps, each of which was computed in parts; the host waits once for all.

    Args:
        steps: what `counted` gave of each part.
        tokens: of each step.
    """
    numbers = iter(torch.stack([part for parts in steps for part in parts]).tolist())
    return [Counts.of([next(numbers) for _ in parts], count) for parts, count in zip(steps, tokens, strict=True)]
