"""Everything that a training changes as it goes: put back from a checkpoint, it ends as if it had never stopped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

import torch
from torch import Tensor, nn

from colacli.config import SelectBy, Training
from colacli.events import Epoch, Step
from colacli.kernels.cuda_graphs import can_capture, is_capturing
from colacli.kernels.sending import send
from colacli.metrics import Confusion, Metrics
from colacli.training.counts import Counts
from colacli.training.random_states import random_states, set_random_states
from colacli.training.schedule import learning_rate


class TrainingState:
    """A model in training: weights, optimiser, random states, position in the data, counts so far, best epoch so far.

    Args:
        model: on `device`; what requires a gradient is trained.
        training: what was chosen.
        device: a torch device's name.
    """

    def __init__(self, model: nn.Module, training: Training, device: str) -> None:
        self.training, self.device = training, torch.device(device)
        self._trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        rate: float | Tensor = training.learning_rate
        if can_capture(self.device):  # a graph reads it from the device
            rate = torch.full((), training.learning_rate, device=self.device)
        self.optimizer = torch.optim.Adam(self.parameters, lr=rate, fused=True)
        self.epoch = 1
        self.step = 0
        """Steps done in this epoch."""
        self.steps = 0
        """Steps of an epoch, once its batches are known."""
        self.history: list[Epoch] = []
        # Its own generator, so that dropout doesn't change the data's order.
        self._order = torch.Generator().manual_seed(training.seed)
        self._epoch_order = self._order.get_state()
        """As it was at the epoch's start."""
        self._tokens = 0
        self._seen = _Tally()
        self._best = _Best()

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What is trained."""
        return list(self._trained.values())

    @property
    def where(self) -> str:
        """How far it has come, in words."""
        return f"epoch {self.epoch}, step {self.step}" if self.step else f"epoch {len(self.history)}"

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or too many have brought nothing."""
        done, patience = len(self.history), self.training.patience
        return done == self.training.epochs or bool(patience and done - self._best.epoch >= patience)

    def batches(self, count: int) -> Sequence[tuple[Tensor, Tensor]]:
        """Rows (B,) of what is left of this epoch, on the host and on the device, to which they are sent at once."""
        self._order.set_state(self._epoch_order)
        size = self.training.batch_size
        self.steps = -(-count // size)
        order = torch.cat([*shuffled_batches(count, size, self._order)])
        (on_device,) = send([order], self.device)
        return [*zip(torch.split(order, size), torch.split(on_device, size), strict=True)][self.step :]

    def update(self, step: int) -> None:
        """One step down the gradient, after `step` others in this epoch."""
        self.set_rate(step)
        self.descend()

    def set_rate(self, step: int) -> None:
        """Set the learning rate of the step after `step` others in this epoch."""
        rate = self._rate_after(step)
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def descend(self) -> None:
        """One step down the gradient, at the rate that is set."""
        if self.training.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.training.clip)
        if can_capture(self.device):
            for group in self.optimizer.param_groups:
                group["capturable"] = is_capturing()  # Adam warns where it isn't so
        self.optimizer.step()

    def _rate_after(self, step: int) -> float:
        """The learning rate after so many steps in this epoch."""
        training = self.training
        return learning_rate(training, (self.epoch - 1) * self.steps + step, training.epochs * self.steps)

    def count(self, batch: Counts) -> None:
        """One step is done."""
        self.step += 1
        self._tokens += batch.tokens
        self._seen.add(batch.loss, batch.confusion)

    def step_event(self) -> Step:
        """What is known after a step."""
        counts, epochs = self._seen.counts, self.training.epochs
        return Step(self.epoch, epochs, self.step, self.steps, counts.n, self._seen.loss, counts.accuracy, counts.mcc)

    def end_epoch(self, dev: Metrics, auc: float | None = None) -> Epoch:
        """An epoch is done and measured, its AUC where that chooses; the next one is started."""
        seen = self._seen
        self.history.append(
            Epoch(
                epoch=self.epoch,
                learning_rate=self._rate_after(self.step - 1),
                tokens=self._tokens,
                train_loss=seen.loss,
                train_accuracy=seen.counts.accuracy,
                train_mcc=seen.counts.mcc,
                dev_loss=dev.loss,
                dev_accuracy=dev.accuracy,
                dev_mcc=dev.mcc,
                dev_auc=auc,
            )
        )
        self._best.consider(self.epoch, _rank(self.history[-1], self.training.select_by), self._trained)
        self.epoch, self.step, self._seen = self.epoch + 1, 0, _Tally()
        self._epoch_order = self._order.get_state()
        return self.history[-1]

    @torch.no_grad()
    def choose(self) -> int:
        """Leave the model with the weights that were asked for; the epoch they are of."""
        if self.training.select == "last":
            return len(self.history)
        for name, weight in self._best.weights.items():
            self._trained[name].copy_(weight)
        return self._best.epoch

    def tensors(self) -> dict[str, Tensor]:
        """All of it, by name; counts in double precision, which is exact for integers up to 2^53."""
        seen, best = self._seen, self._best
        counted = {
            "place": [self.epoch, self.step, self._tokens],
            "seen": [*astuple(seen.counts), seen.loss_sum],
            "best": [best.epoch, *best.rank],
            "history": [epoch.numbers for epoch in self.history],
        }
        moments = self.optimizer.state_dict()["state"]
        return {
            **{f"trained.{name}": weight.detach() for name, weight in self._trained.items()},
            **{f"best.{name}": weight for name, weight in self._best.weights.items()},
            **{f"adam.{index}.{name}": moment for index, state in moments.items() for name, moment in state.items()},
            **{f"random.{name}": state for name, state in random_states(self.device).items()},
            **{f"counted.{name}": torch.tensor(values, dtype=torch.float64) for name, values in counted.items()},
            "order": self._epoch_order,
        }

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Continue from what `tensors` gave.

        Raises:
            KeyError: it is the state of another model.
        """
        for name, parameter in self._trained.items():
            parameter.copy_(tensors[f"trained.{name}"])
        document = self.optimizer.state_dict()
        document["state"] = _moments(tensors)
        self.optimizer.load_state_dict(document)
        set_random_states({name: tensors[f"random.{name}"] for name in random_states(self.device)}, self.device)
        self.epoch, self.step, self._tokens = map(int, tensors["counted.place"].tolist())
        self._epoch_order = tensors["order"]
        *counts, loss_sum = tensors["counted.seen"].tolist()
        self._seen = _Tally(Confusion(*map(int, counts)), loss_sum)
        self.history = [
            Epoch(int(epoch), rate, int(tokens), *measured)
            for epoch, rate, tokens, *measured in tensors["counted.history"].tolist()
        ]
        epoch, *rank = tensors["counted.best"].tolist()
        best = {name: tensors[f"best.{name}"].to(self.device) for name in self._trained if f"best.{name}" in tensors}
        self._best = _Best(int(epoch), tuple(rank), best)


def shuffled_batches(count: int, batch_size: int, generator: torch.Generator) -> Sequence[Tensor]:
    """Every row once, in random order, in batches (B,)."""
    return torch.split(torch.randperm(count, generator=generator), batch_size)


@dataclass
class _Tally:
    """Running loss and confusion of an epoch's batches."""

    counts: Confusion = Confusion(0, 0, 0, 0)
    loss_sum: float = 0.0

    @property
    def loss(self) -> float:
        """Mean over sentences so far."""
        return self.loss_sum / self.counts.n

    def add(self, loss: float, counts: Confusion) -> None:
        """Count one batch."""
        self.counts += counts
        self.loss_sum += loss * counts.n


@dataclass
class _Best:
    """The best epoch so far, and a copy of what was trained as it stood then."""

    epoch: int = 0
    rank: tuple[float, ...] = (-math.inf, -math.inf)
    weights: dict[str, Tensor] = field(default_factory=dict)

    def consider(self, epoch: int, rank: tuple[float, ...], trained: dict[str, nn.Parameter]) -> None:
        """Keep this epoch if it is better; of equals the earlier stays."""
        if rank > self.rank:
            self.epoch, self.rank = epoch, rank
            self.weights = {name: weight.detach().clone() for name, weight in trained.items()}


def _rank(epoch: Epoch, select_by: SelectBy) -> tuple[float, float]:
    """What makes an epoch better than another: the measure that is asked for, then MCC."""
    measures = {"accuracy": epoch.dev_accuracy, "mcc": epoch.dev_mcc, "loss": -epoch.dev_loss, "auc": epoch.dev_auc}
    measure = measures[select_by]
    assert measure is not None, "an AUC that chooses is measured"
    return measure, epoch.dev_mcc


def _moments(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Adam's state by parameter's number, as its `load_state_dict` takes it."""
    moments: dict[int, dict[str, Tensor]] = {}
    for full, tensor in tensors.items():
        kind, _, rest = full.partition(".")
        if kind == "adam":
            index, _, name = rest.partition(".")
            moments.setdefault(int(index), {})[name] = tensor
    return moments
