"""A corpus is imported whole, byte for byte and over no other, or not at all."""

from __future__ import annotations

import gzip
import os
import zipfile

import pytest

from colacli.data import importing
from colacli.data.importing import import_corpus
from colacli.data.readers import read_corpus
from colacli.errors import DataError
from factories.releases import COLA, FILES, contents, needs_cola


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_import_leaves_nothing(source, tmp_path, monkeypatch, failure):
    """Ctrl-C or a full disk at the second file: the first one goes too, and the destination never exists."""
    synced = []

    def fail(descriptor):
        synced.append(descriptor)
        if len(synced) == 4:  # after those of two folders and of the first file
            raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((KeyboardInterrupt, DataError)):
        import_corpus(source, tmp_path / "store" / "cola")
    assert list((tmp_path / "store").iterdir()) == []


def test_an_unwritable_store_is_told_with_the_way_out(source, tmp_path):
    """A file where the store's folder should be ends in an error with a hint."""
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(DataError, match="can't be written") as caught:
        import_corpus(source, tmp_path / "store" / "cola")
    assert "COLACLI_HOME" in caught.value.hint


def test_import_copies_byte_for_byte(source, tmp_path):
    """CRLF and a missing last newline are copied as they are; other files stay behind."""
    (source / "notes.md").write_text("private")
    corpus = import_corpus(source, tmp_path / "store" / "mine")
    assert contents(tmp_path / "store") == {f"mine/{name}": content for name, content in FILES.items()}
    assert corpus == read_corpus(tmp_path / "store" / "mine")


@pytest.mark.parametrize(("name", "kept"), [("mine.csv", "train.csv"), ("validation.csv", "validation.csv")])
def test_one_file_can_be_imported(tmp_path, name, kept):
    """A file whose name says nothing is kept under its split's name, so that it is found again."""
    (tmp_path / name).write_bytes(b"sentence,label\nIt rains.,1\n")
    corpus = import_corpus(tmp_path / name, tmp_path / "store" / "mine")
    assert list(contents(tmp_path / "store" / "mine")) == [kept]
    assert corpus.splits == read_corpus(tmp_path / name).splits


@pytest.mark.parametrize("folder", ["", "cola_public/raw/", "main/cola_public/raw/"])
def test_an_archive_is_imported_unpacked(source, tmp_path, folder):
    """Its splits' files, byte for byte; it is the corpus of its folder."""
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        for name, content in FILES.items():
            archive.writestr(f"{folder}{name}", content)
    corpus = import_corpus(tmp_path / "corpus.zip", tmp_path / "store" / "mine")

    assert contents(tmp_path / "store" / "mine") == FILES
    assert corpus.splits == read_corpus(source).splits


def test_shards_are_imported_under_names_that_are_found(tmp_path):
    """Those of a folder by a split's name; the compression of others is left behind."""
    (tmp_path / "mine" / "train").mkdir(parents=True)
    for number in range(2):
        (tmp_path / "mine" / "train" / f"000{number}.csv").write_text(f"sentence,label\nIt rains {number}.,1\n")
    (tmp_path / "mine" / "valid-v1.0.csv.gz").write_bytes(gzip.compress(b"sentence,label\nIt rains.,1\n"))
    corpus = import_corpus(tmp_path / "mine", tmp_path / "store" / "mine")

    names = ["train-00000-of-00002.csv", "train-00001-of-00002.csv", "valid-v1.0.csv"]
    assert sorted(contents(tmp_path / "store" / "mine")) == names
    assert corpus.splits == read_corpus(tmp_path / "mine").splits


def test_importing_again_does_nothing(source, tmp_path):
    """The same corpus a second time is found there, and no file is touched."""

    def inodes():
        return {path: path.stat().st_ino for path in (tmp_path / "store").iterdir()}

    first, before = import_corpus(source, tmp_path / "store"), inodes()
    assert import_corpus(source, tmp_path / "store") == first
    assert inodes() == before


@pytest.mark.parametrize("there", [{"in_domain_train.tsv": b"s\t1\t\tOther.\n"}, {}, {"train.tsv": b"bad"}])
def test_import_never_overwrites(source, tmp_path, there):
    """Another corpus, an empty folder or a damaged one: it is kept as it is."""
    (tmp_path / "store").mkdir()
    for name, content in there.items():
        (tmp_path / "store" / name).write_bytes(content)
    with pytest.raises(DataError, match="already exists") as caught:
        import_corpus(source, tmp_path / "store")
    assert "--name" in caught.value.hint
    assert contents(tmp_path / "store") == there
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "store"]


def test_the_faster_of_two_imports_wins(source, tmp_path, monkeypatch):
    """Where another process puts the same corpus there first, this one drops its own and is content."""
    destination = tmp_path / "store" / "cola"
    rename = importing.rename_folder

    def overtaken(staged, target):
        target.mkdir()
        for path in source.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
        return rename(staged, target)

    monkeypatch.setattr(importing, "rename_folder", overtaken)
    assert import_corpus(source, destination).origin == str(destination)
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["cola"]


def test_a_bad_line_is_told_with_the_name_the_user_knows(source, tmp_path):
    """An import that is refused speaks of the user's file, and makes nothing."""
    (source / "in_domain_dev.tsv").write_bytes(b"s\t1\n")
    with pytest.raises(DataError) as caught:
        import_corpus(source, tmp_path / "store")
    assert caught.value.message.startswith(f"{source / 'in_domain_dev.tsv'}, line 1: ")
    assert not (tmp_path / "store").exists()


@needs_cola
def test_the_public_release_can_be_imported(tmp_path):
    """CoLA itself is imported whole."""
    corpus = import_corpus(COLA, tmp_path / "cola")
    assert [len(split) for split in corpus.splits.values()] == [8551, 527]
