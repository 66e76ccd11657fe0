"""Training curves: a plot in a terminal, a table where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from colacli.render.console import Table, one_line
from colacli.render.histories import mean_history
from colacli.render.plots import draw, training_panels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from colacli.events import Epoch


def show_curves(arms: Mapping[str, Sequence[Sequence[Epoch]]], console: Console) -> None:
    """Loss, accuracy and MCC by epoch: of one arm on train and dev, of several on dev.

    Args:
        arms: by name, the histories of each one's runs; of several the mean is shown, and drawn in their band.
        console: where.
    """
    arms = {_label(name, len(runs)): runs for name, runs in arms.items()}
    drawn = None
    if console.is_terminal and (console.encoding or "").lower().startswith("utf"):
        drawn = draw(training_panels(arms), width=console.width - 1, colour=console.color_system is not None)
    if drawn is not None:
        console.print(Text.from_ansi(drawn))
        return
    for label, runs in arms.items():
        history_table(mean_history(runs), "curves" if len(arms) == 1 else f"curves of {label}").show(console)


def _label(name: str, runs: int) -> str:
    """What a curve is called: names are what a person gave."""
    return one_line(name) if runs == 1 else f"{one_line(name)} (mean of {runs})"


def history_table(history: Sequence[Epoch], title: str) -> Table:
    """One row an epoch."""
    columns = ["epoch", "train loss", "dev loss", "train accuracy", "dev accuracy", "train MCC", "dev MCC"]
    rows = [
        [
            str(one.epoch),
            *(f"{value:.4f}" for value in (one.train_loss, one.dev_loss, one.train_accuracy, one.dev_accuracy)),
            f"{one.train_mcc:.4f}",
            f"{one.dev_mcc:.4f}",
        ]
        for one in history
    ]
    return Table(columns, rows, title)
