"""Reading files within limits, and the errors that name a line.

Memory is bounded before it is taken: a file, a line and the number of lines each have a limit.
"""

from __future__ import annotations

import codecs
import csv
import io
import reprlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from colacli.data.packed import DataFile
from colacli.errors import DataError

MOST_BYTES = 2**30
"""Of a file; of a Parquet file also uncompressed."""
MOST_LINES = 5_000_000
"""Of a file."""
LONGEST_LINE = 2**20
"""Bytes; the longest sentence that GPT-2 takes is a tenth of it."""
_SHOWN = 60
TEXT_HINT = "give it as text, or leave the row out"


def lines(file: DataFile | Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without line ends; at least one."""
    for number, line in enumerate(physical_lines(file), start=1):
        text = line.removesuffix("\r")
        if not text:
            raise _blank(file, number)
        yield number, text


def text_lines(path: Path) -> list[str]:
    """The lines of a text that aren't blank; at least one.

    Raises:
        DataError: the file can't be read, is not UTF-8, or has blank lines alone.
    """
    texts = [line.strip() for line in physical_lines(path) if line.strip()]
    if not texts:
        raise DataError(f"{path}: the file holds no sentence", "give a text file with a sentence a line")
    return texts


def csv_records(file: DataFile | Path, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its first line; a quoted value may have several lines."""
    reader = csv.reader((f"{line}\n" for line in physical_lines(file)), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if not cells:
                raise _blank(file, number)
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        hint = 'enclose values with delimiters, quotes or newlines in "", and double the quotes inside them'
        raise refusal(file, number, f"not valid CSV: {error}", hint) from error


def physical_lines(file: DataFile | Path) -> Iterator[str]:
    """Text between newlines, at least one line; Unicode's other separators are part of a sentence.

    Where the first lines end with carriage returns alone, as on old Macs, all do.
    """
    number = size = 0
    file = file if isinstance(file, DataFile) else DataFile(file)
    try:
        with file.open() as opened:
            stream: BinaryIO = opened
            begin = opened.peek()[:-1]
            if b"\r" in begin and b"\n" not in begin:
                stream = io.BytesIO(_bounded(file, opened).replace(b"\r", b"\n"))
            for number, line in enumerate(decoded_lines(stream, file), start=1):
                size += len(line)
                check_size(file, number, size)
                yield line
    except OSError as error:
        raise unreadable(file, error) from error
    if number == 0:
        raise empty(file)


def decoded_lines(stream: BinaryIO, where: DataFile | str) -> Iterator[str]:
    """The lines of a stream, without a byte order mark, newlines and blank lines at the end.

    Raises:
        DataError: a line is too long, or not UTF-8; `where` names the stream.
    """
    blank = bytearray()  # blank lines are yielded when another line follows
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
            byte, column = line[error.start], error.start + 1
            problem = f"byte {column} of the line, 0x{byte:02x}, is not UTF-8 ({error.reason})"
            raise refusal(where, number, problem, "save the file as UTF-8") from error


def first_bytes(file: DataFile) -> bytes:
    """The first of them, a few thousand at most.

    Raises:
        DataError: it can't be read.
    """
    try:
        with file.open() as stream:
            return stream.peek()
    except OSError as error:
        raise unreadable(file, error) from error


def read_bytes(file: DataFile) -> bytes:
    """The bytes of a file, unpacked.

    Raises:
        DataError: it can't be read, or is too large.
    """
    try:
        with file.open() as stream:
            return _bounded(file, stream)
    except OSError as error:
        raise unreadable(file, error) from error


def _bounded(file: DataFile, stream: BinaryIO) -> bytes:
    size = stream.seek(0, io.SEEK_END) if stream.seekable() else 0
    check_size(file, 0, size)
    if stream.seekable():
        stream.seek(0)
    content = stream.read(MOST_BYTES + 1)
    check_size(file, 0, len(content))
    return content


def check_size(path: DataFile, rows: int, size: int) -> None:
    """Check a file's rows and bytes.

    Raises:
        DataError: they are beyond the limits.
    """
    if rows > MOST_LINES or size > MOST_BYTES:
        limits = f"{MOST_LINES:,} rows and {MOST_BYTES / 1e9:.1f} GB are the limits"
        raise DataError(f"{path} holds more than is read: {limits}", "give a part of it")


def refusal(path: DataFile | Path | str, number: int | None, problem: str, hint: str) -> DataError:
    """The error for a line of a file, or for the file where `number` is None."""
    unit = "row" if str(path).lower().endswith(".parquet") else "line"
    where = f"{path}, {unit} {number}" if number else str(path)
    return DataError(f"{where}: {problem}", hint)


def empty(path: DataFile) -> DataError:
    """The error for a file without content."""
    return DataError(f"{path}: the file is empty", "give a file with at least one sentence")


def no_sentences(file: DataFile) -> DataError:
    """The error for a file without rows."""
    return DataError(f"{file}: the file holds no sentences", "give a file with at least one sentence")


def _blank(path: DataFile | Path, number: int) -> DataError:
    return refusal(path, number, "the line is blank, expected a sentence", "remove the line")


def unreadable(path: DataFile | Path, error: OSError) -> DataError:
    """The error for a path that can't be opened."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path} does not exist", "check the path for a typing error")
    return DataError(f"{path} can't be read: {error.strerror or error}", "check its permissions")


def text_of(file: DataFile | Path, number: int, column: str, value: object) -> str:
    """A value that is text.

    Raises:
        DataError: it is not.
    """
    if not isinstance(value, str):
        raise refusal(file, number, f"the {column} is {shown(value)}, expected text", TEXT_HINT)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        problem = f"the {column} {shown(value)} has half a surrogate pair, which is no text"
        raise refusal(file, number, problem, "write the character itself, or both escapes of its pair")
    return value


def shown(value: object) -> str:
    """A value for a message, on one line and short."""
    # repr() can't follow lists nested as deeply as JSON allows.
    text = reprlib.repr(value) if isinstance(value, list | dict) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def listed(names: Sequence[str]) -> str:
    """Columns for a message."""
    return ", ".join(shown(name) for name in names[:20]) or "none"
