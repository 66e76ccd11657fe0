"""How a table's columns are set: numbers to the right, short texts on one line, long ones in what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from colacli.render.console import Table

_SHORT = 24  # characters that are not broken
_KEY = 64  # nor can such ones be
_LINE = 100  # characters of a line of a LaTeX table
_GAP = 2
_LEAST = 0.15


def column_kind(table: Table, index: int) -> Literal["number", "short", "long"]:
    """How a column is set."""
    if table.is_numeric(index):
        return "number"
    is_key = all(row[index].isalnum() and row[index].isascii() for row in table.rows)
    return "short" if _width(table, index) <= (_KEY if is_key else _SHORT) else "long"


def column_types(table: Table) -> str:
    """The same as the argument of a LaTeX table; long columns share the rest of the line."""
    kinds = [column_kind(table, index) for index in range(len(table.columns))]
    taken = sum(_width(table, index) + _GAP for index, kind in enumerate(kinds) if kind != "long")
    left = max(_LEAST, (1 - taken / _LINE) / max(1, kinds.count("long")) - 0.03)
    types = {"number": "r", "short": "l", "long": rf"p{{{left:.2f}\linewidth}}"}
    return "@{}" + "".join(types[kind] for kind in kinds) + "@{}"


def _width(table: Table, index: int) -> int:
    return max((len(row[index]) for row in (table.columns, *table.rows)), default=0)
