"""Which file, or which word in a column, is which split."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from stat import S_ISDIR
from typing import NamedTuple

from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, SPLITS, TEST, TRAIN
from colacli.data.lines import unreadable
from colacli.data.packed import COMPRESSIONS, ZIP, DataFile, members
from colacli.errors import DataError

_DEVS = ("dev", "val", "valid", "validation")
NAMES = {
    "train": TRAIN,
    "in_domain_train": TRAIN,
    **dict.fromkeys(_DEVS, IN_DOMAIN_DEV),
    **{f"in_domain_{dev}": IN_DOMAIN_DEV for dev in _DEVS},
    **{f"out_of_domain_{dev}": OUT_OF_DOMAIN_DEV for dev in _DEVS},
    "test": TEST,
}
"""What a split is called, in lower case and with underscores."""
FORMATS = (".tsv", ".txt", ".csv", ".json", ".jsonl", ".ndjson", ".parquet")
"""The endings of files that are read."""
KEPT = "colacli-corpus.json"
"""A file that says how its folder is laid out; no split."""

SUBFOLDERS = ("raw", "cola_public/raw", "original/raw", "data", "data/jcola-v1.0")
"""Searched in a folder without splits of its own: the layouts of the release's archive, GLUE's, and repositories'."""

_VERSION = re.compile(r"[-_.](v\d+(\.\d+)*|\d+(\.\d+)+)$")  # -v1.0
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})(-[0-9a-f]{8,32})?$")  # -00000-of-00001, and what the hub once put after it
_NUMBER = re.compile(r"\d{4,5}")  # train/0000.parquet


class _Named(NamedTuple):
    """A file that may hold a split, under its name in the folder."""

    name: str
    file: DataFile


def split_of(word: str) -> str | None:
    """The split that a word denotes, or a file's name without its ending; None where it denotes none."""
    stem = _VERSION.sub("", _SHARD.sub("", word.strip())).lower()
    return NAMES.get(stem.replace("-", "_"))


def find_files(path: Path) -> dict[str | None, list[DataFile]]:
    """The files of the splits in a folder, a ZIP archive or a file, in the order of the splits, each's in its own.

    Returns:
        Files by split; a file whose name denotes none stands under None.

    Raises:
        DataError: there is none, or a split is found twice.
    """
    if not is_folder(path) and path.suffix.lower() != ZIP:
        file = DataFile(path)
        return {split_of(_stem(file.name)): [file]}
    for where, entries in _candidates(path):
        if splits := _splits_in(where, entries):
            return splits
    lone = [entry.file for _, entries in _candidates(path) for entry in entries if _suffix(entry.name) != ".txt"]
    if len(lone) == 1:
        return {None: lone}
    raise DataError(
        f"{path}: no split found; looked there and in {', '.join(SUBFOLDERS)} for {', '.join(NAMES)}",
        f"name each file after its split, with one of the endings {', '.join(FORMATS)}, or give the file itself",
    )


def file_at(path: Path) -> DataFile:
    """The file at a path; in an archive its only member of a known format.

    Raises:
        DataError: there is none, or a folder, or an archive with several.
    """
    if is_folder(path):
        raise DataError(f"{path} is a folder; a file is needed here", "name one of the files in it")
    return _file(DataFile(path))


def is_folder(path: Path) -> bool:
    """Whether a path is a folder's.

    Raises:
        DataError: there is nothing, or it can't be seen.
    """
    try:
        return S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise unreadable(path, error) from error


def _candidates(path: Path) -> list[tuple[str, list[_Named]]]:
    """Folders that may hold the splits, the likeliest first, with their files of a known format."""
    if is_folder(path):
        folders = [path, *(path / name for name in SUBFOLDERS)]
        return [(str(folder), _listing(folder)) for folder in folders if folder.is_dir()]
    try:
        by_folder: dict[str, list[_Named]] = {}
        for member in members(path):
            entry = PurePosixPath(member)
            if _suffix(entry.name) in FORMATS and not entry.name.startswith("."):
                by_folder.setdefault(str(entry.parent), []).append(_Named(entry.name, DataFile(path, member)))
    except OSError as error:
        raise unreadable(path, error) from error
    tops = ["", *sorted({f"{PurePosixPath(folder).parts[0]}/" for folder in by_folder if folder != "."})]
    likely = [str(PurePosixPath(top + name)) for name in (".", *SUBFOLDERS) for top in tops]
    return [(f"{path}/{folder}", sorted(by_folder[folder])) for folder in dict.fromkeys(likely) if folder in by_folder]


def _listing(folder: Path) -> list[_Named]:
    """The files of a folder, and the numbered ones in its subfolders that are called as splits."""
    try:
        found = sorted(folder.iterdir())
        files = [_Named(file.name, DataFile(file)) for file in found if not file.is_dir()]
        for inner in found:
            if inner.is_dir() and split_of(inner.name):
                numbered = [file for file in sorted(inner.iterdir()) if _NUMBER.fullmatch(file.stem)]
                files += [
                    _Named(f"{inner.name}-{file.stem:0>5}-of-{len(numbered):05}{file.suffix}", DataFile(file))
                    for file in numbered
                ]
    except OSError as error:
        raise unreadable(folder, error) from error
    return [entry for entry in files if _suffix(entry.name) in (*FORMATS, ZIP) and entry.name != KEPT]


def _splits_in(where: str, entries: Iterable[_Named]) -> dict[str | None, list[DataFile]]:
    """The files by split: one, or all shards of one name."""
    found: dict[str, list[_Named]] = {}
    for entry in entries:
        if (split := split_of(_stem(entry.name))) is not None:
            found.setdefault(split, []).append(entry)
    return {split: _files(where, split, found[split]) for split in (*SPLITS, TEST) if split in found}


def _files(where: str, split: str, entries: list[_Named]) -> list[DataFile]:
    """A split's file, or its shards in order.

    Raises:
        DataError: there are several that are no shards of one, or a shard is missing, or one is no file.
    """
    shards = [_SHARD.search(_stem(entry.name)) for entry in entries]
    places = [
        (shard.group(1), shard.group(2), _SHARD.sub("", _stem(entry.name)))
        for shard, entry in zip(shards, entries, strict=True)
        if shard
    ]
    if (
        (len(places) < len(entries) and len(entries) > 1)
        or len({place[1:] for place in places}) > 1
        or (len({place[0] for place in places}) < len(places))
    ):
        problem = f"{where}: both {entries[0].name} and {entries[1].name} could be the split '{split}'"
        raise DataError(problem, "keep one of them in the folder, or give the file itself")
    if places and [int(place[0]) for place in places] != list(range(int(places[0][1]))):
        problem = f"{where}: of {entries[0].name} {len(places)} of {int(places[0][1])} parts are there"
        raise DataError(problem, "get the others too")
    return [_file(entry.file) for entry in entries]


def _file(file: DataFile) -> DataFile:
    """A file that can be read; of an archive its only member of a known format."""
    if not file.path.is_file():
        raise DataError(
            f"{file} can't be read: it is a dangling link, or no plain file", "put the file there, or remove it"
        )
    if file.member or file.suffix != ZIP:
        return file
    inner = [member for member in members(file.path) if _suffix(member) in FORMATS]
    if len(inner) != 1:
        problem = f"{file.path} holds {len(inner)} files of a corpus, expected one"
        raise DataError(problem, "unpack it, or give the archive itself")
    return DataFile(file.path, inner[0])


def _stem(name: str) -> str:
    """A file's name without the endings of its format and its packing."""
    for ending in (*COMPRESSIONS, ZIP):
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in FORMATS else name


def _suffix(name: str) -> str:
    path = PurePosixPath(name)
    return PurePosixPath(path.stem).suffix.lower() if path.suffix.lower() in COMPRESSIONS else path.suffix.lower()
