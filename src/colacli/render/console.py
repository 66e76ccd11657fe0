"""Consoles, and the few shapes all output is made of: text made safe, tables, numbers."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Show = Callable[[str, dict[str, Any], Callable[[Console], None]], None]

_FOLDED = 12
"""Characters of a text column that are enough to read it by, folded."""
_GAP = 2
"""Characters between two columns."""
_NUMBER = re.compile(r"(< )?[-+]?[\d,]*\.?\d+( ?%| [kMG]?B)?|—|")


def make_console(stream: TextIO) -> Console:
    """A console that adds nothing of its own: no colour, wrapping or cropping where the output is piped."""
    piped = not stream.isatty()
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=piped)


def say(console: Console, text: str) -> None:
    """Print lines of text as they are, made safe; a terminal breaks them between words.

    Past Rich where the output is piped: it would turn tabs into spaces.
    """
    if console.is_terminal:
        console.print(Text(printable(text)))
    else:
        console.file.write(printable(text) + "\n")


def printable(text: str) -> str:
    """Text in which control characters are shown as escapes, so that none reaches a terminal.

    Those of Unicode are among them, which turn the direction of text, and its own ends of lines.
    """
    return "".join(
        character if character in "\n\t" or not _is_control(character) else _escape(character) for character in text
    )


def one_line(text: str) -> str:
    """Safe as a cell of a tab-separated line."""
    return printable(text).replace("\n", " ").replace("\t", " ")


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode() if ord(character) < 0xD800 else "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Table:
    """Rows under column names: drawn in a terminal, a block a row in a narrow one, tab-separated elsewhere."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    header: bool = True
    """Whether the column names stand above the rows where the output is piped."""

    def show(self, console: Console) -> None:
        """Print it."""
        if not console.is_terminal:
            self._show_piped(console)
        elif self._width() <= console.width or len(self.columns) <= 3:
            console.print(self._drawn(), soft_wrap=False)
        else:
            self._show_blocks(console)

    def _show_piped(self, console: Console) -> None:
        if self.title:
            say(console, f"# {one_line(self.title)}")
        for row in (self.columns, *self.rows) if self.header and any(self.columns) else self.rows:
            say(console, "\t".join(one_line(cell) for cell in row))

    def _show_blocks(self, console: Console) -> None:
        """A line a cell, for a terminal too narrow for a line a row."""
        if self.title:
            console.print(Text(one_line(self.title), style="bold"))
        for row in self.rows:
            facts = [[name, cell] for name, cell in zip(self.columns, row, strict=True)]
            Table(["", ""], facts).show(console)

    def _width(self) -> int:
        """Columns of a terminal that are enough; text may fold, numbers may not."""
        widths = [len(self._heading(index).split("\n")[0]) for index in range(len(self.columns))]
        for index, _ in enumerate(self.columns):
            longest = max((len(row[index]) for row in self.rows), default=0)
            widths[index] = max(widths[index], longest if self._is_numeric(index) else min(longest, _FOLDED))
        return sum(widths) + _GAP * len(widths)

    def _is_numeric(self, index: int) -> bool:
        return all(_NUMBER.fullmatch(row[index]) for row in self.rows)

    def _heading(self, index: int) -> str:
        """A column's name, folded to be no wider than its cells need."""
        cells = max((len(row[index]) for row in self.rows), default=0)
        words = self.columns[index].split()
        return "\n".join(textwrap.wrap(self.columns[index], max(cells, *map(len, words), 1))) if words else ""

    def _drawn(self) -> RichTable:
        title = Text(one_line(self.title)) if self.title else None
        table = RichTable(title=title, title_justify="left", title_style="bold", padding=(0, 1, 0, 0))
        table.box, table.pad_edge, table.show_header = box.SIMPLE_HEAD, False, any(self.columns)
        for index, _ in enumerate(self.columns):
            numeric = self._is_numeric(index)
            heading = self._heading(index)
            table.add_column(heading, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
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
        if round(value, 1) < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds for people: '8.3 s', '4:07', '1:02:03'."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
