"""Options of pretraining: a student's recurrent layers as a language model of a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from colacli.config import Checked, Precision, Schedule, Training, setting
from colacli.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Pretraining(Checked):
    """What is learned of a text."""

    size: int | None = setting(
        None,
        "Sentences to train on; more of them begin with the fewer.",
        minimum=1,
        maximum=10_000_000,
        shown_default="all but those held out",
    )
    kd_weight: float = setting(
        0.0,
        "Weight of the divergence from the base model's next-token distributions, beside the text's tokens.",
        minimum=0.0,
        maximum=1e6,
    )
    temperature: float | None = setting(
        1.0, "Both sides' logits are divided by it; used with --kd-weight.", above=0.0, maximum=1e4
    )
    negatives: int | None = setting(
        None,
        "Sampled softmax: tokens drawn in each step that its own are told from, and one another; not with --kd-weight.",
        minimum=1,
        maximum=10_000_000,
        shown_default="the whole vocabulary",
        later=True,
    )

    def __post_init__(self) -> None:
        """Check limits and combinations."""
        super().__post_init__()
        if self.negatives is not None and self.kd_weight:
            message = "--negatives: the base model's distributions, for --kd-weight, are of the whole vocabulary"
            raise UsageError(message, "leave one of them out")

    def resolved(self, available: int, vocabulary: int) -> Pretraining:
        """With the number of sentences, of so many; unused options at fixed values, so that they change no key."""
        size = min(self.size or available, available)
        negatives = self.negatives if self.negatives is not None and self.negatives < vocabulary else None
        temperature = self.temperature if self.kd_weight else None
        return replace(self, size=size, temperature=temperature, negatives=negatives)


@dataclass(frozen=True, kw_only=True)
class Optimisation(Checked):
    """The options of `Training` that a language model has: the held-out loss chooses the epoch."""

    epochs: int = setting(1, "Passes over the sentences.", minimum=1, maximum=100_000)
    batch_size: int = setting(64, "Sentences a step.", minimum=1, maximum=1_000_000)
    learning_rate: float = setting(1e-3, "Adam's learning rate, at the first step.", flag="lr", above=0.0, maximum=1e3)
    dropout: float = setting(0.1, "Fraction of a layer's inputs dropped in training.", minimum=0.0, below=1.0)
    clip: float = setting(1.0, "Largest gradient norm; longer gradients are scaled to it.", above=0.0, maximum=1e6)
    seed: int = setting(0, "Fixes initial values, data order and dropout.", minimum=0, below=2**62)
    patience: int = setting(
        0, "Stop after this many epochs without a better one; 0 never stops early.", minimum=0, maximum=100_000
    )
    select: Literal["best", "last"] = setting("best", "Epoch that is stored: that of the least held-out loss, or last.")
    precision: Precision = setting("auto", "Arithmetic; auto is bf16 where the device computes it fast.")
    schedule: Schedule = setting(
        "constant",
        "How --lr goes down to 0 over all steps: not at all, in a line, or along a half cosine.",
        flag="lr-schedule",
        later=True,
    )

    def resolved(self, precision: Precision) -> Training:
        """As a spec has it, with the precision of the device."""
        options = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Training(**{**options, "precision": precision}, validation="holdout", select_by="loss")

    @classmethod
    def of(cls, training: Training) -> Optimisation:
        """The options that give this."""
        return cls(**{name: getattr(training, name) for name in cls.__dataclass_fields__})
