"""The one loop that trains a teacher, a student alone and a student with a teacher.

What differs comes in as a function: the objective, from a batch's logits and its rows to
the loss that is minimised.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.config import Training
from colacli.data.batches import Tokens, by_length, shuffled
from colacli.errors import TrainingError
from colacli.events import Epoch, OnEvent, Step
from colacli.metrics import Confusion, Metrics, confusion, measure

Objective = Callable[[Tensor, Tensor], Tensor]
"""(logits (B, 2), rows (B,)) -> the mean loss of the batch."""

EVALUATION_BATCH = 128


@dataclass(frozen=True)
class Labelled:
    """A tokenised split with its labels."""

    tokens: Tokens
    labels: Tensor
    """(sentences,) int64."""

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class Fitted:
    """What came out of training."""

    best_epoch: int
    """The epoch whose weights the model now has, counted from 1."""
    history: list[Epoch]


def make_deterministic(seed: int) -> None:
    """One spec on one machine gives the same bytes: called before any parameter is made."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only with this
    torch.use_deterministic_algorithms(True, warn_only=True)  # noqa: FBT003
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # costs time, proves nothing
    torch.manual_seed(seed)


def fit(
    model: nn.Module,
    objective: Objective,
    train: Labelled,
    validation: Labelled,
    how: Training,
    device: str,
    on_event: OnEvent,
) -> Fitted:
    """Train `model` in place and leave it with the weights of the epoch that was selected.

    Args:
        model: batch -> logits (B, 2), on `device`; what requires a gradient is trained.
        objective: what is minimised.
        train: sentences to learn from.
        validation: sentences to choose the epoch by.
        how: epochs, batch size, learning rate, selection.
        device: a torch device's name.
        on_event: told of every step and epoch.

    Raises:
        TrainingError: the loss became NaN or infinite.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=how.learning_rate)
    order = torch.Generator().manual_seed(how.seed)  # its own, so that dropout doesn't change the data's order
    history: list[Epoch] = []
    best = _Best()
    tokens = 0
    for epoch in range(1, how.epochs + 1):
        model.train()
        seen = _Tally()
        steps = -(-len(train) // how.batch_size)
        for step, rows in enumerate(shuffled(len(train), how.batch_size, order), start=1):
            batch = train.tokens.batch(rows).to(device)
            logits = model(batch)  # (B, 2)
            loss = objective(logits, rows)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            if how.clip is not None:
                nn.utils.clip_grad_norm_(parameters, how.clip)
            optimizer.step()
            seen.add(_finite(loss.detach(), epoch, step), logits, train.labels[rows])
            tokens += len(batch.ids)
            on_event(seen.step(epoch, how.epochs, step, steps))
        dev = evaluate(model, validation, device)
        check_finite(dev.loss, f"the validation loss after epoch {epoch}")
        history.append(_record(epoch, how, tokens, seen, dev))
        on_event(history[-1])
        best.consider(epoch, dev, model)
        if how.patience and epoch - best.epoch >= how.patience:
            break
    if how.select == "last":
        return Fitted(history[-1].epoch, history)
    best.restore(model)
    return Fitted(best.epoch, history)


@torch.no_grad()
def predict(
    model: nn.Module,
    tokens: Tokens,
    device: str,
    batch_size: int = EVALUATION_BATCH,
    watch: Callable[[int], None] = lambda _: None,
) -> Tensor:
    """Logits (sentences, 2) in fp32 on the CPU, in the sentences' order, dropout off.

    `watch` is told after every batch how many sentences are done.
    """
    model.eval()
    logits = torch.empty(len(tokens), 2)
    done = 0
    for rows in by_length(tokens, batch_size):
        logits[rows] = model(tokens.batch(rows).to(device)).float().cpu()
        done += len(rows)
        watch(done)
    return logits


def evaluate(model: nn.Module, split: Labelled, device: str) -> Metrics:
    """All metrics of a model on a split."""
    return measure(split.labels.tolist(), predict(model, split.tokens, device).tolist())


def cross_entropy_objective(labels: Tensor, device: str) -> Objective:
    """Learn the labels: mean cross-entropy."""
    on_device = labels.to(device)
    return lambda logits, rows: F.cross_entropy(logits, on_device[rows.to(device)])


class _Tally:
    """Running loss and confusion of an epoch's batches."""

    def __init__(self) -> None:
        self.counts = Confusion(0, 0, 0, 0)
        self._loss_sum = 0.0

    @property
    def loss(self) -> float:
        """Mean over sentences so far."""
        return self._loss_sum / self.counts.n

    def step(self, epoch: int, epochs: int, step: int, steps: int) -> Step:
        """What is known after a step."""
        counts = self.counts
        return Step(epoch, epochs, step, steps, counts.n, self.loss, counts.accuracy, counts.mcc)

    def add(self, loss: float, logits: Tensor, labels: Tensor) -> None:
        """Count one batch."""
        predicted = (logits[:, 1] > logits[:, 0]).long().tolist()
        self.counts += confusion(labels.tolist(), predicted)
        self._loss_sum += loss * len(labels)


class _Best:
    """The best epoch so far, and a copy of what was trained as it stood then."""

    def __init__(self) -> None:
        self.epoch = 0
        self._rank = (-1.0, -1.0)
        self._weights: dict[str, Tensor] = {}

    def consider(self, epoch: int, dev: Metrics, model: nn.Module) -> None:
        """Keep this epoch if it is better: by accuracy, then MCC; of equals the earlier stays."""
        rank = (dev.accuracy, dev.mcc)
        if rank > self._rank:
            self.epoch, self._rank = epoch, rank
            self._weights = {
                name: parameter.detach().clone()
                for name, parameter in model.named_parameters()
                if parameter.requires_grad
            }

    @torch.no_grad()
    def restore(self, model: nn.Module) -> None:
        """Put the kept weights back."""
        for name, parameter in model.named_parameters():
            if name in self._weights:
                parameter.copy_(self._weights[name])


def _finite(loss: Tensor, epoch: int, step: int) -> float:
    value = float(loss)
    check_finite(value, f"the loss in epoch {epoch}, step {step}")
    return value


def check_finite(value: float, what: str) -> None:
    """See that a loss is a number; `what` names it.

    Raises:
        TrainingError: it is NaN or infinite.
    """
    if not math.isfinite(value):
        raise TrainingError(f"{what} became {value}", "lower --lr, or set --clip 1 or --precision fp32")


def _record(epoch: int, how: Training, tokens: int, seen: _Tally, dev: Metrics) -> Epoch:
    return Epoch(
        epoch=epoch,
        learning_rate=how.learning_rate,
        tokens=tokens,
        train_loss=seen.loss,
        train_accuracy=seen.counts.accuracy,
        train_mcc=seen.counts.mcc,
        dev_loss=dev.loss,
        dev_accuracy=dev.accuracy,
        dev_mcc=dev.mcc,
    )
