"""Forms in which corpora are published, each read without an option: what is tried here is in no folder of ours."""

from __future__ import annotations

import io
import json
import zipfile

import pandas as pd
import pytest

from colacli.data.layout import Layout
from colacli.data.readers import read_corpus
from colacli.data.unlabelled import read_unlabelled
from colacli.errors import DataError
from factories.rows import frame_bytes, written

GOOD, BAD = "The lamp is lit.", "Lamp the lit is."


def labels(corpus):
    """By split."""
    return {name: split.labels for name, split in corpus.splits.items()}


def test_glue(tmp_path):
    """Four columns without a header, and a test file with one."""
    written(tmp_path, "train.tsv", f"gj04\t1\t\t{GOOD}\ngj04\t0\t*\t{BAD}\n".encode())
    written(tmp_path, "dev.tsv", f"gj04\t1\t\t{GOOD}\n".encode())
    written(tmp_path, "test.tsv", f"index\tsentence\n0\t{GOOD}\n1\t{BAD}\n".encode())
    corpus = read_corpus(tmp_path)

    assert labels(corpus) == {"train": [1, 0], "in_domain_dev": [1]}
    assert (corpus.unlabelled.ids, corpus.unlabelled.texts) == (["0", "1"], [GOOD, BAD])
    assert corpus.sizes == {"train": 2, "in_domain_dev": 1}


@pytest.mark.parametrize("folder", ["", "data"])
def test_a_folder_of_the_hub(tmp_path, folder):
    """Parquet shards with `idx`; the test split's labels are -1."""

    def rows(texts, values, first=0):
        ids = range(first, first + len(texts))
        return frame_bytes(pd.DataFrame({"sentence": texts, "label": values, "idx": ids}))

    inner = tmp_path / folder
    written(inner, "train-00000-of-00002.parquet", rows([GOOD], [1]))
    written(inner, "train-00001-of-00002.parquet", rows([BAD, GOOD], [0, 1], 1))
    written(inner, "validation-00000-of-00001.parquet", rows([GOOD], [1]))
    written(inner, "test-00000-of-00001.parquet", rows([GOOD, BAD], [-1, -1], 7))
    written(tmp_path, "README.md", b"A card.")
    corpus = read_corpus(tmp_path)

    assert labels(corpus) == {"train": [1, 0, 1], "in_domain_dev": [1]}
    assert corpus.unlabelled.ids == ["7", "8"]
    assert corpus.split("train").location(2).endswith("train-00001-of-00002.parquet, line 2")
    assert read_unlabelled(inner / "test-00000-of-00001.parquet").ids == ["7", "8"]


def test_cola_s_archive_as_it_is(tmp_path):
    """Raw and tokenised files under the same names: the raw ones are meant."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("in_domain_train", "in_domain_dev", "out_of_domain_dev"):
            archive.writestr(f"cola_public/tokenized/{name}.tsv", f"s\t1\t\t{GOOD.replace('.', ' .')}\n")
            archive.writestr(f"cola_public/raw/{name}.tsv", f"s\t1\t\t{GOOD}\n")
        archive.writestr("cola_public/README", "A corpus.")
    corpus = read_corpus(written(tmp_path, "cola_public_1.1.zip", stream.getvalue()))

    assert labels(corpus) == {"train": [1], "in_domain_dev": [1], "out_of_domain_dev": [1]}
    assert {text for split in corpus.splits.values() for text in split.texts} == {GOOD}


def test_one_file_with_a_split_column(tmp_path):
    """As ItaCoLA's: the splits come in their order, each sentence with the line of the file."""
    rows = [
        ("UniqueIndexID", "Source", "Acceptability", "Sentence", "Split"),
        ("1", "A_1999", "1", GOOD, "train"),
        ("2", "A_1999", "0", BAD, "test"),
        ("3", "B", "1", GOOD, "Dev"),
        ("4", "B", "0", BAD, "train"),
    ]
    content = "".join("\t".join(row) + "\n" for row in rows)
    corpus = read_corpus(written(tmp_path, "corpus.tsv", content.encode()))

    assert labels(corpus) == {"train": [1, 0], "in_domain_dev": [1], "test": [0]}
    assert [sentence.line for sentence in corpus.split("train").sentences] == [2, 5]
    assert corpus.split("test").sentences[0].source == "A_1999"


def test_a_split_column_that_contradicts_the_file(tmp_path):
    """Which is right, a person has to say; or that the column means something else."""
    written(tmp_path, "train.csv", f"sentence,label,split\n{GOOD},1,train\n{BAD},0,dev\n".encode())
    written(tmp_path, "dev.csv", f"sentence,label,split\n{GOOD},1,dev\n".encode())
    with pytest.raises(DataError, match=r"train\.csv, line 3: the split is 'dev', but the file's name says train"):
        read_corpus(tmp_path)

    assert labels(read_corpus(tmp_path, Layout(columns=("split=",)))) == {"train": [1, 0], "in_domain_dev": [1]}


def test_a_word_in_a_split_column_that_is_none(tmp_path):
    """Line, word and the way out."""
    path = written(tmp_path, "a.csv", f"sentence,label,split\n{GOOD},1,fold3\n".encode())
    with pytest.raises(DataError, match="line 2: the split is 'fold3', which is no split") as caught:
        read_corpus(path)

    assert "--columns split=" in caught.value.hint
    assert labels(read_corpus(path, Layout(columns=("split=",)))) == {"train": [1]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kaggle.csv", f"Id,Sentence,Label\n1,{GOOD},1\n2,{BAD},0\n"),
        ("semicolons.csv", f"sentence;label\n{GOOD};1\n{BAD};0\n"),
        ("tabs.csv", f"sentence\tlabel\n{GOOD}\t1\n{BAD}\t0\n"),
        ("bars.csv", f"sentence|label\n{GOOD}|1\n{BAD}|0\n"),
        ("carriage.csv", f"sentence,label\r{GOOD},1\r{BAD},0\r"),
        ("carriage.tsv", f"sentence\tlabel\r{GOOD}\t1\r{BAD}\t0"),
        ("windows.csv", f"\ufeffSentence;Label\r\n{GOOD};1\r\n{BAD};0\r\n"),
        ("booleans.csv", f"text,is_acceptable\n{GOOD},True\n{BAD},False\n"),
        ("words.csv", f"text,label\n{GOOD},acceptable\n{BAD},unacceptable\n"),
        ("grammar.tsv", f"text\tlabel\n{GOOD}\tgrammatical\n{BAD}\tUngrammatical\n"),
        ("fractions.csv", f"text,acceptability\n{GOOD},1.0\n{BAD},0.0\n"),
        ("lines.json", f'{{"sentence": "{GOOD}", "label": 1}}\n{{"sentence": "{BAD}", "label": 0}}\n'),
        ("array.json", json.dumps([{"text": GOOD, "label": True}, {"text": BAD, "label": False}])),
        ("pretty.json", json.dumps([{"text": GOOD, "label": 1.0}, {"text": BAD, "label": 0.0}], indent=2)),
        ("mixed.jsonl", f'{{"label": "good", "text": "{GOOD}"}}\n{{"text": "{BAD}", "label": "bad", "more": 1}}\n'),
    ],
)  # fmt: skip
def test_other_forms(tmp_path, name, content):
    """Each gives the same two sentences."""
    corpus = read_corpus(written(tmp_path, name, content.encode()))

    assert (corpus.split("train").texts, corpus.split("train").labels) == ([GOOD, BAD], [1, 0])


@pytest.mark.parametrize("dtype", ["bool", "float64", "int8", "str"])
def test_labels_in_parquet(tmp_path, dtype):
    """Of any type."""
    frame = pd.DataFrame({"Text": [GOOD, BAD], "Acceptable": pd.Series([1, 0]).astype(dtype)})

    assert labels(read_corpus(written(tmp_path, "a.parquet", frame_bytes(frame)))) == {"train": [1, 0]}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".json", ".parquet"])
def test_a_test_file_without_labels(tmp_path, suffix):
    """In any format: it is the test split of its folder, and read for a submission by its ids."""
    frame = pd.DataFrame({"id": ["a", "b"], "sentence": [GOOD, BAD]})
    content = {
        ".csv": lambda: frame.to_csv(index=False).encode(),
        ".tsv": lambda: frame.to_csv(index=False, sep="\t").encode(),
        ".jsonl": lambda: frame.to_json(orient="records", lines=True).encode(),
        ".json": lambda: frame.to_json(orient="records").encode(),
        ".parquet": lambda: frame_bytes(frame),
    }[suffix]()
    path = written(tmp_path, f"test{suffix}", content)
    written(tmp_path, "train.tsv", f"s\t1\t\t{GOOD}\n".encode())

    assert read_unlabelled(path).ids == ["a", "b"]
    assert read_corpus(tmp_path).unlabelled.texts == [GOOD, BAD]


def test_an_unlabelled_split_is_not_measured(tmp_path):
    """What takes it is named, also where there is nothing else."""
    written(tmp_path, "test.csv", f"id,sentence\n1,{GOOD}\n".encode())
    alone = read_corpus(tmp_path)
    written(tmp_path, "dev.csv", f"label,sentence\n1,{GOOD}\n".encode())
    for corpus, name in ((alone, "train"), (alone, "test"), (read_corpus(tmp_path), "test")):
        with pytest.raises(DataError, match="has no labels") as caught:
            corpus.split(name)
        assert "--submission" in caught.value.hint
    with pytest.raises(DataError, match="no split 'train'; it has in_domain_dev"):
        read_corpus(tmp_path).split("train")


def test_half_a_test_split_has_labels(tmp_path):
    """Then each must have one, and the first without is named."""
    written(tmp_path, "test.csv", f"sentence,label\n{GOOD},1\n{BAD},-1\n".encode())
    with pytest.raises(DataError, match=r"test\.csv, line 3: the label is -1"):
        read_corpus(tmp_path)


def test_a_label_that_is_named_and_missing(tmp_path):
    """In a file that needs it."""
    path = written(tmp_path, "train.csv", f"id,sentence,y\n1,{GOOD},1\n".encode())
    with pytest.raises(DataError, match=r"line 1: no column 'z', which --columns label=z names; found 'id', "):
        read_corpus(path, Layout(columns=("label=z",)))


def test_labels_of_other_words(tmp_path):
    """Given on the command line; the reading says what they mean."""
    path = written(tmp_path, "a.csv", f"sentence,label\n{GOOD},ok\n{BAD},*\n".encode())
    corpus = read_corpus(path, Layout(labels=("ok=1", "*=0")))

    assert labels(corpus) == {"train": [1, 0]}
    assert corpus.readings[0].labels == {"ok": 1, "*": 0}
    with pytest.raises(DataError, match="line 2: the label is 'ok', expected 0 or 1") as caught:
        read_corpus(path)
    assert "--labels WORD=1,WORD=0" in caught.value.hint
