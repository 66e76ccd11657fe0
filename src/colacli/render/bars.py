"""Plots with one row per label: horizontal bars with a mark, and what forest plots share with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from colacli.render.console import can_draw, one_line, percent

COLOUR = "color(32)"  # legible on dark and on light terminals
_LONGEST = 80  # columns of a bar for 100 %; longer ones are no easier to compare
_MARKED = {" ": "│", "╸": "┥", "━": "┿"}  # a cell, and the same with the mark on it


@dataclass(frozen=True)
class Bar:
    """One row; both fractions lie between 0 and 1."""

    label: str
    fraction: float
    mark: float


# Not plotext's bars: they fill their rows, so that neighbours run into one block, and have no marks. Rich's own Bar
# fills its row too. Thin lines leave rows apart.
def show_bars(bars: Sequence[Bar], bar_legend: str, mark_legend: str, console: Console) -> None:
    """Draw bars in the order given, or nothing where there can be no plot.

    Args:
        bars: the rows.
        bar_legend: what the length of a bar means.
        mark_legend: what the mark on it means.
        console: where to.
    """
    legend = Text.assemble(("━━", COLOUR), f" {bar_legend}   │ {mark_legend}")
    show_rows([(bar.label, percent(bar.fraction).rjust(8), partial(_bar_cells, bar)) for bar in bars], legend, console)


def show_rows(rows: Sequence[tuple[str, str, Callable[[int], Text]]], legend: Text, console: Console) -> None:
    """Draw a legend and rows of label, number and cells, or nothing where there can be no plot.

    Args:
        rows: label, number, and what draws the row in a number of columns.
        legend: the first line.
        console: where to.
    """
    if not rows or not can_draw(console):
        return
    labels = [one_line(label) for label, _, _ in rows]
    label_width = min(max(map(cell_len, labels)), console.width * 2 // 5)
    number_width = max(len(number) for _, number, _ in rows)
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=label_width)
    grid.add_column(no_wrap=True, justify="right", min_width=number_width)
    grid.add_column(no_wrap=True)
    length = min(console.width - label_width - number_width - 3, _LONGEST)
    for label, (_, number, draw) in zip(labels, rows, strict=True):
        grid.add_row(Text(label), number, draw(length))
    console.print(legend)
    console.print(grid)


def _bar_cells(bar: Bar, length: int) -> Text:
    """A bar to half a cell, with its mark."""
    halves = round(2 * length * bar.fraction)
    cells = list(("━" * (halves // 2) + "╸" * (halves % 2)).ljust(length))
    at = min(int(bar.mark * length), length - 1)
    cells[at] = _MARKED[cells[at]]
    text = Text("".join(cells), style=COLOUR)
    text.stylize("default", at, at + 1)
    return text
