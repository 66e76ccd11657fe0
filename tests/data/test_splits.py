"""Names of files and words in a column become splits; what could be two things is an error."""

from __future__ import annotations

import zipfile

import pytest

from colacli.data.splits import file_at, find_files, split_of
from colacli.errors import DataError
from factories.rows import ROWS, jsonl, parquet, tsv, written


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("train", "train"),
        ("Train", "train"),
        (" TRAIN ", "train"),
        ("in_domain_train-v1.0", "train"),
        ("in-domain-train", "train"),
        ("train-00000-of-00001", "train"),
        ("train-00000-of-00001-b9b4ce6d1a7ce2c5", "train"),
        ("train.v2", "train"),
        ("train_1.0.2", "train"),
        *((dev, "in_domain_dev") for dev in ("dev", "Dev", "val", "valid", "validation", "in_domain_valid-v1.0")),
        ("out_of_domain_valid-v1.0", "out_of_domain_dev"),
        ("test", "test"),
        ("train2", None),
        ("train_2", None),
        ("training", None),
        ("", None),
        ("out_of_domain_valid_annotated-v1.0", None),
    ],
)
def test_what_a_split_is_called(word, split):
    """In any case, with a version or the number of a shard."""
    assert split_of(word) == split


@pytest.mark.parametrize("name", ["val.tsv", "valid.tsv", "Dev.tsv", "VALIDATION.TSV", "dev-v1.1.tsv", "dev.tsv.gz"])
def test_dev_has_many_names(tmp_path, name):
    """None of them is passed over."""
    written(tmp_path, "train.tsv", tsv(ROWS))
    written(tmp_path, name, tsv(ROWS))

    assert {split: [file.path.name for file in files] for split, files in find_files(tmp_path).items()} == {
        "train": ["train.tsv"],
        "in_domain_dev": [name],
    }


def test_shards_come_in_their_order(tmp_path):
    """Those of the hub: under the split's name, or numbered in its folder."""
    for number in (2, 0, 1):
        written(tmp_path / "a", f"validation-{number:05}-of-00003.parquet", parquet(ROWS))
        written(tmp_path / "b" / "validation", f"{number:04}.parquet", parquet(ROWS))

    names = [[file.path.name for file in find_files(tmp_path / folder)["in_domain_dev"]] for folder in "ab"]
    assert names[0] == [f"validation-{number:05}-of-00003.parquet" for number in range(3)]
    assert names[1] == ["0000.parquet", "0001.parquet", "0002.parquet"]


@pytest.mark.parametrize(
    "names",
    [
        ("dev.tsv", "valid.tsv"),
        ("dev.tsv", "Dev.TSV"),
        ("dev.tsv", "dev.jsonl"),
        ("dev.tsv", "dev.tsv.gz"),
        ("dev-v1.0.tsv", "dev-v1.1.tsv"),
        ("dev-00000-of-00001.tsv", "valid-00000-of-00001.tsv"),
        ("dev-00000-of-00002.tsv", "dev.tsv"),
        ("dev-00000-of-00001.tsv", "dev-00000-of-00002.tsv"),
        ("dev-00000-of-00001.tsv", "dev-00000-of-00001.jsonl"),
    ],
)
def test_a_split_found_twice_is_an_error(tmp_path, names):
    """Both names are in it, and nothing is chosen."""
    for name in names:
        written(tmp_path, name, tsv(ROWS))
    with pytest.raises(DataError, match="could be the split 'in_domain_dev'") as caught:
        find_files(tmp_path)

    assert all(name in caught.value.message for name in names)


def test_a_missing_shard_is_an_error(tmp_path):
    """A part of a split is not the split."""
    written(tmp_path, "train-00000-of-00002.parquet", parquet(ROWS))
    with pytest.raises(DataError, match="1 of 2 parts"):
        find_files(tmp_path)


def test_the_only_file_of_a_folder_is_its_corpus(tmp_path):
    """Its splits may be in a column; notes are not taken for it."""
    written(tmp_path, "notes.txt", b"nothing")
    file = written(tmp_path, "corpus_of_mine.tsv", tsv(ROWS))

    assert [found.path for found in find_files(tmp_path)[None]] == [file]

    written(tmp_path, "another.tsv", tsv(ROWS))
    with pytest.raises(DataError, match="no split found") as caught:
        find_files(tmp_path)
    assert "give the file itself" in caught.value.hint


def archive(path, members):
    """A ZIP archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def test_an_archive_is_looked_through_as_a_folder(tmp_path):
    """CoLA's own, in which the same names stand in two folders; and a repository's, below a folder of its own."""
    names = ("in_domain_train.tsv", "in_domain_dev.tsv", "out_of_domain_dev.tsv")
    cola = {f"cola_public/{kind}/{name}": tsv(ROWS) for kind in ("tokenized", "raw") for name in names}
    found = find_files(archive(tmp_path / "cola.zip", {"cola_public/README": b"", **cola}))
    repository = {"Corpus-main/data/train.jsonl": jsonl(ROWS), "__MACOSX/._train.jsonl": b""}
    other = find_files(archive(tmp_path / "main.zip", repository))

    assert [file.member for files in found.values() for file in files] == [f"cola_public/raw/{name}" for name in names]
    assert [file.member for file in other["train"]] == ["Corpus-main/data/train.jsonl"]


def test_a_file_may_be_zipped_by_itself(tmp_path):
    """In a folder with others, or alone, under the split's name."""
    archive(tmp_path / "train.csv.zip", {"anything.csv": b""})
    archive(tmp_path / "dev.zip", {"some.csv": b"", "README": b""})

    assert {split: files[0].member for split, files in find_files(tmp_path).items()} == {
        "train": "anything.csv",
        "in_domain_dev": "some.csv",
    }
    assert file_at(tmp_path / "dev.zip").member == "some.csv"


def test_an_archive_of_several_is_no_file(tmp_path):
    """Which of them is meant, it doesn't say."""
    archive(tmp_path / "dev.zip", {"a.csv": b"", "b.csv": b""})
    with pytest.raises(DataError, match="holds 2 files"):
        file_at(tmp_path / "dev.zip")


def test_a_folder_is_no_file(tmp_path):
    """Where one is needed."""
    with pytest.raises(DataError, match="is a folder"):
        file_at(tmp_path)
