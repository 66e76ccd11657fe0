"""A step of a training: the gradient of a batch and a change of the weights, on a GPU of CUDA as a graph.

What differs between trainings comes in as the objective.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from colacli.kernels.cuda_graphs import CudaGraphs, can_capture
from colacli.kernels.filling import filled, padded_ids
from colacli.kernels.packing import Batch, Prepared, Reading, Tokens, numbers_of
from colacli.models.auxiliary_heads import AuxiliaryHeads, Outputs
from colacli.models.gpt2 import Classifier
from colacli.models.student import RecurrentClassifier
from colacli.training.counts import NUMBERS, counted
from colacli.training.ranks import ALONE, Ranks
from colacli.training.state import TrainingState

Objective = Callable[[Any, Tensor], Tensor]
"""(the model's outputs in training: logits (B, 2) or `Outputs`; rows (B,) on its device) -> the batch's mean loss."""


@dataclass(frozen=True)
class TrainedOn:
    """What every step of a training has."""

    model: nn.Module
    objective: Objective
    tokens: Tokens
    labels: Tensor
    """(sentences, 2), on the model's device, as `one_hot` gives them."""

    def backward(self, batch: Batch | Prepared | Reading, rows: Tensor, fraction: float) -> Tensor:
        """Add the gradient of a batch, or of a part of one, and count.

        Args:
            batch: b sentences.
            rows: (b,) which these are, on the model's device.
            fraction: of the whole batch, as every loss is a mean.

        Returns:
            What `counted` gives.
        """
        outputs = self.model(batch)
        loss = self.objective(outputs, rows) * fraction
        loss.backward()  # type: ignore[no-untyped-call]
        logits = outputs.logits if isinstance(outputs, Outputs) else outputs  # (b, 2)
        return counted(loss, logits, self.labels[rows])


Step = Callable[[int, Tensor, Tensor], Sequence[Tensor]]
"""(steps done in this epoch; rows (B,) of a batch, on the host and on the device) -> counts of the batch's parts.

The weights have changed then, or will have when the device comes to it.
"""


def step_of(task: TrainedOn, state: TrainingState, ranks: Ranks = ALONE) -> Step:
    """What makes a step of a training."""
    is_whole = ranks.size == state.training.accumulate == 1
    if is_whole and can_capture(state.device) and (shape := _shape_of(task.model)):
        return CapturedStep(task, state, shape)
    return partial(_step, task, state, ranks)


def _step(
    task: TrainedOn, state: TrainingState, ranks: Ranks, number: int, rows: Tensor, on_device: Tensor
) -> Sequence[Tensor]:
    training = state.training
    ranks.seed_step(training.seed, state.epoch, number)
    state.optimizer.zero_grad(set_to_none=True)
    divided = (ranks.part(where).tensor_split(training.accumulate) for where in (rows, on_device))
    counts = [
        task.backward(task.tokens.batch(part), there, len(part) / len(rows))
        for part, there in zip(*divided, strict=True)
        if len(part)
    ]
    counts = _summed(counts, state, ranks)
    state.update(number)
    return counts


def _summed(parts: list[Tensor], state: TrainingState, ranks: Ranks) -> list[Tensor]:
    """The gradient of the whole batch, in place, and its counts: the same where there is one rank."""
    if ranks.size == 1:
        return parts
    for weight in state.parameters:
        if weight.grad is None:  # this rank has none of the rows
            weight.grad = torch.zeros_like(weight)
    counts = torch.stack([torch.zeros(NUMBERS, device=state.device), *parts]).sum(0)
    ranks.sum([*(weight.grad for weight in state.parameters if weight.grad is not None), counts])
    return [counts]


class _Shape(NamedTuple):
    """How a model's batches are brought into few shapes."""

    numbers: Callable[[Batch], tuple[list[Tensor], tuple[int, ...]]]
    """Integers on the host, and what the host has to know beside them."""
    prepared: Callable[..., Any]
    """(the integers on the device, *what the host knows) -> what the model takes."""


class CapturedStep:
    """A step as a CUDA graph of its batch's shape, which is filled up so that there are few."""

    def __init__(self, task: TrainedOn, state: TrainingState, shape: _Shape) -> None:
        self._task, self._state, self._shape = task, state, shape
        self._graphs = CudaGraphs(state.device)

    def __call__(self, number: int, rows: Tensor, _on_device: Tensor) -> Sequence[Tensor]:
        """A `Step`."""
        self._state.set_rate(number)
        numbers, constants = self._shape.numbers(self._task.tokens.batch(rows))
        return [self._graphs(self._computed, [*numbers, rows], *constants)]

    def _computed(self, inputs: Sequence[Tensor], *constants: int) -> Tensor:
        *numbers, rows = inputs
        self._state.optimizer.zero_grad(set_to_none=True)
        counts = self._task.backward(self._shape.prepared(numbers, *constants), rows, 1.0)
        self._state.descend()
        return counts


def _shape_of(model: nn.Module) -> _Shape | None:
    """How a model's step is captured, if it is.

    Prefixes are judged of sentences without padding, and a teacher that trains its embeddings was never tried.
    """
    if isinstance(model, Classifier):
        embeddings = model.transformer.wte.weight, model.transformer.wpe.weight
        return None if any(one.requires_grad for one in embeddings) else _Shape(_filled, Prepared.of)
    if isinstance(model, AuxiliaryHeads) and model.prefix_score is None:
        model = model.student
    return _Shape(_padded, _padded_reading) if isinstance(model, RecurrentClassifier) else None


def _filled(batch: Batch) -> tuple[list[Tensor], tuple[int, ...]]:
    packed = filled(batch)
    return numbers_of(packed), (packed.layout.width,)


def _padded(batch: Batch) -> tuple[list[Tensor], tuple[int, ...]]:
    return [padded_ids(batch), batch.lengths], ()


def _padded_reading(numbers: Sequence[Tensor]) -> Reading:
    ids, lengths = numbers
    return Reading.of_padded(ids, lengths)
