"""The one loop that trains a teacher, a student alone and a student with a teacher.

What differs comes in as a function: the objective, from a batch's logits and its rows to the loss that is minimised.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.config import Training
from colacli.errors import TrainingError
from colacli.events import Epoch, OnEvent, Work, ignore
from colacli.kernels.cuda_modes import set_cuda_modes
from colacli.kernels.packing import Batch, Tokens
from colacli.metrics import Predictions
from colacli.models.inference import InferenceModel
from colacli.statistics.threshold_free import roc_auc
from colacli.training.checkpoints import CheckpointSaver, NoCheckpoints
from colacli.training.counts import one_hot, read
from colacli.training.datasets import Dataset, Datasets
from colacli.training.ranks import ALONE, Ranks
from colacli.training.state import TrainingState
from colacli.training.steps import Objective, Step, TrainedOn, step_of

EVALUATION_BATCH = 128
JUDGING_BATCH = 256
"""Sentences at a time where nothing stored depends on last digits: 128 take 1.03 times as long."""
UNREAD_STEPS = 16
"""Steps that a GPU is given before the host waits for their losses and counts; of a CPU each is read."""
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
    # Of rows of one block it adds gradients in one order, whatever it warns of.
    warnings.filterwarnings("ignore", "Memory Efficient attention defaults to a non-deterministic algorithm")
    torch.set_deterministic_debug_mode("warn")  # `use_deterministic_algorithms` takes a second to import a compiler
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # costs time, proves nothing
    set_cuda_modes()
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
        model: batch -> logits (B, 2), or `Outputs` in training, on `device`; what requires a gradient is trained.
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
    step = step_of(TrainedOn(model, objective, train.tokens, one_hot(train.labels, state.device)), state, ranks)
    together = 1 if state.device.type == "cpu" else UNREAD_STEPS
    while not state.is_over:
        model.train()
        batches = state.batches(len(train))
        for first in range(0, len(batches), together):
            train_on(step, batches[first : first + together], state, train.tokens.lengths)
            on_event(state.step_event())
            checkpoints.save(state)
        dev = (predictions := evaluate(InferenceModel(model), datasets.validation, ranks)).measure()
        check_finite(dev.loss, f"the validation loss after epoch {state.epoch}")
        epoch = state.end_epoch(dev, auc_of(predictions) if training.select_by == "auc" else None)
        checkpoints.save(state)
        on_event(epoch)
    return FitResult(state.choose(), state.history)


def train_on(step: Step, batches: Sequence[tuple[Tensor, Tensor]], state: TrainingState, lengths: Tensor) -> None:
    """A step on each of several batches, as `TrainingState.batches` has them; then the host waits for their counts.

    Args:
        step: what makes one.
        batches: rows (B,) on the host and on the device.
        state: of the training.
        lengths: (sentences,) tokens of each.

    Raises:
        TrainingError: a loss became NaN or infinite.
    """
    steps = [step(number, *batch) for number, batch in enumerate(batches, start=state.step)]
    tokens = [int(lengths[rows].sum()) for rows, _ in batches]
    for counts in read(steps, tokens):
        check_finite(counts.loss, f"the loss in epoch {state.epoch}, step {state.step + 1}")
        state.count(counts)


def predict(
    compute: Callable[[Batch], Tensor],
    tokens: Tokens,
    batch_size: int = EVALUATION_BATCH,
    on_event: OnEvent = ignore,
    work: Work = _PREDICTING,
    ranks: Ranks = ALONE,
    *,
    of_tokens: bool = False,
) -> Tensor:
    """A model's outputs on sentences, (sentences, k) in fp32 on the CPU, in their order.

    Args:
        compute: an `InferenceModel`, for logits, or its `features`; or its `prefix_logits`.
        tokens: the sentences.
        batch_size: sentences at a time.
        on_event: told of `work` after every batch, with how many sentences are done.
        work: names it.
        ranks: each computes some of the batches, and gets all outputs.
        of_tokens: whether there is a row for each token: (tokens, k).
    """
    batches = tokens.by_prefix(batch_size)
    count = len(tokens.ids) if of_tokens else len(tokens)
    outputs = torch.zeros(count, 2)
    done = 0
    for rows in batches[ranks.rank :: ranks.size]:
        batch = tokens.batch(rows)
        part = compute(batch).float().cpu()
        if not done:
            outputs = torch.zeros(count, part.shape[1])
        outputs[batch.indices if of_tokens else rows] = part
        done += len(rows)
        on_event(replace(work, done=done))
    ranks.sum([outputs])  # of zeros and one number
    return outputs


def evaluate(model: InferenceModel, dataset: Dataset, ranks: Ranks = ALONE) -> Predictions:
    """A model's logits on a split, beside its labels."""
    return Predictions(dataset.labels.tolist(), predict(model, dataset.tokens, ranks=ranks).tolist())


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
    return lambda logits, rows: F.cross_entropy(logits, on_device[rows], label_smoothing=smoothing)


def check_finite(value: float, what: str) -> None:
    """See that a loss is a number; `what` names it.

    Raises:
        TrainingError: it is NaN or infinite.
    """
    if not math.isfinite(value):
        raise TrainingError(f"{what} became {value}", "lower --lr, or set --clip 1 or --precision fp32")
