"""One array of objects is read as objects a line are; every flaw has its line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colacli.data.readers import read_split
from colacli.errors import DataError
from factories.rows import ROWS, documents, written


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_an_array_may_be_on_one_line_or_many(tmp_path, indent):
    """Lines are counted where they are; one line may be longer than a line of text may be."""
    rows = [*documents(ROWS), {"sentence": "a" * 2**20, "label": 1, "source": "x"}]
    split = read_split(written(tmp_path, "a.json", json.dumps(rows, indent=indent).encode()), "train")

    assert split.texts == [row["sentence"] for row in rows]
    assert [sentence.line for sentence in split.sentences] == {None: [1, 1, 1], 0: [2, 8, 14], 2: [2, 8, 14]}[indent]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "holds no sentences"),
        ("[", "line 1: not valid JSON"),
        ('[{"sentence": "a", "label": 1}', r"line 1: no ',' or '\]' follows"),
        ('[{"sentence": "a", "label": 1},]', "line 1: the array has a comma before its end"),
        ('[\n{"sentence": "a", "label": 1}\n{"sentence": "a", "label": 1}]', r"line 2: no ',' or '\]' follows"),
        ('[{"sentence": "a", "label": 1}] []', "line 1: more follows the array"),
        ('[{"sentence": "a", "label": 1},\n\n 7]', "line 3: found 7, expected a JSON object"),
        ('[{"sentence": "a", "label": 1},\n{"sentence": "a", "label": 3}]', "line 2: the label is 3"),
        ('[{"sentence": "a", "label": 1},\n{"label": 1}]', "line 2: no column 'sentence'"),
        ('[{"sentence": "a", "label": 1},\n{"sentence": "b"}]', "line 2: the label is None"),
        ("[[[[", "line 1: "),
        ("[" * 100_000, "line 1: "),
        ('[{"sentence": "a", "label": ' + "1" * 5000 + "}]", "line 1: not valid JSON"),
    ],
)
def test_flaws_are_named_with_their_line(tmp_path, content, said):
    """What is wrong, and where."""
    with pytest.raises(DataError, match=said) as caught:
        read_split(written(tmp_path, "a.json", content.encode()), "train")

    assert caught.value.hint


def test_bytes_that_are_no_text(tmp_path):
    """The line is named."""
    with pytest.raises(DataError, match="line 2: byte 0xff is not UTF-8"):
        read_split(written(tmp_path, "a.json", b'[{"sentence": "a",\n"label": \xff}]'), "train")


@settings(deadline=None, max_examples=200)
@given(content=st.text(st.sampled_from('[]{},:"1\n a')))
def test_any_array_gives_a_split_or_a_data_error(tmp_path_factory, content):
    """Never another exception."""
    path = tmp_path_factory.getbasetemp() / "odd.json"
    path.write_text(f"[{content}")
    with pytest.raises(DataError):
        read_split(path, "train")
