"""Hidden-state matching: a student that also predicts its teacher's state in training."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from colacli.kernels.packing import Batch
from colacli.models.student import RecurrentClassifier


class Outputs(NamedTuple):
    """A student's outputs in training."""

    logits: Tensor
    """(B, 2)."""
    states: Tensor
    """(B, d) predictions of the teacher's states."""


class StateRegressor(nn.Module):
    """A student with a linear regressor from its state to its teacher's (Romero et al. 2015).

    The regressor bridges the difference in width; it is trained with the student and dropped after training.
    """

    def __init__(self, student: RecurrentClassifier, width: int) -> None:
        super().__init__()
        self.student = student
        self.regressor = nn.Linear(student.pool.features, width)

    def forward(self, batch: Batch) -> Outputs | Tensor:
        """Logits (B, 2); in training with the predicted states."""
        if not self.training:
            return self.student(batch)  # type: ignore[no-any-return]
        features = self.student.features(batch)
        return Outputs(self.student.classify(features), self.regressor(features))
