"""The four file formats: each a small generator from a path to raw rows, not yet checked.

Memory is bounded before it is taken: a file, a line and the number of lines each have a limit.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import reprlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from colacli.errors import DataError

COLUMNS = ("source", "label", "mark", "sentence")
"""The columns of a file without a header, in order."""

MOST_BYTES = 2**30
"""Of a file; of a Parquet file also uncompressed."""
MOST_LINES = 5_000_000
"""Of a file."""
LONGEST_LINE = 2**20
"""Bytes; the longest sentence that GPT-2 takes is a tenth of it."""
_BATCH = 2**26
"""Bytes of a Parquet file's rows that are in memory at a time, at most."""
_SHOWN = 60
_COLUMNS_HINT = "name the columns 'sentence' and 'label'; 'source' and 'mark' are optional"


class RawRow(NamedTuple):
    """What a file says on one line, not checked yet; None where it says nothing."""

    line: int
    source: object
    label: object
    mark: object
    sentence: object


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
        raise _empty(path)
    with _damage_told(path):
        import pyarrow as pa  # slow to import, and only this format needs it
        from pyarrow.parquet import ParquetFile

        file = ParquetFile(pa.BufferReader(content))
        _require_columns(path, None, file.schema_arrow.names)
        longest = _check_parquet(path, file.metadata)
        names = [name for name in COLUMNS if name in file.schema_arrow.names]
        number = size = 0
        for batch in file.iter_batches(max(1, _BATCH // max(1024, longest)), columns=names):
            batch.validate(full=True)  # what a damaged file says of its texts may lead out of memory
            size += batch.nbytes
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                yield _raw_row(number, dict(zip(batch.schema.names, cells, strict=True)))
            _check_size(path, number, size)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # what a damaged file raises is not documented, and comes in many kinds
        hint = "write it again, for example with pandas.DataFrame.to_parquet"
        raise DataError(f"{path}: not a Parquet file that can be read: {error}", hint) from error


def _check_parquet(path: Path, metadata: Any) -> int:
    """See that what it holds, uncompressed, is within the limits; bytes that no value of it is longer than.

    A text that is repeated is there once, so that all rows together may be far larger. What a file says of its single
    columns is not asked for: where it is damaged, the library ends the process.
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    sizes = [group.total_byte_size for group in groups]
    _check_size(path, sum(group.num_rows for group in groups), sum(sizes))
    return max(sizes, default=0)


READERS: dict[str, Callable[[Path], Iterator[RawRow]]] = {
    ".tsv": _tsv,
    ".txt": _tsv,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
"""What reads a file, by its suffix in lower case."""


def _is_header(cells: Sequence[str]) -> bool:
    # A row of data has its label in the second column, even when its sentence is the word "sentence".
    return "sentence" in cells and cells[1:2] not in (["0"], ["1"])


def _by_column(path: Path, header: Sequence[str], records: Iterable[tuple[int, list[str]]]) -> Iterator[RawRow]:
    for number, cells in records:
        if len(cells) != len(header):
            problem = f"found {len(cells)} column(s), expected {len(header)}: {listed(header)}"
            hint = "separate columns as the suffix says, and put no separator inside an unquoted value"
            raise refusal(path, number, problem, hint)
        yield _raw_row(number, dict(zip(header, cells, strict=True)))


def _raw_row(number: int, values: Mapping[str, object]) -> RawRow:
    return RawRow(number, *(values.get(column) for column in COLUMNS))


def _require_columns(path: Path, number: int | None, found: Collection[str]) -> None:
    names = list(found)
    if sum(names.count(column) for column in COLUMNS) > len(set(names) & set(COLUMNS)):
        raise refusal(path, number, f"a column stands twice; found {listed(names)}", "leave one of them out")
    missing = [column for column in ("sentence", "label") if column not in names]
    if missing == ["label"] and "index" in names:
        hint = "GLUE's test set has no labels; use its train.tsv or dev.tsv, or `colacli eval --submission glue`"
        raise refusal(path, number, f"the sentences have no labels; found columns {listed(names)}", hint)
    if missing:
        raise refusal(path, number, f"no column {listed(missing)}; found {listed(names)}", _COLUMNS_HINT)


def listed(names: Sequence[str]) -> str:
    """Columns as a message shows them."""
    return ", ".join(shown(name) for name in names[:20]) or "none"


def csv_records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on; a quoted value may run over several."""
    reader = csv.reader((f"{line}\n" for line in _physical_lines(path)), strict=True)
    number = 1
    try:
        for cells in reader:
            if not cells:
                raise _blank(path, number)
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        hint = 'enclose values with commas, quotes or newlines in "", and double the quotes inside them'
        raise refusal(path, number, f"not valid CSV: {error}", hint) from error


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


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without their ends; at least one."""
    for number, line in enumerate(_physical_lines(path), start=1):
        text = line.removesuffix("\r")
        if not text:
            raise _blank(path, number)
        yield number, text


def text_lines(path: Path) -> list[str]:
    """A text's lines that aren't blank; at least one.

    Raises:
        DataError: the file can't be read, is not UTF-8, or holds nothing but blanks.
    """
    found = [line.strip() for line in _physical_lines(path) if line.strip()]
    if not found:
        raise DataError(f"{path}: the file holds no sentence", "give a text file with a sentence a line")
    return found


def _physical_lines(path: Path) -> Iterator[str]:
    """What stands between two newlines: Unicode's other separators are part of a sentence; at least one."""
    number = size = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(decoded_lines(stream, path), start=1):
                size += len(line)
                _check_size(path, number, size)
                yield line
    except OSError as error:
        raise unreadable(path, error) from error
    if number == 0:
        raise _empty(path)


def decoded_lines(stream: BinaryIO, where: Path | str) -> Iterator[str]:
    """A stream's lines, without a byte order mark, newlines and the blank lines at its end.

    Raises:
        DataError: a line is longer than any sentence, or not UTF-8; `where` names the stream.
    """
    blank = bytearray()  # a blank line is only told when another follows
    for number, ended in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
        line = ended.removesuffix(b"\n")
        if len(line) == LONGEST_LINE:
            raise refusal(where, number, f"the line has {LONGEST_LINE:,} bytes or more", "give one sentence a line")
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if line in (b"", b"\r"):
            blank += ended
            continue
        yield from (end.removesuffix(b"\n").decode() for end in io.BytesIO(blank))
        blank.clear()
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte, place = line[error.start], error.start + 1
            problem = f"byte {place} of the line, 0x{byte:02x}, is not UTF-8 ({error.reason})"
            raise refusal(where, number, problem, "save the file as UTF-8") from error


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        DataError: the system does not give them, or they are too many.
    """
    try:
        with path.open("rb") as stream:
            _check_size(path, 0, os.fstat(stream.fileno()).st_size)
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    _check_size(path, 0, len(content))
    return content


def _check_size(path: Path, rows: int, size: int) -> None:
    if rows > MOST_LINES or size > MOST_BYTES:
        raise DataError(
            f"{path} holds more than is read: {MOST_LINES:,} rows and {MOST_BYTES / 1e9:.1f} GB are the limits",
            "give a part of it",
        )


def _empty(path: Path) -> DataError:
    return DataError(f"{path}: the file is empty", "give a file with at least one judged sentence")


def shown(value: object) -> str:
    """A value as a message shows it: on one line, and short."""
    # A nest of lists as deep as JSON allows is more than repr() can follow.
    text = reprlib.repr(value) if isinstance(value, list | dict) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def refusal(path: Path | str, number: int | None, problem: str, hint: str) -> DataError:
    """The error for one line of a file, or for the whole of it when `number` is None."""
    unit = "row" if str(path).lower().endswith(".parquet") else "line"
    where = f"{path}, {unit} {number}" if number else str(path)
    return DataError(f"{where}: {problem}", hint)


def _blank(path: Path, number: int) -> DataError:
    return refusal(path, number, "the line is blank, expected a sentence", "remove the line")


def unreadable(path: Path, error: OSError) -> DataError:
    """The error for a path that the system gives nothing for."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path} does not exist", "check the path for a typing error")
    return DataError(f"{path} can't be read: {error.strerror or error}", "check its permissions")
