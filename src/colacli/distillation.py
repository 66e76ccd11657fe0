"""Options of distillation: the loss, and the transfer set that the teacher labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from colacli.config import REQUIRED, Checked, setting
from colacli.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Distillation(Checked):
    """Options of the distillation loss (Hinton, Vinyals, Dean 2015)."""

    temperature: float | None = setting(
        2.0, "Both sides' logits are divided by it; unused by mse.", above=0.0, maximum=1e4
    )
    kd_weight: float = setting(0.5, "Weight of the teacher's part of the loss.", minimum=0.0, maximum=1e6)
    ce_weight: float = setting(0.5, "Weight of the labels' part of the loss.", minimum=0.0, maximum=1e6)
    kd_loss: Literal["kl", "mse"] = setting("kl", "T^2 KL(teacher || student), or squared error of the logits.")
    ensemble: Literal["logits", "probabilities"] = setting(
        "logits", "The average where --teacher names several runs: of logits or probabilities.", later=True
    )
    teacher_control: Literal["none", "shuffled", "hard"] = setting(
        "none", "A control: logits shuffled among sentences, or hard decisions instead of logits.", later=True
    )
    hidden_weight: float = setting(
        0.0,
        "Weight of the distance between the teacher's last state and its prediction from the student's.",
        minimum=0.0,
        maximum=1e6,
        later=True,
    )
    prefix_weight: float = setting(
        0.0,
        "Weight of T^2 KL(teacher || student) of every prefix, which a head of its own judges from the state there.",
        minimum=0.0,
        maximum=1e6,
        later=True,
    )

    def __post_init__(self) -> None:
        """Check limits and combinations."""
        super().__post_init__()
        if self.teacher_control == "hard" and self.hidden_weight:
            raise UsageError("--teacher-control hard leaves no states for --hidden-weight", "leave one of them out")
        if self.teacher_control == "hard" and self.prefix_weight:
            message = "--teacher-control hard leaves no probabilities for --prefix-weight"
            raise UsageError(message, "leave one of them out")
        if self.teacher_control == "hard" and self.kd_loss == "mse":
            raise UsageError("--teacher-control hard leaves no logits for --kd-loss mse", "leave --kd-loss out")
        if self.kd_weight == 0 and self.ce_weight == 0:
            raise UsageError("--kd-weight and --ce-weight are both 0", "give at least one a positive weight")

    def resolved(self, teachers: int = 1) -> Distillation:
        """With unused options at fixed values, so that they change no key: temperature, average of one teacher."""
        ensemble = self.ensemble if teachers > 1 else "logits"
        is_soft = self.teacher_control != "hard" or ensemble == "probabilities"
        uses_temperature = (self.kd_loss == "kl" and is_soft) or self.prefix_weight > 0
        return replace(self, temperature=self.temperature if uses_temperature else None, ensemble=ensemble)


RECIPES = ("contextual", "generated", "parts", "words")
"""Sources of a transfer set, beside a text file."""


@dataclass(frozen=True, kw_only=True)
class Transfer(Checked):
    """The unlabelled sentences that the teacher labels."""

    recipes: tuple[str, ...] = ()
    """In order; empty for a file alone."""
    sentences: str | None = None
    """SHA-256 of a file's sentences; None for recipes alone."""
    size: int = setting(REQUIRED, "Sentences.", minimum=1, maximum=10_000_000)
    seed: int = setting(REQUIRED, "Fixes the sentences.", minimum=0, below=2**62)
    train_repeats: int = setting(
        1, "Times that an epoch has each training sentence.", minimum=1, maximum=10_000, later=True
    )

    def __post_init__(self) -> None:
        """Check that there is a known source."""
        super().__post_init__()
        if not (self.recipes or self.sentences) or set(self.recipes) - set(RECIPES):
            raise UsageError(f"{self.recipes} is not a source of sentences", f"known are {', '.join(RECIPES)}")
