"""Consoles, and what all output consists of: safe text, tables, numbers."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

Show = Callable[[str, dict[str, Any], Callable[[Console], None]], None]
"""Prints one result: the command's name, the JSON document, and the function that shows it to a person."""

NARROWEST = 40
"""Columns below which no plot is legible."""
_FOLDED = 12  # characters that suffice for a column of text, folded
_GAP = 2  # characters between two columns
_NUMBER = re.compile(r"(< )?[-+]?[\d,]*\.?\d+( ?%| [kMG]?B)?|\d+(/\d+)+|—|")


def make_console(stream: TextIO) -> Console:
    """A console without markup; where the output is piped, without colour, wrapping or cropping too."""
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=not stream.isatty())


def can_draw(console: Console) -> bool:
    """Whether there can be a plot: in a terminal with UTF-8 that is not too narrow."""
    unicode = (console.encoding or "").lower().startswith("utf")
    return console.is_terminal and unicode and console.width >= NARROWEST


_WITHOUT_BREAKS = {ord("\n"): None, ord("\t"): None}


def say(console: Console, text: str) -> None:
    """Print safe text; a terminal breaks its lines between words."""
    if console.is_terminal:
        console.print(Text(printable(text)))
    else:
        console.file.write(printable(text) + "\n")  # not by Rich, which would turn tabs into spaces


def printable(text: str) -> str:
    """Text with its control characters as escapes, so that none reaches a terminal.

    Unicode's own are among them: its line separators, and what changes the direction of text.
    """
    if text.translate(_WITHOUT_BREAKS).isprintable():  # most text, and fast
        return text
    return "".join(
        character if character in "\n\t" or not _is_control(character) else _escape(character) for character in text
    )


def one_line(text: str) -> str:
    """Safe text for a cell of a tab-separated line."""
    return printable(text).replace("\n", " ").replace("\t", " ")


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode() if ord(character) < 0xD800 else "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Table:
    """Rows under column names: drawn in a terminal, in a narrow one as blocks, tab-separated in a pipe."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    header: bool = True
    """Whether a pipe gets the column names."""

    def show(self, console: Console) -> None:
        """Print it."""
        if not console.is_terminal:
            self._show_piped(console)
        elif self.fits(console) or len(self.columns) <= 3:
            console.print(self._drawn(), soft_wrap=False)
        else:
            self._show_blocks(console)

    def fits(self, console: Console) -> bool:
        """Whether a row takes one line but for folded text: always where it is piped."""
        return not console.is_terminal or self._width() <= console.width

    def _show_piped(self, console: Console) -> None:
        if self.title:
            say(console, f"# {one_line(self.title)}")
        rows = (self.columns, *self.rows) if self.header and any(self.columns) else self.rows
        console.file.write("".join("\t".join(map(one_line, row)) + "\n" for row in rows))

    def _show_blocks(self, console: Console) -> None:
        """One cell per line, for a terminal too narrow for one row per line."""
        if self.title:
            console.print(Text(one_line(self.title), style="bold"))
        for row in self.rows:
            facts(list(zip(self.columns, row, strict=True))).show(console)

    def _width(self) -> int:
        """The least width that it can be drawn in; text may fold, numbers may not."""
        width = _GAP * len(self.columns)
        for index, _ in enumerate(self.columns):
            cells = self._longest_cell(index)
            heading = len(self._heading(index).split("\n")[0])
            width += max(heading, cells if self.is_numeric(index) else min(cells, _FOLDED))
        return width

    def _longest_cell(self, index: int) -> int:
        return max((len(row[index]) for row in self.rows), default=0)

    def is_numeric(self, index: int) -> bool:
        """Whether every cell of a column is a number, or missing."""
        return all(_NUMBER.fullmatch(row[index]) for row in self.rows)

    def _heading(self, index: int) -> str:
        """A column's name, folded to the width of its cells or of its longest word."""
        name = self.columns[index]
        return "\n".join(textwrap.wrap(name, max(self._longest_cell(index), *map(len, name.split()), 1)))

    def _drawn(self) -> RichTable:
        title = Text(one_line(self.title)) if self.title else None
        table = RichTable(title=title, title_justify="left", title_style="bold", padding=(0, 1, 0, 0))
        table.box, table.pad_edge, table.show_header = box.SIMPLE_HEAD, False, any(self.columns)
        for index, _ in enumerate(self.columns):
            numeric = self.is_numeric(index)
            justify: Literal["left", "right"] = "right" if numeric else "left"
            table.add_column(self._heading(index), justify=justify, overflow="fold", no_wrap=numeric)
        for row in self.rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        return table


def facts(rows: Sequence[Sequence[str]], title: str = "") -> Table:
    """A table of names and values, without column names."""
    return Table(["", ""], rows, title)


def percent(fraction: float | None) -> str:
    """0.7045 -> '70.45 %'; None -> '—'."""
    return "—" if fraction is None else f"{100 * fraction:.2f} %"


def decimals(value: float | None) -> str:
    """0.7045 -> '0.7045'; None -> '—'."""
    return "—" if value is None else f"{value:.4f}"


def points(difference: float) -> str:
    """A difference of fractions in percentage points, with its sign: 0.021 -> '+2.10'."""
    return f"{100 * difference:+.2f}"


def counted(count: int, noun: str) -> str:
    """'1 fault', '2,000 faults'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """Bytes in powers of ten: '62.7 kB'."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if round(value, 1) < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours: '8.3 s', '4:07', '1:02:03'."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
