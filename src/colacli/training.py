"""The one loop that trains a teacher, a student alone and a student with a teacher.

What differs comes in as a function: the objective, from a batch's logits and its rows to
the loss that is minimised.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.config import Training
from colacli.data.batches import Tokens, by_beginning
from colacli.errors import TrainingError
from colacli.events import Epoch, OnEvent
from colacli.metrics import Metrics, measure
from colacli.models.gpt2 import still
from colacli.training_state import TrainingState

Objective = Callable[[Tensor, Tensor], Tensor]
"""(logits (B, 2) and whatever the model says behind them in training, rows (B,)) -> the mean loss of the batch."""

EVALUATION_BATCH = 128


@dataclass(frozen=True)
class Labelled:
    """A tokenised split with its labels."""

    tokens: Tokens
    labels: Tensor
    """(sentences,) int64."""

    def __len__(self) -> int:
        return len(self.tokens)


class Saving(Protocol):
    """Keeps a training's state, so that one that was stopped can go on."""

    def restore(self, state: TrainingState) -> None:
        """Put a saved state into a new one, if there is one."""

    def save(self, state: TrainingState) -> None:
        """Save it where it is time to; called after every step, and after every epoch, which is when `step` is 0."""


class Forgetful:
    """Saves nothing."""

    def restore(self, state: TrainingState) -> None:
        """Leave it as it is."""

    def save(self, state: TrainingState) -> None:
        """It is never time to."""


FORGETFUL = Forgetful()


@dataclass(frozen=True)
class Fitted:
    """What came out of training."""

    best_epoch: int
    """The epoch whose weights the model now has, counted from 1."""
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
    train: Labelled,
    validation: Labelled,
    how: Training,
    device: str,
    on_event: OnEvent,
    checkpoints: Saving = FORGETFUL,
) -> Fitted:
    """Train `model` in place and leave it with the weights of the epoch that was selected.

    Args:
        model: batch -> logits (B, 2), on `device`; what requires a gradient is trained. In training it may say more,
            in columns behind these, to the objective.
        objective: what is minimised.
        train: sentences to learn from.
        validation: sentences to choose the epoch by.
        how: epochs, batch size, learning rate, selection.
        device: a torch device's name.
        on_event: told of every step and epoch.
        checkpoints: where its state is saved, and where it goes on from.

    Raises:
        TrainingError: the loss became NaN or infinite.
    """
    state = TrainingState(model, how, device)
    checkpoints.restore(state)
    while not state.is_over:
        model.train()
        for rows in state.batches(len(train)):
            batch = train.tokens.batch(rows).to(device)
            logits = model(batch)  # (B, 2)
            loss = objective(logits, rows)
            state.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            if how.clip is not None:
                nn.utils.clip_grad_norm_(state.parameters, how.clip)
            state.optimizer.step()
            state.count(_finite(loss.detach(), state), logits, train.labels[rows], tokens=len(batch.ids))
            on_event(state.step_event(len(train)))
            checkpoints.save(state)
        dev = evaluate(model, validation, device)
        check_finite(dev.loss, f"the validation loss after epoch {state.epoch}")
        over = state.end_epoch(dev)
        checkpoints.save(state)
        on_event(over)
    return Fitted(state.choose(), state.history)


@torch.no_grad()
def predict(
    model: nn.Module,
    tokens: Tokens,
    device: str,
    batch_size: int = EVALUATION_BATCH,
    watch: Callable[[int], None] = lambda _: None,
) -> Tensor:
    """Logits (sentences, 2), or what else a model says, in fp32 on the CPU, in the sentences' order, dropout off.

    `watch` is told after every batch how many sentences are done.
    """
    model.eval()
    said = torch.empty(len(tokens), 0)
    done = 0
    with still(model):
        for rows in by_beginning(tokens, batch_size):
            part = model(tokens.batch(rows).to(device)).float().cpu()
            if not done:
                said = torch.empty(len(tokens), part.shape[1])
            said[rows] = part
            done += len(rows)
            watch(done)
    return said


def evaluate(model: nn.Module, split: Labelled, device: str) -> Metrics:
    """All metrics of a model on a split."""
    return measure(split.labels.tolist(), predict(model, split.tokens, device).tolist())


def cross_entropy_objective(labels: Tensor, device: str, smoothing: float = 0.0) -> Objective:
    """Learn the labels: mean cross-entropy.

    With a smoothing s against (1 - s) of the label and s of both labels alike (Szegedy et al. 2016, section 7).
    """
    on_device = labels.to(device)
    return lambda logits, rows: F.cross_entropy(logits, on_device[rows.to(device)], label_smoothing=smoothing)


def _finite(loss: Tensor, state: TrainingState) -> float:
    value = float(loss)
    check_finite(value, f"the loss in epoch {state.epoch}, step {state.step + 1}")
    return value


def check_finite(value: float, what: str) -> None:
    """See that a loss is a number; `what` names it.

    Raises:
        TrainingError: it is NaN or infinite.
    """
    if not math.isfinite(value):
        raise TrainingError(f"{what} became {value}", "lower --lr, or set --clip 1 or --precision fp32")
