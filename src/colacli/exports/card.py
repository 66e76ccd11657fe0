"""The model card of an export: that of its run, with what the folder is now."""

from __future__ import annotations

from pathlib import Path

from colacli.results import metrics_of
from colacli.store.run import Run
from colacli.training.card import model_card

CARD = "README.md"


def write_card(run: Run, folder: Path, about: str) -> None:
    """Write it.

    Args:
        run: what was exported.
        folder: of the export.
        about: what the folder is.
    """
    card = model_card(run.spec, about, metrics_of(run), run.best_epoch, run.parameters)
    (folder / CARD).write_text(card, encoding="utf-8")
