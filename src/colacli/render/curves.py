"""Training curves: a plot in a terminal, a table where there is none."""

from __future__ import annotations

from dataclasses import astuple
from itertools import zip_longest
from statistics import fmean
from typing import TYPE_CHECKING

from rich.text import Text

from colacli.events import Epoch
from colacli.render.console import Table, one_line
from colacli.render.plots import draw, training_panels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console


def show_curves(histories: Mapping[str, Sequence[Epoch]], console: Console) -> None:
    """Loss, accuracy and MCC by epoch: of one run on train and dev, of several on dev."""
    histories = {one_line(label): history for label, history in histories.items()}  # labels are what a person gave
    drawn = None
    if console.is_terminal and (console.encoding or "").lower().startswith("utf"):
        drawn = draw(training_panels(histories), width=console.width - 1, colour=console.color_system is not None)
    if drawn is not None:
        console.print(Text.from_ansi(drawn))
        return
    for label, history in histories.items():
        history_table(history, "curves" if len(histories) == 1 else f"curves of {label}").show(console)


def mean_history(histories: Sequence[Sequence[Epoch]]) -> list[Epoch]:
    """Epoch by epoch the mean of all runs, or of those that still ran."""
    epochs = ([one for one in together if one is not None] for together in zip_longest(*histories))
    return [_mean_epoch(running) for running in epochs]


def _mean_epoch(running: Sequence[Epoch]) -> Epoch:
    number, rate, tokens, *values = (fmean(column) for column in zip(*map(astuple, running), strict=True))
    return Epoch(round(number), rate, round(tokens), *values)


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
