"""A device tried out: are its logits and gradients the CPU's, does it repeat itself, how fast is it?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from colacli.config import Lora, Precision, Training
from colacli.kernels.packing import Tokens
from colacli.models.base import Base
from colacli.models.inference import InferenceModel
from colacli.models.lora import add_lora
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import load_classifier, to_precision
from colacli.training.counts import one_hot
from colacli.training.fit import cross_entropy_objective, make_deterministic, predict, train_on
from colacli.training.state import TrainingState
from colacli.training.steps import TrainedOn, step_of

TRAINING = Training(batch_size=32, dropout=0.1)
_TOLERANCES = {"fp32": 1e-3, "bf16": 0.1}


@dataclass(frozen=True)
class Probe:
    """One model, tried out."""

    model: str
    precision: str
    logits_difference: float | None
    """From the CPU's in fp32: the norm of the difference divided by their norm; None where it is not a number."""
    gradients_difference: float | None
    """Likewise, of all gradients of one batch."""
    tolerance: float
    """Of both."""
    repeats: bool
    """Whether two trainings had the same bytes."""
    tokens_per_second: float
    """Of the second of them."""

    @property
    def passed(self) -> bool:
        """Whether the numbers are the CPU's, within the tolerance, and repeat themselves."""
        differences = self.logits_difference, self.gradients_difference
        return self.repeats and all(one is not None and one <= self.tolerance for one in differences)


@dataclass(frozen=True)
class Prober:
    """Tries out models on a device.

    Args:
        base: of the teacher.
        tokens: sentences, some hundred.
        labels: (sentences,) int64.
        device: a torch device's name.
    """

    base: Base
    tokens: Tokens
    labels: Tensor
    device: str

    def teacher(self, precision: Precision) -> Probe:
        """GPT-2 with adapters."""
        return self._probe("teacher", self._teacher, precision)

    def student(self) -> Probe:
        """A recurrent network, in fp32."""
        return self._probe("LSTM student", self._student, "fp32")

    def _probe(self, name: str, make: Callable[[Precision, float], nn.Module], precision: Precision) -> Probe:
        """Compare a model with the same on the CPU in fp32, and two trainings of it with one another."""
        here, reference = make(precision, 0.0).to(self.device), make("fp32", 0.0)
        logits = [predict(InferenceModel(model), self.tokens) for model in (here, reference)]
        gradients = [self._gradients(here, self.device), self._gradients(reference, "cpu")]
        (first, _), (second, seconds) = (self._trained(make(precision, TRAINING.dropout)) for _ in range(2))
        return Probe(
            model=name,
            precision=precision,
            logits_difference=_difference(*logits),
            gradients_difference=_difference(*gradients),
            tolerance=_TOLERANCES[precision],
            repeats=torch.equal(first, second),
            tokens_per_second=len(self.tokens.ids) / seconds,
        )

    def _teacher(self, precision: Precision, dropout: float) -> nn.Module:
        """Its adapters change it, so that all that is trained has a gradient."""
        make_deterministic(0)
        model = load_classifier(self.base)
        add_lora(model, Lora().resolved(), dropout)
        for name, parameter in model.named_parameters():
            if ".lora_B." in name:
                nn.init.normal_(parameter, std=0.02)
        to_precision(model, torch.bfloat16 if precision == "bf16" else torch.float32)
        return model

    def _student(self, _precision: Precision, dropout: float) -> nn.Module:
        make_deterministic(0)
        rows, width = self.base.config.vocab_size, self.base.config.n_embd
        shape = StudentShape(cell="lstm", vocab_size=rows, width=width, hidden=width, layers=1, pooling="mean")
        model = RecurrentClassifier(shape, dropout)
        model.train_only(self.tokens.ids)
        return model

    def _gradients(self, model: nn.Module, device: str) -> Tensor:
        """All gradients of the first batch."""
        rows = torch.arange(TRAINING.batch_size)
        loss = cross_entropy_objective(self.labels, device)(model.train()(self.tokens.batch(rows)), rows.to(device))
        loss.backward()  # type: ignore[no-untyped-call]
        return torch.cat([weight.grad.flatten().cpu() for weight in model.parameters() if weight.grad is not None])

    def _trained(self, model: nn.Module) -> tuple[Tensor, float]:
        """What an epoch makes of a model's parameters, and its seconds."""
        model.to(self.device).train()
        state = TrainingState(model, TRAINING, self.device)
        labels = one_hot(self.labels, state.device)
        task = TrainedOn(model, cross_entropy_objective(self.labels, self.device), self.tokens, labels)
        started = time.perf_counter()
        # It ends with a wait for the device.
        train_on(step_of(task, state), state.batches(len(self.tokens)), state, self.tokens.lengths)
        seconds = time.perf_counter() - started
        return torch.cat([weight.detach().flatten().cpu() for weight in state.parameters]), seconds


def _difference(values: Tensor, expected: Tensor) -> float | None:
    """Norm of the difference, divided by the expected values'."""
    difference = float((values - expected).norm() / expected.norm())
    return difference if math.isfinite(difference) else None
