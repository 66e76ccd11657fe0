"""An opened file: its columns, and its raw rows, which are not checked yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from colacli.data.layout import Columns, Quoting

COLUMNS = Columns(sentence="sentence", label="label", source="source", mark="mark")


class RawRow(NamedTuple):
    """The values of a row, unchecked; None where a column is missing."""

    line: int
    sentence: object
    label: object
    source: object
    mark: object
    split: object
    id: object
    others: Mapping[str, object]
    """The values of all other columns, by name; of Parquet those that can mark a construction."""


class Table(NamedTuple):
    """An opened file."""

    columns: Columns
    """Those that are taken."""
    names: Sequence[str]
    """All of its columns; of a file without a header its first line."""
    line: int | None
    """Where they stand."""
    rows: Iterator[RawRow]
    quoting: Quoting | None = None
    """Of a text file's values; None in other formats."""


def raw_row(number: int, values: Mapping[str, object], columns: Columns) -> RawRow:
    """The row of a line, from its values by column."""
    sentence, label, source, mark, split, identifier = (None if name is None else values.get(name) for name in columns)
    others = {name: value for name, value in values.items() if name not in columns}
    return RawRow(number, sentence, label, source, mark, split, identifier, others)
