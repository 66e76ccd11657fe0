"""Differences with their intervals, a row each, around a line at 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table as RichTable
from rich.text import Text

from colacli.render.console import one_line
from colacli.render.plots import NARROWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_LONGEST = 80
_COLOUR = "color(32)"  # stands out on dark and on light terminals


@dataclass(frozen=True)
class Row:
    """One difference, within its interval."""

    label: str
    low: float
    value: float
    high: float


def show_forest(rows: Sequence[Row], what: str, console: Console) -> None:
    """Draw them on one scale that holds 0; nothing where they can't be: in a pipe, a narrow terminal, without UTF-8.

    Args:
        rows: the differences, shown to a tenth.
        what: what they are differences of.
        console: where to.
    """
    unicode = (console.encoding or "").lower().startswith("utf")
    if not rows or not console.is_terminal or not unicode or console.width < NARROWEST:
        return
    labels = [one_line(row.label) for row in rows]
    longest = min(max(map(cell_len, labels)), console.width * 2 // 5)
    length = min(console.width - longest - 10, _LONGEST)
    ends = min(0.0, *(row.low for row in rows)), max(0.0, *(row.high for row in rows))
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=longest)
    grid.add_column(no_wrap=True, justify="right", min_width=6)
    grid.add_column(no_wrap=True)
    for label, row in zip(labels, rows, strict=True):
        grid.add_row(Text(label), f"{row.value:+z.1f}", _drawn(row, ends, length))
    console.print(Text.assemble(("├─●─┤", _COLOUR), f" {what}, 95 % interval   │ no difference"))
    console.print(grid)


def _drawn(row: Row, ends: tuple[float, float], length: int) -> Text:
    """An interval in cells, with the line at 0."""
    low, value, high, zero = (_cell(at, ends, length) for at in (row.low, row.value, row.high, 0.0))
    cells = [" "] * length
    cells[low : high + 1] = "─" * (high + 1 - low)
    cells[low], cells[high] = "├", "┤"
    cells[zero] = {" ": "│", "─": "┼"}.get(cells[zero], cells[zero])
    cells[value] = "●"
    text = Text("".join(cells), style=_COLOUR)
    if cells[zero] in "│┼":
        text.stylize("default", zero, zero + 1)
    return text


def _cell(value: float, ends: tuple[float, float], length: int) -> int:
    low, high = ends
    return round((value - low) / (high - low) * (length - 1)) if high > low else 0
