"""What every training verb is asked beside how to train: from what, on what, where, under which name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colacli.config import Checked, setting


@dataclass(frozen=True, kw_only=True)
class BaseChoice(Checked):
    """Which base model."""

    variant: str = setting("gpt2", "Base model by name: distilgpt2, gpt2, gpt2-medium, gpt2-large, gpt2-xl.")
    base: Path | None = setting(
        None,
        "Base model's folder, in the Hugging Face GPT-2 layout; instead of --variant.",
        shown_default="none",
    )


@dataclass(frozen=True, kw_only=True)
class DataChoice(Checked):
    """Which corpus."""

    data: str = setting("cola", "Corpus: cola, an imported name, a folder or a file.")


@dataclass(frozen=True, kw_only=True)
class Execution(Checked):
    """Where it runs and what becomes of it; changes no number."""

    name: str | None = setting(None, "Name to give the run, or the runs of all seeds.", shown_default="none")
    seeds: int = setting(1, "Runs to make, with this many seeds from --seed on.", minimum=1)
    device: str = setting("auto", "auto, cpu, cuda, cuda:INDEX or mps.")
    force: bool = setting(False, "Compute it even if it is stored, and compare the bytes.")  # noqa: FBT003
    dry_run: bool = setting(False, "Print what would be done: the spec, its key, hit or miss.")  # noqa: FBT003
