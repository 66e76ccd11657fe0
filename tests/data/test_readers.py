"""The files of a corpus are found where they usually lie, and each becomes its split."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from colacli.data.readers import read_corpus, read_split
from colacli.data.splits import find_files
from colacli.errors import DataError
from factories.releases import COLA, needs_cola
from factories.rows import ROWS, as_csv, parquet, tsv, written


@pytest.mark.parametrize("folder", ["", "raw", "cola_public/raw", "original/raw"])
def test_a_corpus_is_found_in_its_usual_folders(tmp_path, folder):
    """The folder given, the archive's and GLUE's are looked through; splits come in their order."""
    for name in (
        "out_of_domain_dev.tsv",
        "in_domain_dev.TSV",
        "in_domain_train.tsv",
        "notes.txt",
        "test.tsv",
    ):
        written(tmp_path / folder, name, tsv(ROWS))
    corpus = read_corpus(tmp_path)
    assert list(corpus.splits) == ["train", "in_domain_dev", "out_of_domain_dev", "test"]
    assert corpus.origin == str(tmp_path)


def test_a_corpus_may_lack_splits_and_mix_formats(tmp_path):
    """Only what is there is read, each file in its own format; a folder by a split's name is no file."""
    written(tmp_path, "train.csv", as_csv(ROWS))
    written(tmp_path, "validation.parquet", parquet(ROWS))
    (tmp_path / "out_of_domain_dev.tsv").mkdir()
    corpus = read_corpus(tmp_path)
    assert list(corpus.splits) == ["train", "in_domain_dev"]
    assert len({split.digest for split in corpus.splits.values()}) == 1


def test_the_nearest_folder_wins(tmp_path):
    """Subfolders are looked into only when the folder itself holds no split."""
    written(tmp_path, "dev.tsv", tsv(ROWS))
    written(tmp_path, "original/raw/in_domain_train.tsv", tsv(ROWS))
    assert list(find_files(tmp_path)) == ["in_domain_dev"]


def test_two_files_for_one_split_are_refused(tmp_path):
    """Nothing is chosen silently: both candidates are named."""
    written(tmp_path, "dev.tsv", tsv(ROWS))
    written(tmp_path, "validation.csv", as_csv(ROWS))
    with pytest.raises(DataError, match=r"both dev\.tsv and validation\.csv could be the split 'in_domain_dev'"):
        read_corpus(tmp_path)


def test_a_folder_without_splits_says_what_was_looked_for(tmp_path):
    """The names and the places that were tried stand in the message."""
    with pytest.raises(DataError, match=r"cola_public/raw.*train, in_domain_train.*out_of_domain_dev"):
        read_corpus(tmp_path)


@pytest.mark.parametrize(("name", "split"), [("dev.tsv", "in_domain_dev"), ("mine.tsv", "train")])
def test_one_file_is_a_corpus_of_one_split(tmp_path, name, split):
    """A file's stem names its split, and 'train' stands for any other."""
    corpus = read_corpus(written(tmp_path, name, tsv(ROWS)))
    assert list(corpus.splits) == [split]
    assert corpus.split(split).name == split


def test_origin_is_absolute(tmp_path, monkeypatch):
    """A corpus read by a relative path can be found again from another folder."""
    written(tmp_path, "corpus/train.tsv", tsv(ROWS))
    monkeypatch.chdir(tmp_path)
    assert read_corpus(Path("corpus")).origin == str(tmp_path / "corpus")


@needs_cola
@pytest.mark.parametrize(
    ("name", "lines", "acceptable", "digest"),
    [
        ("train", 8551, 6023, "f320a10f92d3bce6b29152fde322a362eac39238e50d8de0c8815457fdf4fc12"),
        ("in_domain_dev", 527, 365, "77176f6a03faa5a1c4f23c69971fc1bff565931112fb65af47b2d6e24b7f42f7"),
    ],
)
def test_the_public_release_is_read_whole(name, lines, acceptable, digest):
    """CoLA's published files give as many sentences, and as many acceptable ones, as its authors count."""
    path = find_files(COLA)[name][0].path
    split = read_split(path, name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert (len(split), sum(split.labels)) == (lines, acceptable)
    assert split.sentences[-1].line == lines


@pytest.mark.parametrize("odd", ["dangling link", "loop", "pipe"])
def test_what_can_not_be_read_is_no_missing_split(tmp_path, odd):
    """A dangling link with a split's name is an error, not a corpus without the split."""
    written(tmp_path, "train.tsv", tsv(ROWS))
    path = tmp_path / "dev.tsv"
    if odd == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "gone" if odd == "dangling link" else path)

    with pytest.raises(DataError, match=r"dev\.tsv can't be read"):
        find_files(tmp_path)


def test_a_link_to_a_file_is_a_file(tmp_path):
    """And a link to a folder is none, nor one to nothing by another name."""
    written(tmp_path / "elsewhere", "there.tsv", tsv(ROWS))
    (tmp_path / "train.tsv").symlink_to(tmp_path / "elsewhere" / "there.tsv")
    (tmp_path / "dev.tsv").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "notes.txt").symlink_to(tmp_path / "gone")

    assert list(find_files(tmp_path)) == ["train"]
