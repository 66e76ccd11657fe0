"""`colacli.json`: of which run an export is, and the digests of its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from colacli import __version__
from colacli.errors import ColacliError, IntegrityError, UsageError
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical, document, with_checksum
from colacli.store.files import hash_file
from colacli.store.manifest import FileRecord
from colacli.store.reading import Key, Name, Text, convert_checked, from_json, read_bounded
from colacli.store.run import Run
from colacli.store.store import Store

RECORD = "colacli.json"
_RelativePath = Annotated[str, Meta(pattern=r"\A(?!.*(\A|/)\.\.?(/|\Z))[^/\\\x00]{1,200}(/[^/\\\x00]{1,200}){0,9}\Z")]


@dataclass(frozen=True, kw_only=True)
class ExportedRun:
    """A run that an export is of."""

    key: Key
    content: Key
    """Digest of its files: two runs of one key may differ in them."""


@dataclass(frozen=True, kw_only=True)
class ExportRecord:
    """`colacli.json`, in an exported folder or beside an exported file."""

    kind: Name
    runs: tuple[ExportedRun, ...]
    files: dict[_RelativePath, FileRecord]
    options: dict[Text, Text]
    """Those that are not at their default."""
    colacli: Text
    """The version that wrote it."""
    format: Literal[1] = 1
    seal: Text
    """The document's checksum."""


def record_path(path: Path) -> Path:
    """Where the record of an export is: in the folder, or beside the file."""
    return path / RECORD if path.is_dir() else path.with_name(f"{path.name}.{RECORD}")


def record_bytes(kind: str, runs: Sequence[Run], files: dict[str, FileRecord], options: dict[str, str]) -> bytes:
    """The bytes of `colacli.json`."""
    exported = [document(ExportedRun(key=run.key, content=run.content)) for run in runs]
    values = {"kind": kind, "runs": exported, "files": files, "options": options, "colacli": __version__, "format": 1}
    return canonical(with_checksum(document(values)))


def files_of(path: Path) -> dict[str, FileRecord]:
    """Digest and size of an export's files, by their paths in it; the record itself is left out."""
    if path.is_file():
        return {path.name: _file_record(path)}
    files = sorted(file for file in path.rglob("*") if file.is_file() and file != path / RECORD)
    return {file.relative_to(path).as_posix(): _file_record(file) for file in files}


def _file_record(path: Path) -> FileRecord:
    return FileRecord(hash_file(path), path.stat().st_size)


def read_record(path: Path) -> ExportRecord:
    """The record of an export.

    Raises:
        UsageError: there is no such export.
        IntegrityError: the record is damaged.
    """
    file = record_path(path)
    try:
        return convert_checked(from_json(read_bounded(file)), ExportRecord)
    except FileNotFoundError as error:
        hint = "give the path that `colacli export -o` wrote to"
        raise UsageError(f"{path} is not an export: {file} is missing", hint) from error
    except (OSError, ValueError, AttributeError) as error:
        raise IntegrityError(f"{file} can't be read: {error}", "make the export again with --force") from error


def export_faults(path: Path, store: Store) -> Iterator[str]:
    """What of an export differs from its record, and from the runs that it is of.

    Raises:
        UsageError: it is not an export.
        IntegrityError: its record is damaged.
    """
    record = read_record(path)
    there = files_of(path)
    for name in sorted(record.files.keys() | there.keys()):
        if name not in there:
            yield f"{path}: {name} is missing"
        elif name not in record.files:
            yield f"{path}: {name} is not in its record"
        elif there[name] != record.files[name]:
            yield f"{path}: {name} has other bytes than its record says"
    for exported in record.runs:
        try:
            run = store.find_run(exported.key)
            if run is None:
                yield f"{path}: run {exported.key[:12]} is not in {store.folder(RUNS)}"
            elif run.content != exported.content:
                yield f"{path}: run {exported.key[:12]} has other files now than when it was exported"
        except ColacliError as error:
            yield error.message
