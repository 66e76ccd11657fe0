"""Labels of the hub are numbers of classes, whose names say what they mean."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from colacli.data.hub import class_names
from colacli.data.layout import Layout
from colacli.data.readers import read_corpus


def write(folder, names, values=(0, 1)):
    """A Parquet file as the hub's library writes it."""
    features = {
        "sentence": {"dtype": "string", "_type": "Value"},
        "label": {"names": names, "_type": "ClassLabel"},
        "parses": [{"dtype": "string", "_type": "Value"}],
    }
    texts = [f"The lamp {number}." for number in range(len(values))]
    table = pa.table({"sentence": texts, "label": pa.array(values), "parses": [["x"]] * len(values)})
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path = folder / "train-00000-of-00001.parquet"
    parquet.write_table(table.replace_schema_metadata(metadata), path)
    return path


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["unacceptable", "acceptable"], [0, 1]),
        (["acceptable", "unacceptable"], [1, 0]),
        (["0", "1"], [0, 1]),
        (["neg", "pos"], [0, 1]),
        ([], [0, 1]),
    ],
)
def test_a_class_means_what_its_name_says(tmp_path, names, labels):
    """Whatever its number is; a name that says nothing of acceptability leaves the number as it is."""
    assert read_corpus(write(tmp_path, names)).split("train").labels == labels


def test_names_can_be_given_a_meaning(tmp_path):
    """As other words can; `data show` says the names that were read."""
    corpus = read_corpus(write(tmp_path, ["fine", "odd"]), Layout(labels=("fine=1", "odd=0")))

    assert corpus.split("train").labels == [1, 0]
    assert corpus.readings[0].labels == {"fine": 1, "odd": 0}


def test_a_number_without_a_class_is_itself(tmp_path):
    """As -1, which stands for no judgement."""
    path = write(tmp_path, ["acceptable", "unacceptable"], (-1, -1))

    assert len(read_corpus(path.rename(tmp_path / "test.parquet")).unlabelled) == 2


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"[" * 100_000, b'{"info": 7}', b'{"info": {"features": {"label": 7}}}', b"\xff"]
)
def test_other_metadata_says_nothing(content):
    """Nothing that stands there is an error."""
    assert class_names({b"huggingface": content}, "label") == []
    assert class_names(None, "label") == class_names({}, None) == []
