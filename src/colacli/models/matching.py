"""Hidden-state matching: a model's states as what it says, and a student that guesses its teacher's."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from colacli.data.batches import Batch
from colacli.models.student import RecurrentClassifier


class Summaries(nn.Module):
    """A classifier, teacher or student, that says what its head reads instead of what its head says."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> Tensor:
        """States (B, d)."""
        return self.model.summary(batch)  # type: ignore[no-any-return, operator]


class Guessing(nn.Module):
    """A student in training that also guesses its teacher's state from its own, by one linear layer.

    The two differ in width and meaning, so the layer is learnt with the student (a regressor, Romero et al. 2015) and
    thrown away when training is over.
    """

    def __init__(self, student: RecurrentClassifier, width: int) -> None:
        super().__init__()
        self.student = student
        self.guess = nn.Linear(student.pool.features, width)

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, 2); in training with the guesses behind them, (B, 2 + width)."""
        if not self.training:
            return self.student(batch)  # type: ignore[no-any-return]
        summary = self.student.summary(batch)
        return torch.cat([self.student.judge(summary), self.guess(summary)], dim=1)
