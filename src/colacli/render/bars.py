"""Shares as horizontal bars, a row each, with a mark on every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table as RichTable
from rich.text import Text

from colacli.render.console import one_line, percent
from colacli.render.plots import NARROWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_LONGEST = 80  # columns of a whole bar; longer ones are no easier to compare
_COLOUR = "color(32)"  # stands out on dark and on light terminals
_MARKED = {" ": "│", "╸": "┥", "━": "┿"}  # a cell, and the same with the mark on it


@dataclass(frozen=True)
class Bar:
    """One row; both shares lie between 0 and 1."""

    label: str
    share: float
    mark: float


# Not plotext's bars: they fill their rows, so that many rows run into one block, they can't have a mark each, and the
# ticks of their frame stand unevenly. Rich's own Bar fills its row too and has no mark. Thin lines leave rows apart.
def show_bars(bars: Sequence[Bar], share: str, mark: str, console: Console) -> None:
    """Draw them in the order given; nothing where they can't be: in a pipe, a narrow terminal, or without UTF-8.

    Args:
        bars: the rows.
        share: what a bar tells.
        mark: what the mark on it tells.
        console: where to.
    """
    unicode = (console.encoding or "").lower().startswith("utf")
    if not bars or not console.is_terminal or not unicode or console.width < NARROWEST:
        return
    labels = [one_line(bar.label) for bar in bars]
    longest = min(max(map(cell_len, labels)), console.width * 2 // 5)
    length = min(console.width - longest - len(percent(1)) - 3, _LONGEST)
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=longest)
    grid.add_column(no_wrap=True, justify="right", min_width=len(percent(1)))
    grid.add_column(no_wrap=True)
    for label, bar in zip(labels, bars, strict=True):
        grid.add_row(Text(label), percent(bar.share), _drawn(bar, length))
    console.print(Text.assemble(("━━", _COLOUR), f" {share}   │ {mark}"))
    console.print(grid)


def _drawn(bar: Bar, length: int) -> Text:
    """A bar in cells, to half a cell."""
    halves = round(2 * length * bar.share)
    cells = list(("━" * (halves // 2) + "╸" * (halves % 2)).ljust(length))
    at = min(int(bar.mark * length), length - 1)
    cells[at] = _MARKED[cells[at]]
    text = Text("".join(cells), style=_COLOUR)
    text.stylize("default", at, at + 1)
    return text
