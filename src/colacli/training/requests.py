"""What every training verb is asked beside how to train: from what, on what, where, under which name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from colacli.config import Checked, setting
from colacli.data.layout import AS_USUAL, Layout
from colacli.models.base import DEFAULT_VARIANT, VARIANTS

# Fields that several requests have.
VARIANT: Any = setting(None, f"Base model by name: {', '.join(VARIANTS)}.", shown_default=DEFAULT_VARIANT)
DEVICE: Any = setting("auto", "auto, cpu, cuda, cuda:INDEX or mps.")
FORCE_PRECISION: Any = setting(False, "Compute in bf16 even where that is emulated, and slow.")  # noqa: FBT003
MOVED_BASE: Any = setting(
    None, "Folder of the run's base model, if it has moved.", flag="base", shown_default="where it was"
)
_FORCE: Any = setting(False, "Compute it even if it is stored, and compare the bytes.")  # noqa: FBT003
_DRY_RUN: Any = setting(False, "Print what would be done: the spec, its key, hit or miss.")  # noqa: FBT003


@dataclass(frozen=True, kw_only=True)
class BaseChoice(Checked):
    """Which base model."""

    variant: str | None = VARIANT
    base: Path | None = setting(
        None, "Base model's folder, in the Hugging Face GPT-2 layout; instead of --variant.", shown_default="none"
    )


@dataclass(frozen=True, kw_only=True)
class DataChoice(Checked):
    """Which corpus."""

    data: str = setting("cola", "Corpus: cola, sample, an imported name, a folder or a file.")
    layout: Layout = AS_USUAL


@dataclass(frozen=True, kw_only=True)
class Execution(Checked):
    """Where it runs and what becomes of it; changes no number."""

    name: str | None = setting(None, "Name to give the run, or the runs of all seeds.", shown_default="none")
    seeds: int = setting(1, "Runs to make, with this many seeds from --seed on.", minimum=1, maximum=10_000)
    jobs: int = setting(
        1, "Runs of --seeds to make at once, each with its share of the cores.", minimum=1, maximum=1_000
    )
    device: str = DEVICE
    force_precision: bool = FORCE_PRECISION
    force: bool = _FORCE
    checkpoint_every: float = setting(
        10.0,
        "Minutes between checkpoints in an epoch, beside the one after each; 0 makes none in it.",
        minimum=0.0,
    )
    dry_run: bool = _DRY_RUN


@dataclass(frozen=True, kw_only=True)
class FitOptions(Checked):
    """What a baseline is fitted on, and what becomes of its run. It has no seed: the same data gives the same run."""

    validation: Literal["dev", "holdout"] = setting(
        "dev", "Fit on all of train, or without the tenth that --validation holdout holds out elsewhere."
    )
    name: str | None = setting(None, "Name to give the run.", shown_default="none")
    force: bool = _FORCE
    dry_run: bool = _DRY_RUN

    def execution(self, device: str = "cpu") -> Execution:
        """The same for a training verb's run."""
        return Execution(name=self.name, force=self.force, dry_run=self.dry_run, device=device)
