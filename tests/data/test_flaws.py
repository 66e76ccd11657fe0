"""Every flaw of a file is told with its place and what to do."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from colacli.data.formats import READERS
from colacli.data.lines import shown
from colacli.data.readers import read_split
from colacli.errors import DataError
from factories.rows import ROWS, frame_bytes, tsv, written


def refused(path, *parts):
    """The error of reading `path`, once it says all of `parts` and has a hint."""
    with pytest.raises(DataError) as caught:
        read_split(path, "train")
    assert caught.value.message.startswith(str(path))
    assert [part for part in parts if part not in caught.value.message] == []
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("labels", "row", "found"),
    [
        (pd.Series([1, 2]), 2, "2"),
        (pd.Series([1.0, 0.5]), 2, "0.5"),
        (pd.Series([1, None], dtype="Int8"), 2, "None"),
        (pd.Series([1, None]), 2, "None"),
        (pd.Series([1.0, float("inf")]), 2, "inf"),
    ],
)
def test_other_parquet_labels_are_refused_by_row(tmp_path, labels, row, found):
    """Fractions, missing and other numbers are no judgements; the row is named."""
    frame = pd.DataFrame({"sentence": ["a", "b"], "label": labels})
    path = written(tmp_path, "a.parquet", frame_bytes(frame))
    refused(path, f"{path}, row {row}: ", f"the label is {found}, expected 0 or 1")


def test_a_missing_parquet_sentence_is_refused(tmp_path):
    """A null where the sentence should be is told with its row."""
    frame = pd.DataFrame({"sentence": ["a", None], "label": [0, 1]})
    path = written(tmp_path, "a.parquet", frame_bytes(frame))
    refused(path, f"{path}, row 2: ", "the sentence is None, expected text")


def test_missing_parquet_columns_are_refused(tmp_path):
    """A Parquet file without labels is refused with the columns that it has."""
    path = written(tmp_path, "a.parquet", frame_bytes(pd.DataFrame({"sentence": ["a"], "y": [0]})))
    refused(path, f"{path}: ", "no column 'label'; found 'sentence', 'y'")


@pytest.mark.parametrize(
    ("name", "content", "line", "parts"),
    [
        ("a.tsv", b"s\t1\t\ta\ns\t1\ta\n", 2, ["found 3 column(s), expected 4", "'source', 'label', 'mark'"]),
        ("a.tsv", b"s\t1\t\ta\ns\t1\t\ta\tb\n", 2, ["found 5 column(s)"]),
        ("a.tsv", b"s\t2\t\ta\n", 1, ["the label is '2', expected 0 or 1"]),
        ("a.tsv", b"s\tyes\t\ta\n", 1, ["the label is 'yes'"]),
        ("a.tsv", b"s\t-1\t\ta\n", 1, ["the label is -1", "not judged"]),
        ("a.tsv", "s\t\u0661\t\ta\n".encode(), 1, ["the label is"]),
        ("a.tsv", b"s\t1\t\t \n", 1, ["the sentence is ' ', expected words"]),
        ("a.tsv", b"s\t1\t\ta\n\ns\t1\t\tb\n", 2, ["blank"]),
        ("a.tsv", b"s\t1\t\ta\r\n\r\ns\t1\t\tb\r\n", 2, ["blank"]),
        ("a.tsv", b"s\t1\t\ta\ns\t1\t\tb\xff\n", 2, ["byte 7 of the line, 0xff, is not UTF-8"]),
        ("a.tsv", "s\t1\t\ta".encode("utf-16"), 1, ["byte 1 of the line, 0xff"]),
        ("test.tsv", b"index\tsentence\n0\ta\n", 1, ["have no labels", "'index', 'sentence'"]),
        ("a.tsv", b"sentence\tlabel\na\t1\nb\n", 3, ["found 1 column(s), expected 2: 'sentence', 'label'"]),
        ("a.csv", b"words,label\na,1\n", 1, ["no column 'sentence'; found 'words', 'label'"]),
        ("a.csv", b"x;y\n", 1, ["no column 'sentence', 'label'; found 'x', 'y'"]),
        ("a.csv", b"sentence,label,label\na,1,0\n", 1, ["a column is repeated"]),
        ("a.csv", b"sentence,label\na,b,1\n", 2, ["found 3 column(s), expected 2"]),
        ("a.csv", b"sentence,label\na,1\n\nb,1\n", 3, ["blank"]),
        ("a.csv", b'sentence,label\na,1\n"b,1\n', 3, ["not valid CSV"]),
        ("a.csv", b'sentence,label\n"a\nb",1\nc,5\n', 4, ["the label is '5'"]),
        ("a.csv", b'sentence,label\n"a\n\xe9",1\n', 3, ["byte 1 of the line, 0xe9"]),
        ("a.jsonl", b'{"sentence": "a", "label": 1}\n{"sentence": \n', 2, ["not valid JSON", "column 14"]),
        ("a.jsonl", b"[1]\n", 1, ["found [1], expected a JSON object"]),
        ("a.jsonl", b'{"label": 1}\n', 1, ["no column 'sentence'; found 'label'"]),
        ("a.jsonl", b"{}\n", 1, ["no column 'sentence', 'label'; found none"]),
        ("a.jsonl", b'{"sentence": "a", "label": [1]}', 1, ["the label is [1]"]),
        ("a.jsonl", b'{"sentence": "a", "label": 1.5}', 1, ["the label is 1.5"]),
        ("a.jsonl", b'{"sentence": "a", "label": null}', 1, ["the label is None"]),
        ("a.jsonl", b'{"sentence": NaN, "label": 1}', 1, ["the sentence is nan, expected text"]),
        ("a.jsonl", b'{"sentence": "a", "label": 1, "source": 3}', 1, ["the source is 3, expected text"]),
        ("a.jsonl", b'{"sentence": "\\ud83d", "label": 1}', 1, ["half a surrogate pair"]),
    ],
)
def test_a_flaw_is_told_with_its_line(tmp_path, name, content, line, parts):
    """What is wrong, what was expected, and on which line: all stand in the message."""
    path = written(tmp_path, name, content)
    refused(path, f"{path}, line {line}: ", *parts)


def test_glue_test_set_says_what_to_use(tmp_path):
    """The hint for an unlabelled file names the files that have labels."""
    error = refused(written(tmp_path, "test.tsv", b"index\tsentence\n0\ta\n"))
    assert "train.tsv" in error.hint


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_refused(tmp_path, suffix, content):
    """A file without a word is called empty, whatever its format."""
    refused(written(tmp_path, f"a{suffix}", content), "empty")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", b"sentence\tlabel\n"),
        ("a.csv", b"sentence,label\n"),
        ("a.parquet", frame_bytes(pd.DataFrame({"sentence": [], "label": []}))),
    ],
)
def test_a_header_alone_is_refused(tmp_path, name, content):
    """A file that has columns but no rows holds no sentences, and says so."""
    refused(written(tmp_path, name, content), "holds no sentences")


def test_values_in_messages_are_short():
    """A message shows a value on one line, in sixty characters at most."""
    assert shown("a\nb") == r"'a\nb'"
    assert len(shown("a" * 61)) == 60
    assert len(shown(["b" * 90] * 6)) == 60


def test_paths_that_are_no_files_are_refused(tmp_path):
    """A missing path, a folder and a format nobody knows each have their own message."""
    (tmp_path / "folder.tsv").mkdir()
    refused(tmp_path / "missing.tsv", "does not exist")
    refused(tmp_path / "missing", "does not exist")
    refused(tmp_path / "folder.tsv", "is a folder")
    refused(written(tmp_path, "a.xlsx", b"a"), "unknown suffix '.xlsx'", ", ".join(READERS))


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    """What the system forbids is told in its words, without a traceback."""
    path = written(tmp_path, "a.tsv", tsv(ROWS))

    def forbidden(_path, _mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    refused(path, "can't be read: Permission denied")
