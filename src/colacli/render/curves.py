"""Training curves of runs: a plot in a terminal, a table where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from statistics import fmean

from rich.console import Console
from rich.text import Text

from colacli.events import Epoch
from colacli.render.console import Table, can_draw, decimals, one_line
from colacli.render.plots import Curve, Panel, draw

Histories = Sequence[Sequence[Epoch]]
"""Those of the runs of one arm."""

_MEASURES = (("loss", "loss"), ("accuracy", "accuracy"), ("mcc", "MCC"))  # field of Epoch, title


def show_curves(arms: Mapping[str, Histories], console: Console) -> None:
    """Loss, accuracy and MCC by epoch: of one arm on train and dev, of several on dev.

    Args:
        arms: histories by name; for several runs the plot shows their mean and range, the table their mean.
        console: where to.
    """
    arms = {one_line(name) + _mean_of(runs): runs for name, runs in arms.items() if any(runs)}
    if not arms:  # what was trained elsewhere has no history
        return
    plot = None
    if can_draw(console):
        plot = draw(training_panels(arms), width=console.width - 1, colour=console.color_system is not None)
    if plot is not None:
        console.print(Text.from_ansi(plot))
        return
    for label, runs in arms.items():
        _history_table(mean_history(runs), "curves" if len(arms) == 1 else f"curves of {label}").show(console)


def training_panels(arms: Mapping[str, Histories]) -> list[Panel]:
    """Loss, accuracy and MCC by epoch: train and dev for one arm, dev for several."""
    if len(arms) == 1:
        (runs,) = arms.values()
        sides = [(side + _mean_of(runs), side, runs) for side in ("train", "dev")]
    else:
        sides = [(label, "dev", runs) for label, runs in arms.items()]
    prefix = "" if len(arms) == 1 else "dev "
    return [
        Panel(prefix + title, [_curve(label, f"{side}_{field}", runs) for label, side, runs in sides])
        for field, title in _MEASURES
    ]


def by_epoch(runs: Histories) -> list[list[Epoch]]:
    """The first epoch of all runs, the second, and so on; a run that has ended is left out."""
    return [[epoch for epoch in epochs if epoch is not None] for epochs in zip_longest(*runs)]


def mean_history(runs: Histories) -> list[Epoch]:
    """The mean of the runs, epoch by epoch."""
    history = []
    for epochs in by_epoch(runs):
        columns = zip(*(epoch.numbers for epoch in epochs), strict=False)  # without an AUC that only some have
        number, rate, tokens, *values = map(fmean, columns)
        history.append(Epoch(round(number), rate, round(tokens), *values))
    return history


def _curve(label: str, field: str, runs: Histories) -> Curve:
    """The mean of the runs, in the band between the least and the largest value of them."""
    epochs = by_epoch(runs)
    values = [[getattr(epoch, field) for epoch in epochs_of_runs] for epochs_of_runs in epochs]
    band = (list(map(min, values)), list(map(max, values))) if len(runs) > 1 else (None, None)
    return Curve(label, [epochs_of_runs[0].epoch for epochs_of_runs in epochs], list(map(fmean, values)), *band)


def _mean_of(runs: Histories) -> str:
    return f" (mean of {len(runs)})" if len(runs) > 1 else ""


def _history_table(history: Sequence[Epoch], title: str) -> Table:
    columns = ["epoch", "train loss", "dev loss", "train accuracy", "dev accuracy", "train MCC", "dev MCC"]
    fields = [column.lower().replace(" ", "_") for column in columns[1:]]
    rows = [[str(epoch.epoch), *(decimals(getattr(epoch, field)) for field in fields)] for epoch in history]
    return Table(columns, rows, title)
