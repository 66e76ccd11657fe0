"""Hidden-state matching: a student in training that also predicts its teacher's state."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from colacli.kernels.packing import Batch
from colacli.models.student import RecurrentClassifier


class Outputs(NamedTuple):
    """What a student computes of a batch in training."""

    logits: Tensor
    """(B, 2)."""
    states: Tensor
    """(B, d) the teacher's states as it predicts them."""


class StateRegressor(nn.Module):
    """A student with one linear layer more, from its own state to its teacher's.

    The two differ in width and meaning, so the layer is trained with the student (a regressor, Romero et al. 2015) and
    thrown away when training is over.
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
