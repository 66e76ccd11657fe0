"""Memory is bounded before it is taken: files, lines, rows and what a small Parquet file grows to have limits."""

import io

import pyarrow as pa
import pytest
from pyarrow import parquet

from colacli.data import formats, lines
from colacli.data.lines import decoded_lines
from colacli.data.readers import read_split
from colacli.errors import DataError
from factories.rows import ROWS, WRITERS, written


def repeated(folder, text, rows):
    """A Parquet file in which one text stands many times; it is stored once."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    table = pa.table({"sentence": texts, "label": pa.array([1] * rows)})
    path = folder / "train.parquet"
    parquet.write_table(table, path, compression="zstd")
    return path


def test_a_small_file_does_not_become_a_large_corpus(tmp_path, monkeypatch):
    """A file of a few kB that holds 500 MB of text is refused after a batch of it."""
    path = repeated(tmp_path, "lamp " * 20_000, 5_000)
    monkeypatch.setattr(lines, "MOST_BYTES", 2**22)
    monkeypatch.setattr(formats, "_BATCH", 2**21)
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(DataError, match="holds more than is read"):
        read_split(path, "train")

    assert path.stat().st_size < 10_000
    assert pa.default_memory_pool().max_memory() - before < 2**24


def test_parquet_that_says_it_is_large_is_not_read(tmp_path, monkeypatch):
    """Rows, and bytes uncompressed, are known before anything is read."""
    path = repeated(tmp_path, "A lamp.", 5_000)
    monkeypatch.setattr(lines, "MOST_LINES", 4_999)
    monkeypatch.delattr(formats, "raw_row")
    with pytest.raises(DataError, match="4,999 rows and"):
        read_split(path, "train")


@pytest.mark.parametrize(("limit", "value"), [("MOST_BYTES", 20), ("MOST_LINES", 1)])
@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_has_limits(tmp_path, monkeypatch, suffix, limit, value):
    """The message says them."""
    path = written(tmp_path, f"train{suffix}", WRITERS[suffix](ROWS))
    monkeypatch.setattr(lines, limit, value)
    with pytest.raises(DataError, match="GB are the limits"):
        read_split(path, "train")


@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".jsonl"])
def test_an_endless_line_is_refused(tmp_path, suffix):
    """With its number, and without reading all of it."""
    path = written(tmp_path, f"train{suffix}", b"sentence,label\n" + b"a" * 2**21)
    with pytest.raises(DataError, match=r"line [12]: the line has 1,048,576 bytes or more|line 1"):
        read_split(path, "train")


def test_lines_are_read_as_they_come():
    """A line is there before the next is read, and of an endless one no more than the limit."""
    stream = io.BytesIO(b"\xef\xbb\xbfone\n\r\ntwo\n" + b"x" * 2**21)
    found = decoded_lines(stream, "here")
    taken = [next(found) for _ in range(3)]
    with pytest.raises(DataError, match="here, line 4: the line has 1,048,576 bytes or more"):
        next(found)

    assert taken == ["one", "\r", "two"]
    assert stream.tell() < 2**21


def test_blank_lines_at_the_end_are_none():
    """However many there are."""
    assert list(decoded_lines(io.BytesIO(b"one\n\n\r\n\n"), "here")) == ["one"]
