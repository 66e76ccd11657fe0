"""Consoles, and the few shapes all output is made of: text made safe, tables, numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Show = Callable[[str, dict[str, Any], Callable[[Console], None]], None]

_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+( ?%| [kMG]?B)?|—|")


def make_console(stream: TextIO) -> Console:
    """A console that adds nothing of its own: no colour, wrapping or cropping where the output is piped."""
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


def printable(text: str) -> str:
    """Text in which control characters are shown as escapes, so that none reaches a terminal."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character)[0] != "C" else _escape(character)
        for character in text
    )


def _one_line(text: str) -> str:
    """Safe as a cell of a tab-separated line."""
    return printable(text).replace("\n", " ").replace("\t", " ")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode() if ord(character) < 0xD800 else "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Table:
    """Rows under column names; drawn in a terminal, tab-separated elsewhere."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    wrap: set[str] = field(default_factory=set)
    """Columns whose text may take several lines in a terminal."""
    header: bool = True
    """Whether the column names stand above the rows where the output is piped."""

    def show(self, console: Console) -> None:
        """Print it."""
        if console.is_terminal:
            console.print(self._drawn(), soft_wrap=False)
            return
        if self.title:
            console.print(f"# {printable(self.title)}")
        for row in (self.columns, *self.rows) if self.header and any(self.columns) else self.rows:
            console.print("\t".join(_one_line(cell) for cell in row))

    def _drawn(self) -> RichTable:
        table = RichTable(
            title=self.title or None,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            show_header=any(self.columns),
        )
        for index, column in enumerate(self.columns):
            numeric = all(_NUMBER.fullmatch(row[index]) for row in self.rows)
            many = column in self.wrap
            justify: Literal["left", "right"] = "right" if numeric else "left"
            table.add_column(column, justify=justify, overflow="fold" if many else "ellipsis", no_wrap=not many)
        for row in self.rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        return table


def percent(share: float) -> str:
    """0.7045 -> '70.45 %'."""
    return f"{100 * share:.2f} %"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign: 0.021 -> '+2.10'."""
    return f"{100 * difference:+.2f}"


def size(count: int) -> str:
    """Bytes for people, in powers of ten."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds for people: '8.3 s', '4:07', '1:02:03'."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
