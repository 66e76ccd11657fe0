"""Corpora into the store's data folder: whole, and over no other, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from colacli.data.about import About, about_bytes
from colacli.data.corpus import TRAIN, Corpus
from colacli.data.layout import AS_USUAL, Layout
from colacli.data.lines import read_bytes
from colacli.data.packed import DataFile
from colacli.data.readers import read_corpus
from colacli.data.splits import KEPT, find_files, split_of
from colacli.errors import DataError
from colacli.store.files import hash_file, rename_folder, scratch_folder, sync_files


def import_corpus(path: Path, destination: Path, layout: Layout = AS_USUAL) -> Corpus:
    """Copy the splits of a corpus, unpacked and else byte for byte, to a new folder.

    Args:
        path: a folder of splits, an archive, or one file.
        destination: a new folder, or one that holds the same corpus.
        layout: of the files; it is kept beside them.

    Raises:
        DataError: the corpus can't be used, or `destination` holds another one.
    """
    corpus = read_corpus(path, layout)  # so that errors name the user's file, not the copy
    about = corpus.about or About()
    if layout != AS_USUAL:
        about = replace(about, layout=layout)
    found = {None: [DataFile(path / about.file)]} if about.file else find_files(path)
    if None in found and "split" in corpus.readings[0].columns:
        about = replace(about, file=found[None][0].name)
    files = {
        about.file or _file_name(split or TRAIN, file, number, len(several)): read_bytes(file)
        for split, several in found.items()
        for number, file in enumerate(several)
    }
    return store_corpus(files, about, destination)


def _file_name(split: str, file: DataFile, number: int, count: int) -> str:
    """A file's own name where it denotes the split, else the split's."""
    if split_of(file.name.removesuffix(Path(file.name).suffix)) == split:
        return file.name
    shard = f"-{number:05}-of-{count:05}" if count > 1 else ""
    return f"{split}{shard}{file.suffix}"


def store_corpus(files: Mapping[str, bytes], about: About, destination: Path) -> Corpus:
    """Put a corpus' files into a new folder, and what is kept with them; a corpus that is there must be the same.

    Raises:
        DataError: the files are no corpus, or another is there, or the folder can't be written.
    """
    kept = {KEPT: about_bytes(about)} if about != About() else {}
    with _staged({**files, **kept}, destination) as staged:
        corpus = read_corpus(staged)
        if not destination.exists():
            rename_folder(staged, destination)  # if another process was faster, its corpus is compared
    try:
        present = read_corpus(destination)
    except DataError:
        present = None
    if present is None or (present.digests, present.unlabelled) != (corpus.digests, corpus.unlabelled):
        raise _taken(destination)
    return present


def store_files(files: Mapping[str, bytes], destination: Path) -> None:
    """Put files into a new folder; one that is there must have them.

    Raises:
        DataError: it has others, or can't be written.
    """
    with _staged(files, destination) as staged:
        if not destination.exists():
            rename_folder(staged, destination)
        elif any(not (destination / name).is_file() for name in files) or any(
            hash_file(staged / name) != hash_file(destination / name) for name in files
        ):
            raise _taken(destination)


@contextmanager
def _staged(files: Mapping[str, bytes], destination: Path) -> Iterator[Path]:
    """A new folder with the files beside `destination`, removed afterwards in any case."""
    try:
        with scratch_folder(destination.with_name(f".{destination.name}.{uuid.uuid4().hex}.tmp")) as staged:
            for name, content in files.items():
                (staged / name).write_bytes(content)
            sync_files(staged)
            yield staged
    except OSError as error:
        hint = "check the folder's permissions and the free space, or set COLACLI_HOME to another place"
        raise DataError(f"{destination} can't be written: {error.strerror or error}", hint) from error


def _taken(destination: Path) -> DataError:
    hint = "remove that folder, or choose another name with --name"
    return DataError(f"{destination} already exists and holds something else", hint)
