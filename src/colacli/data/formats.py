"""The file formats: a function each, from a file to its columns and its raw rows, which are not checked yet."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from colacli.data.hub import class_names
from colacli.data.json_objects import array_elements, json_lines
from colacli.data.layout import AS_USUAL, USUAL, Columns, Layout, choose_columns
from colacli.data.lines import (
    check_size,
    csv_records,
    empty,
    first_bytes,
    lines,
    listed,
    no_sentences,
    physical_lines,
    read_bytes,
    refusal,
)
from colacli.data.packed import DataFile
from colacli.data.quoting import delimiter_of, header_cells, is_quoted
from colacli.data.table import COLUMNS, RawRow, Table, raw_row
from colacli.errors import DataError

_ORDER = ("source", "label", "mark", "sentence")
"""The columns of a file without a header, in order."""

_MARKS = {"bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
"""Types of Parquet's columns that can mark a construction."""
_BATCH = 2**26
"""Bytes of a Parquet file's rows in memory at a time, at most."""


def open_table(file: DataFile, layout: Layout = AS_USUAL) -> Table:
    """The columns and rows of a file in the format of its ending.

    Raises:
        DataError: the format is not known, the file can't be read, or its columns are not those of a corpus; the rows
            raise one for a line that is not in its format.
    """
    reader = READERS.get(file.suffix)
    if reader is None:
        problem = f"{file}: unknown suffix {file.suffix!r}; known are {', '.join(READERS)}, also with .gz, .xz or .zip"
        raise DataError(problem, "convert the file to one of these formats, or rename it")
    return reader(file, layout)


def _tsv(file: DataFile, layout: Layout) -> Table:
    """Without a header: the four columns of CoLA, where a quotation mark is part of its sentence."""
    first = header_cells(next(physical_lines(file)).removesuffix("\r"), "\t")
    if _is_header(first, layout):
        return _headed(file, layout, "\t", quoted=_is_quoted(file, layout, "\t"))
    records = _records(file, "\t", quoted=layout.quoting == "csv")
    rows = _by_column(file, _ORDER, COLUMNS, records)
    return Table(COLUMNS, first, 1, rows, "csv" if layout.quoting == "csv" else "none")


def _csv(file: DataFile, layout: Layout) -> Table:
    delimiter = delimiter_of(next(physical_lines(file)), layout)
    return _headed(file, layout, delimiter, quoted=layout.quoting != "none")


def _headed(file: DataFile, layout: Layout, delimiter: str, *, quoted: bool) -> Table:
    records = _records(file, delimiter, quoted=quoted)
    number, header = next(records)
    columns = choose_columns(file, number, header, layout)
    rows = _by_column(file, header, columns, records)
    return Table(columns, header, number, rows, "csv" if quoted else "none")


def _is_quoted(file: DataFile, layout: Layout, delimiter: str) -> bool:
    return is_quoted(file, delimiter) if layout.quoting == "auto" else layout.quoting == "csv"


def _records(file: DataFile, delimiter: str, *, quoted: bool) -> Iterator[tuple[int, list[str]]]:
    if quoted:
        return csv_records(file, delimiter)
    return ((number, line.split(delimiter)) for number, line in lines(file))


def _json(file: DataFile, layout: Layout) -> Table:
    """An object a line, or one array of objects."""
    is_array = first_bytes(file).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")
    return _objects(file, layout, array_elements(file) if is_array else json_lines(file))


def _jsonl(file: DataFile, layout: Layout) -> Table:
    return _objects(file, layout, json_lines(file))


def _objects(file: DataFile, layout: Layout, objects: Iterator[tuple[int, dict[str, object]]]) -> Table:
    first = next(objects, None)
    if first is None:
        raise no_sentences(file)
    number, values = first
    columns = choose_columns(file, number, list(values), layout)
    return Table(columns, list(values), number, _object_rows(file, layout, chain([first], objects)))


def _object_rows(file: DataFile, layout: Layout, objects: Iterable[tuple[int, dict[str, object]]]) -> Iterator[RawRow]:
    names: list[str] = []
    for number, values in objects:
        if names != list(values):  # objects may have different fields
            names = list(values)
            columns = choose_columns(file, number, names, layout)
        yield raw_row(number, values, columns)


def _parquet(file: DataFile, layout: Layout) -> Table:
    content = read_bytes(file)
    if not content.removeprefix(codecs.BOM_UTF8).strip(b"\r\n"):
        raise empty(file)
    with _parquet_errors(file):
        import pyarrow as pa  # slow to import, and only this format needs it
        from pyarrow.parquet import ParquetFile

        opened = ParquetFile(pa.BufferReader(content))
        names = opened.schema_arrow.names
        columns = choose_columns(file, None, names, layout)
        longest = _check_parquet(file, opened.metadata)
    classes = class_names(opened.schema_arrow.metadata, columns.label)
    if not all(layout.meaning(name) in (0, 1) for name in classes):
        classes = []  # such as "neg" and "pos"; then the numbers mean what they usually do
    rows = _parquet_rows(file, opened, columns, max(1, _BATCH // max(1024, longest)))
    return Table(columns, names, None, (_with_class(row, classes) for row in rows) if classes else rows)


def _parquet_rows(file: DataFile, opened: Any, columns: Columns, batch_size: int) -> Iterator[RawRow]:
    number = size = 0
    marks = [field.name for field in opened.schema_arrow if str(field.type) in _MARKS]
    names = [name for name in dict.fromkeys((*columns, *marks)) if name is not None]
    with _parquet_errors(file):
        for batch in opened.iter_batches(batch_size, columns=names):
            batch.validate(full=True)  # a damaged file's text offsets may lead out of memory
            size += batch.nbytes
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield raw_row(number, dict(zip(batch.schema.names, cells, strict=True)), columns)
            check_size(file, number, size)


def _with_class(row: RawRow, classes: list[str]) -> RawRow:
    """A row whose label is the name of its class, where it has one."""
    if isinstance(row.label, int) and 0 <= row.label < len(classes):
        return row._replace(label=classes[row.label])
    return row


@contextmanager
def _parquet_errors(file: DataFile) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # damaged files raise many undocumented types
        hint = "write it again, for example with pandas.DataFrame.to_parquet"
        raise DataError(f"{file}: not a Parquet file that can be read: {error}", hint) from error


def _check_parquet(file: DataFile, metadata: Any) -> int:
    """Check that the uncompressed size is within the limits, and return a bound on the bytes of a value.

    A repeated text is stored once, so all rows together may be far larger. The metadata of single columns is not read:
    in a damaged file it makes the library end the process.
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    sizes = [group.total_byte_size for group in groups]
    check_size(file, sum(group.num_rows for group in groups), sum(sizes))
    return max(sizes, default=0)


READERS: dict[str, Callable[[DataFile, Layout], Table]] = {
    ".tsv": _tsv,
    ".txt": _tsv,
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
"""The reader of each suffix, in lower case."""


def _is_header(cells: Sequence[str], layout: Layout) -> bool:
    # A row of data has its label in the second column, even when its sentence is the word "sentence".
    named = dict(layout.named_columns())
    sentences = (named["sentence"].casefold(),) if "sentence" in named else USUAL["sentence"]
    names = [cell.strip().casefold() for cell in cells]
    return any(name in sentences for name in names) and cells[1:2] not in (["0"], ["1"])


def check_columns(file: DataFile | Path, number: int, header: Sequence[str], cells: Sequence[str], hint: str) -> None:
    """Check that a record has as many values as the header.

    Raises:
        DataError: it has not.
    """
    if len(cells) != len(header):
        raise refusal(file, number, f"found {len(cells)} column(s), expected {len(header)}: {listed(header)}", hint)


def _by_column(
    file: DataFile, header: Sequence[str], columns: Columns, records: Iterable[tuple[int, list[str]]]
) -> Iterator[RawRow]:
    hint = "separate columns as the suffix says, and put no separator inside an unquoted value"
    if columns is COLUMNS:
        hint += "; if line 1 is a header, say which column is which with --columns sentence=NAME,label=NAME"
    for number, cells in records:
        check_columns(file, number, header, cells, hint)
        yield raw_row(number, dict(zip(header, cells, strict=True)), columns)
