"""Forest plots: differences with their intervals, one row each, around a line at 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.text import Text

from colacli.render.bars import COLOUR, show_rows


@dataclass(frozen=True)
class Interval:
    """One difference within its interval."""

    label: str
    low: float
    value: float
    high: float


def show_forest(intervals: Sequence[Interval], what: str, console: Console) -> None:
    """Draw intervals on one scale that includes 0, or nothing where there can be no plot.

    Args:
        intervals: the differences, printed with one decimal.
        what: what they are differences of.
        console: where to.
    """
    low = min([0.0, *(row.low for row in intervals)])
    high = max([0.0, *(row.high for row in intervals)])
    legend = Text.assemble(("├─●─┤", COLOUR), f" {what}, 95 % interval   │ no difference")
    rows = [(row.label, f"{row.value:+z.1f}".rjust(6), partial(_interval_cells, row, (low, high))) for row in intervals]
    show_rows(rows, legend, console)


def _interval_cells(row: Interval, ends: tuple[float, float], length: int) -> Text:
    """An interval with the line at 0."""
    low, value, high, zero = (_cell(at, ends, length) for at in (row.low, row.value, row.high, 0.0))
    cells = [" "] * length
    cells[low : high + 1] = "─" * (high + 1 - low)
    cells[low], cells[high] = "├", "┤"
    cells[zero] = {" ": "│", "─": "┼"}.get(cells[zero], cells[zero])
    cells[value] = "●"
    text = Text("".join(cells), style=COLOUR)
    if cells[zero] in "│┼":
        text.stylize("default", zero, zero + 1)
    return text


def _cell(value: float, ends: tuple[float, float], length: int) -> int:
    low, high = ends
    return round((value - low) / (high - low) * (length - 1)) if high > low else 0
