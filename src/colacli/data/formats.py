"""The four file formats: a generator each, from a path to raw rows, which are not checked yet."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from colacli.data.lines import check_size, csv_records, empty, lines, listed, read_bytes, refusal, shown
from colacli.errors import DataError

COLUMNS = ("source", "label", "mark", "sentence")
"""The columns of a file without a header, in order."""

_MARKS = {"bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
"""Types of Parquet's columns that can mark a construction."""
_BATCH = 2**26
"""Bytes of a Parquet file's rows in memory at a time, at most."""


class RawRow(NamedTuple):
    """The values of a row, unchecked; None where a column is missing."""

    line: int
    source: object
    label: object
    mark: object
    sentence: object
    others: Mapping[str, object]
    """The values of all other columns, by name."""


def _tsv(path: Path) -> Iterator[RawRow]:
    """No quoting: a quotation mark is part of its sentence."""
    records = ((number, line.split("\t")) for number, line in lines(path))
    number, first = next(records)
    if _is_header(first):
        _require_columns(path, number, first)
        yield from _by_column(path, first, records)
    else:
        yield from _by_column(path, COLUMNS, [(number, first)])
        yield from _by_column(path, COLUMNS, records)


def _csv(path: Path) -> Iterator[RawRow]:
    records = csv_records(path)
    number, header = next(records)
    _require_columns(path, number, header)
    yield from _by_column(path, header, records)


def _jsonl(path: Path) -> Iterator[RawRow]:
    for number, line in lines(path):
        values = _json_object(path, number, line)
        _require_columns(path, number, values)
        yield _raw_row(number, values)


def _parquet(path: Path) -> Iterator[RawRow]:
    content = read_bytes(path)
    if not content.removeprefix(codecs.BOM_UTF8).strip(b"\r\n"):
        raise empty(path)
    with _parquet_errors(path):
        import pyarrow as pa  # slow to import, and only this format needs it
        from pyarrow.parquet import ParquetFile

        file = ParquetFile(pa.BufferReader(content))
        _require_columns(path, None, file.schema_arrow.names)
        longest = _check_parquet(path, file.metadata)
        fields = [field.name for field in file.schema_arrow if str(field.type) in _MARKS]
        names = [name for name in dict.fromkeys((*COLUMNS, *fields)) if name in file.schema_arrow.names]
        number = size = 0
        for batch in file.iter_batches(max(1, _BATCH // max(1024, longest)), columns=names):
            batch.validate(full=True)  # a damaged file's text offsets may lead out of memory
            size += batch.nbytes
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield _raw_row(number, dict(zip(batch.schema.names, cells, strict=True)))
            check_size(path, number, size)


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # damaged files raise many undocumented types
        hint = "write it again, for example with pandas.DataFrame.to_parquet"
        raise DataError(f"{path}: not a Parquet file that can be read: {error}", hint) from error


def _check_parquet(path: Path, metadata: Any) -> int:
    """Check that the uncompressed size is within the limits, and return a bound on the bytes of a value.

    A repeated text is stored once, so all rows together may be far larger. The metadata of single columns is not read:
    in a damaged file it makes the library end the process.
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    sizes = [group.total_byte_size for group in groups]
    check_size(path, sum(group.num_rows for group in groups), sum(sizes))
    return max(sizes, default=0)


READERS: dict[str, Callable[[Path], Iterator[RawRow]]] = {
    ".tsv": _tsv,
    ".txt": _tsv,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
"""The reader of each suffix, in lower case."""


def _is_header(cells: Sequence[str]) -> bool:
    # A row of data has its label in the second column, even when its sentence is the word "sentence".
    return "sentence" in cells and cells[1:2] not in (["0"], ["1"])


def check_columns(path: Path, number: int, header: Sequence[str], cells: Sequence[str], hint: str) -> None:
    """Check that a record has as many values as the header.

    Raises:
        DataError: it has not.
    """
    if len(cells) != len(header):
        problem = f"found {len(cells)} column(s), expected {len(header)}: {listed(header)}"
        raise refusal(path, number, problem, hint)


def _by_column(path: Path, header: Sequence[str], records: Iterable[tuple[int, list[str]]]) -> Iterator[RawRow]:
    hint = "separate columns as the suffix says, and put no separator inside an unquoted value"
    for number, cells in records:
        check_columns(path, number, header, cells, hint)
        yield _raw_row(number, dict(zip(header, cells, strict=True)))


def _raw_row(number: int, values: Mapping[str, object]) -> RawRow:
    others = {name: value for name, value in values.items() if name not in COLUMNS}
    source, label, mark, sentence = (values.get(column) for column in COLUMNS)
    return RawRow(number, source, label, mark, sentence, others)


def _require_columns(path: Path, number: int | None, header: Collection[str]) -> None:
    names = list(header)
    if sum(names.count(column) for column in COLUMNS) > len(set(names) & set(COLUMNS)):
        raise refusal(path, number, f"a column is repeated; found {listed(names)}", "leave one of them out")
    missing = [column for column in ("sentence", "label") if column not in names]
    if missing == ["label"] and "index" in names:
        hint = "GLUE's test set has no labels; use its train.tsv or dev.tsv, or `colacli eval --submission glue`"
        raise refusal(path, number, f"the sentences have no labels; found columns {listed(names)}", hint)
    if missing:
        hint = "name the columns 'sentence' and 'label'; 'source' and 'mark' are optional"
        raise refusal(path, number, f"no column {listed(missing)}; found {listed(names)}", hint)


def _json_object(path: Path, number: int, line: str) -> dict[str, object]:
    hint = 'write one object a line, such as {"sentence": "It rains.", "label": 1}'
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise refusal(path, number, f"not valid JSON ({reason}): {shown(line)}", hint) from error
    if not isinstance(value, dict):
        raise refusal(path, number, f"found {shown(value)}, expected a JSON object", hint)
    return value
