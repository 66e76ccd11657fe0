"""Auxiliary heads: what a distilled student also says of its teacher in training, to learn more of it."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from colacli.kernels.packing import Batch, Reading
from colacli.models.student import RecurrentClassifier


class PrefixOutputs(NamedTuple):
    """What a student says of every prefix of its sentences."""

    logits: Tensor
    """(N, 2), of the prefix that ends with each token."""
    indices: Tensor
    """(N,) int64: which of all training tokens each is."""


class Outputs(NamedTuple):
    """A student's outputs in training; None where there is no such head."""

    logits: Tensor
    """(B, 2)."""
    states: Tensor | None = None
    """(B, d) predictions of the teacher's states."""
    prefixes: PrefixOutputs | None = None


class AuxiliaryHeads(nn.Module):
    """A student with linear heads that are trained with it and dropped after training.

    A regressor from the input of the student's head to its teacher's state bridges the difference in width (Romero et
    al. 2015). A head on the state after each token judges the prefix that ends there. That is the forward direction's
    state, which has read no later token where the network has one layer or one direction.

    Args:
        student: what they are trained with.
        state_width: of the teacher's states; None for no regressor.
        judges_prefixes: whether there is a head for prefixes.
    """

    def __init__(self, student: RecurrentClassifier, state_width: int | None, *, judges_prefixes: bool) -> None:
        super().__init__()
        self.student = student
        self.regressor = nn.Linear(student.pool.features, state_width) if state_width else None
        self.prefix_score = nn.Linear(student.hidden, 2) if judges_prefixes else None

    def forward(self, batch: Batch | Reading) -> Outputs | Tensor:
        """Logits (B, 2); in training with what the heads say."""
        if not self.training:
            return self.student(batch)  # type: ignore[no-any-return]
        judged = []
        if self.prefix_score is not None:
            assert isinstance(batch, Batch), "prefixes are judged of sentences without padding"
            assert batch.indices is not None, "a batch of a training is from its tokens"
            judged = [batch.indices]
        reading = self.student.reading(batch, judged)
        features, states = self.student.features_and_states(reading)
        regressed = None if self.regressor is None else self.regressor(features)
        prefixes = None
        if self.prefix_score is not None:
            (indices,) = reading.others
            prefixes = PrefixOutputs(self.prefix_score(states[:, : self.student.hidden].float()), indices)
        return Outputs(self.student.classify(features), regressed, prefixes)
