"""A column of nothing but 0 and 1, or True and False, marks a construction."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.data.constructions import ConstructionColumns
from colacli.data.readers import read_split
from factories.rows import ROWS, frame_bytes, tsv, written

COLUMNS = ["sentence", "label", "Passive", "Wh island", "id", "note", "score"]
VALUES = [["Seen by it.", 0, 1, 0, 0, "x", 2], ["It rains.", 1, 0, 1, 1, "1", 1]]
EXPECTED = [("Passive",), ("Wh island",)]


def texts(separator, rows=VALUES):
    """Rows as text, below their header."""
    return "\n".join(separator.join(map(str, row)) for row in (COLUMNS, *rows)).encode()


def truths():
    """The same with True and False."""
    return [[text, label, bool(one), bool(other), *rest] for text, label, one, other, *rest in VALUES]


WRITTEN = {
    "a.tsv": texts("\t"),
    "b.tsv": texts("\t", truths()),
    "c.csv": texts(","),
    "d.jsonl": "\n".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in VALUES).encode(),
    "e.jsonl": "\n".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in truths()).encode(),
    "f.parquet": frame_bytes(pd.DataFrame(VALUES, columns=COLUMNS)),
    "g.parquet": frame_bytes(pd.DataFrame(truths(), columns=COLUMNS)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_marks_are_found_in_every_format(tmp_path, name):
    """Ids, notes and other numbers are no marks; the constructions are named as their columns."""
    split = read_split(written(tmp_path, name, WRITTEN[name]), "train")

    assert [sentence.constructions for sentence in split.sentences] == EXPECTED


@pytest.mark.parametrize("name", WRITTEN)
def test_marks_change_no_digest(tmp_path, name):
    """A corpus with an annotation is the corpus without it: no key depends on it."""
    plain = written(tmp_path, "plain.csv", b"sentence,label\nSeen by it.,0\nIt rains.,1\n")
    split = read_split(written(tmp_path, name, WRITTEN[name]), "train")

    assert split.digest == read_split(plain, "train").digest


def test_a_file_without_a_header_has_no_constructions(tmp_path):
    """CoLA's own form marks none."""
    split = read_split(written(tmp_path, "train.tsv", tsv(ROWS)), "train")

    assert [sentence.constructions for sentence in split.sentences] == [(), ()]


def test_objects_may_lack_a_column(tmp_path):
    """What is not in every row is no mark."""
    lines = b'{"sentence": "A.", "label": 1, "Passive": 1, "Neg": 1}\n{"sentence": "B.", "label": 1, "Neg": 0}'
    split = read_split(written(tmp_path, "train.jsonl", lines), "train")

    assert [sentence.constructions for sentence in split.sentences] == [("Neg",), ()]


def test_a_semicolon_in_a_name_becomes_a_comma():
    """In written files semicolons stand between constructions."""
    columns = ConstructionColumns()
    columns.add({" Wh; island ": "1"})

    assert columns.rows() == [("Wh, island",)]


_marks = st.sampled_from(["0", "1", "True", "False", 0, 1, True, False, "2", "", None, 1.0, 2, -1])


@given(st.lists(st.lists(_marks, min_size=3, max_size=3), min_size=1, max_size=8))
def test_a_column_marks_where_all_its_values_are_marks(rows):
    """Whatever the values: a column counts if each of them is one of eight, and then marks the true rows."""
    columns = ConstructionColumns()
    for row in rows:
        columns.add(dict(zip("abc", row, strict=True)))
    known = {"0": False, "1": True, "True": True, "False": False}

    def mark(value):
        return known.get(value) if isinstance(value, str) else value in (1, True)

    def is_mark(value):
        return value in known if isinstance(value, str) else isinstance(value, int) and value in (0, 1)

    kept = [index for index in range(3) if all(is_mark(row[index]) for row in rows)]
    assert columns.rows() == [tuple("abc"[index] for index in kept if mark(row[index])) for row in rows]
