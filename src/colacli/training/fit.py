"""The one loop that trains a teacher, a student alone and a student with a teacher.

What differs comes in as a function: the objective, from a batch's logits and its rows to
the loss that is minimised.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.config import Training
from colacli.errors import TrainingError
from colacli.events import Epoch, OnEvent, Work, ignore
from colacli.kernels.packing import Batch, Tokens
from colacli.metrics import Predictions, confusion
from colacli.models.inference import InferenceModel
from colacli.models.matching import Outputs
from colacli.statistics.threshold_free import roc_auc
from colacli.training.checkpoints import CheckpointSaver, NoCheckpoints
from colacli.training.counts import Counts
from colacli.training.datasets import Dataset, Datasets
from colacli.training.ranks import ALONE, Ranks
from colacli.training.state import TrainingState

Objective = Callable[[Any, Tensor], Tensor]
"""(the model's outputs in training: logits (B, 2) or `Outputs`; rows (B,)) -> the mean loss of the batch."""

EVALUATION_BATCH = 128
_PREDICTING = Work("predicting", 0, 0)


@dataclass(frozen=True)
class FitResult:
    """What came out of training."""

    best_epoch: int
    """The epoch whose weights the model now has, counted from 1; 0 where none was trained here."""
    history: list[Epoch]


def make_deterministic(seed: int) -> None:
    """One spec on one machine gives the same bytes: called before any parameter is made."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only with this
    torch.set_deterministic_debug_mode("warn")  # `use_deterministic_algorithms` takes a second to import a compiler
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # costs time, proves nothing
    torch.manual_seed(seed)


def fit(
    model: nn.Module,
    objective: Objective,
    datasets: Datasets,
    training: Training,
    device: str,
    on_event: OnEvent,
    checkpoints: CheckpointSaver | NoCheckpoints,
    ranks: Ranks = ALONE,
) -> FitResult:
    """Train `model` in place and leave it with the weights of the epoch that was selected.

    Args:
        model: batch -> logits (B, 2), on `device`; what requires a gradient is trained. In training it may give
            `Outputs` to the objective.
        objective: what is minimised.
        datasets: sentences to train on, and to choose the epoch by.
        training: epochs, batch size, learning rate, selection.
        device: a torch device's name.
        on_event: told of every step and epoch.
        checkpoints: where its state is saved, and where it is resumed from.
        ranks: the processes that train it together; each ends with the same weights.

    Raises:
        TrainingError: the loss became NaN or infinite, or the measure that chooses the epoch is undefined.
    """
    train = datasets.train
    check_selection(datasets.validation, training)
    state = TrainingState(model, training, device)
    checkpoints.restore(state)
    ranks.share(state)
    while not state.is_over:
        model.train()
        for rows in state.batches(len(train)):
            _step(model, objective, train, rows, state, ranks)
            on_event(state.step_event(len(train)))
            checkpoints.save(state)
        predictions = evaluate(InferenceModel(model), datasets.validation, device, ranks)
        dev = predictions.measure()
        check_finite(dev.loss, f"the validation loss after epoch {state.epoch}")
        epoch = state.end_epoch(dev, auc_of(predictions) if training.select_by == "auc" else None)
        checkpoints.save(state)
        on_event(epoch)
    return FitResult(state.choose(), state.history)


def _step(
    model: nn.Module, objective: Objective, train: Dataset, rows: Tensor, state: TrainingState, ranks: Ranks
) -> None:
    """Train on some rows (B,): a part of them on each rank, divided further where gradients are accumulated."""
    ranks.seed_step(state.training.seed, state.epoch, state.step)
    state.optimizer.zero_grad(set_to_none=True)
    counts = Counts()
    for part in ranks.part(rows).tensor_split(state.training.accumulate):
        if len(part):
            counts += _backward(model, objective, train, part, len(part) / len(rows), state.device)
    counts = _summed(counts, state, ranks)
    state.update()
    check_finite(counts.loss, f"the loss in epoch {state.epoch}, step {state.step + 1}")
    state.count(counts)


def _backward(
    model: nn.Module, objective: Objective, train: Dataset, rows: Tensor, fraction: float, device: torch.device
) -> Counts:
    """Add the gradient of some rows (b,) of a batch: every loss is a mean, so theirs counts as their fraction of it."""
    batch = train.tokens.batch(rows)
    outputs = model(batch)
    loss = objective(outputs, rows) * fraction
    loss.backward()  # type: ignore[no-untyped-call]
    logits = outputs.logits if isinstance(outputs, Outputs) else outputs  # (b, 2)
    predicted = (logits[:, 1] > logits[:, 0]).long().tolist()
    return Counts(float(loss.detach()), confusion(train.labels[rows].tolist(), predicted), len(batch.ids))


def _summed(counts: Counts, state: TrainingState, ranks: Ranks) -> Counts:
    """The gradient, in place, and the counts of the whole batch."""
    if ranks.size == 1:
        return counts
    for weight in state.parameters:
        if weight.grad is None:  # this rank has none of the rows
            weight.grad = torch.zeros_like(weight)
    numbers = torch.tensor(counts.numbers, device=state.device)  # fp32 holds integers up to 2^24
    ranks.sum([*(weight.grad for weight in state.parameters if weight.grad is not None), numbers])
    return Counts.of(numbers.tolist())


def predict(
    compute: Callable[[Batch], Tensor],
    tokens: Tokens,
    device: str,
    batch_size: int = EVALUATION_BATCH,
    on_event: OnEvent = ignore,
    work: Work = _PREDICTING,
    ranks: Ranks = ALONE,
) -> Tensor:
    """A model's outputs on sentences, (sentences, k) in fp32 on the CPU, in their order.

    Args:
        compute: an `InferenceModel`, for logits, or its `features`.
        tokens: the sentences.
        device: where the model is.
        batch_size: sentences at a time.
        on_event: told of `work` after every batch, with how many sentences are done.
        work: names it.
        ranks: each computes some of the batches, and gets all outputs.
    """
    batches = tokens.by_prefix(batch_size)
    outputs = torch.zeros(len(tokens), 2)
    done = 0
    for rows in batches[ranks.rank :: ranks.size]:
        part = compute(tokens.batch(rows)).float().cpu()
        if not done:
            outputs = torch.zeros(len(tokens), part.shape[1])
        outputs[rows] = part
        done += len(rows)
        on_event(replace(work, done=done))
    ranks.sum([outputs])  # of zeros and one number
    return outputs


def evaluate(model: InferenceModel, dataset: Dataset, device: str, ranks: Ranks = ALONE) -> Predictions:
    """A model's logits on a split, beside its labels."""
    return Predictions(dataset.labels.tolist(), predict(model, dataset.tokens, device, ranks=ranks).tolist())


def check_selection(validation: Dataset, training: Training) -> None:
    """See that the measure that chooses the epoch is defined.

    Raises:
        TrainingError: it is the AUC, and all validation sentences have one label.
    """
    if training.select_by == "auc" and len(set(validation.labels.tolist())) < 2:
        hint = "choose by --select-by loss, or validate on sentences of both labels"
        raise TrainingError("all validation sentences have one label, so --select-by auc is undefined", hint)


def auc_of(predictions: Predictions) -> float:
    """The area under the ROC curve; both labels must occur."""
    return roc_auc(np.array(predictions.labels, dtype=np.float64), np.array(predictions.margins))[0]


def cross_entropy_objective(labels: Tensor, device: str, smoothing: float = 0.0) -> Objective:
    """Learn the labels: mean cross-entropy.

    With a smoothing s against (1 - s) of the label and s of both labels alike (Szegedy et al. 2016, section 7).
    """
    on_device = labels.to(device)
    return lambda logits, rows: F.cross_entropy(logits, on_device[rows.to(device)], label_smoothing=smoothing)


def check_finite(value: float, what: str) -> None:
    """See that a loss is a number; `what` names it.

    Raises:
        TrainingError: it is NaN or infinite.
    """
    if not math.isfinite(value):
        raise TrainingError(f"{what} became {value}", "lower --lr, or set --clip 1 or --precision fp32")
