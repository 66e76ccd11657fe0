"""Every format gives the same sentences, exactly as they stand in the file."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colacli.data.corpus import Sentence, Split
from colacli.data.formats import READERS
from colacli.data.readers import read_split
from colacli.errors import DataError
from factories.rows import ROWS, WRITERS, frame_bytes, parquet, tsv, written


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A folder that the examples of a property share; they overwrite each other's file."""
    return tmp_path_factory.mktemp("scratch")


def split_or_refusal(path):
    """What reading `path` ends in; any other exception than a user's goes through.

    A refusal is its text alone: an error that is kept keeps its frames, and with them the file open.
    """
    try:
        return read_split(path, "train")
    except DataError as error:
        return str(error)


def expected_split(rows):
    """The split that `rows` should become."""
    return Split("train", tuple(Sentence(text, label, source, mark) for source, label, mark, text in rows))


LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\t"), max_size=40)
ROW = st.tuples(LINE, st.sampled_from([0, 1]), LINE, LINE.filter(str.strip))


@pytest.mark.parametrize("suffix", WRITERS)
@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=5))
@example(rows=ROWS)
@example(rows=[("sentence", 1, "", "sentence"), ("label", 0, "", "label")])
@example(rows=[("\ufeffa", 1, "", " \ufeff e\u0301 \x00 ")])
def test_every_format_keeps_every_row(scratch, suffix, rows):
    """Whatever stands in the rows, each format gives them back: the same texts, so the same digest."""
    if suffix == ".tsv" and rows[0][0].startswith("\ufeff"):
        rows = [("", *row[1:]) for row in rows]
    split = read_split(written(scratch, f"train{suffix}", WRITERS[suffix](rows)), "train")
    assert split.texts == [row[3] for row in rows]
    assert split.digest == expected_split(rows).digest


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=5), bom=st.booleans(), final=st.sampled_from(["", "\n", "\n\n\n"]))
def test_line_ends_and_byte_order_marks_change_nothing(scratch, rows, bom, final):
    """CRLF, a byte order mark, no newline or too many at the end: the digest is the same."""
    rows = [(source.lstrip("\ufeff"), *rest) for source, *rest in rows]
    content = tsv(rows).decode().removesuffix("\n") + final
    variant = ("\ufeff" if bom else "") + content.replace("\n", "\r\n")
    split = read_split(written(scratch, "train.tsv", variant.encode()), "train")
    assert split.digest == expected_split(rows).digest


@pytest.mark.parametrize("suffix", READERS)
@settings(deadline=None, max_examples=150)
@given(
    content=st.binary(max_size=200)
    | st.text(st.sampled_from('sentence,label\t\n\r"{}[]:01\ufeff\x00')).map(str.encode)
    | st.binary(max_size=60).map(lambda noise: b"label,sentence\n1," + noise)
    | st.binary(max_size=60).map(lambda noise: b'{"label": 1, "sentence": ' + noise)
)
@example(content=b"PAR1" + b"\x15" * 40 + b"PAR1")
@example(content=b"[" * 100_000)
@example(content=b'{"sentence": ' + b"[" * 900 + b"]" * 900 + b', "label": 1}')
@example(content=b'{"sentence": "a", "label": ' + b"1" * 5000 + b"}")
@example(content=b"label,sentence\n1," + b"a" * 200_000)
@example(content=b'{"sentence": "a", "label": NaN}')
@example(content=b'{"sentence": "\\ud800", "label": 1}')
def test_noise_gives_a_split_or_a_data_error(scratch, suffix, content):
    """Whatever bytes a file holds, reading it ends in a split or in the one error that users see."""
    split = split_or_refusal(written(scratch, f"noise{suffix}", content))
    if isinstance(split, Split):
        "".join(split.texts).encode()
        assert set(split.labels) <= {0, 1}


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damaged_parquet_gives_a_split_or_a_data_error(scratch, data):
    """A Parquet file with a byte changed or its end cut off never ends in another exception."""
    content = bytearray(parquet(ROWS))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, place]))
    split_or_refusal(written(scratch, "damaged.parquet", bytes(content[:cut])))


def test_text_is_kept_exactly(tmp_path):
    """Nothing is stripped, joined or normalised, and a quotation mark is a character like any other."""
    text = '  "Cafe\u0301"\u00a0, he  said '
    path = written(tmp_path, "a.tsv", f'"s\t1\t*\t{text}\r\n'.encode())
    assert read_split(path, "train").sentences == (Sentence(text, 1, '"s', "*", 1),)


def test_quoted_csv_may_run_over_lines(tmp_path):
    """A quoted value keeps its newlines, even CRLF ones, and the rows after it their physical line."""
    content = b'label,sentence\r\n1,"a ""b"",\r\n\r\nc"\r\n0,d\r\n'
    split = read_split(written(tmp_path, "a.csv", content), "train")
    assert [(s.text, s.line) for s in split.sentences] == [('a "b",\r\n\r\nc', 2), ("d", 5)]


def test_labels_may_be_text_in_json(tmp_path):
    """The label "1" means 1; an optional column may be null."""
    path = written(tmp_path, "a.ndjson", b'{"sentence": "a", "label": "1", "mark": null, "x": [1]}')
    assert read_split(path, "train").sentences == (Sentence("a", 1, "", "", 1),)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64", "Int32", "string", "category"])
def test_parquet_labels_of_any_integer_type(tmp_path, dtype):
    """0 and 1 are labels whatever number of bits holds them, and as text or categories too."""
    labels = ["0", "1"] if dtype == "string" else [0, 1]
    frame = pd.DataFrame({"sentence": ["a", "b"], "label": pd.Series(labels, dtype=dtype)})
    assert read_split(written(tmp_path, "a.parquet", frame_bytes(frame)), "train").labels == [0, 1]
