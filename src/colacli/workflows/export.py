"""A run as other programs read it, written where the user says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from colacli.errors import DataError, UsageError
from colacli.events import OnEvent, ignore
from colacli.exports.kinds import ExportOptions, Kind, Written, check_kind, load_kind
from colacli.exports.record import RECORD, export_faults, files_of, record_bytes, record_path
from colacli.output_files import check_output, check_output_folder, open_output_folder
from colacli.store.canonical import document
from colacli.store.files import replacing, write_atomically
from colacli.store.manifest import FileRecord
from colacli.store.refs import resolve, resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.verify import Fault, Verification


@dataclass(frozen=True)
class ExportResult:
    """An export, and what was said of it while it was written."""

    kind: str
    path: Path
    runs: list[Run]
    files: dict[str, FileRecord]
    written: list[Written]
    """Of each run."""


def export(
    reference: str,
    name: str,
    path: Path,
    options: ExportOptions,
    store: Store,
    on_event: OnEvent = ignore,
    *,
    force: bool = False,
) -> ExportResult:
    """Write a run, or the runs of a name where the kind takes several.

    Args:
        reference: the run.
        name: the kind.
        path: a folder or a file.
        options: of the kind.
        store: where the run is.
        on_event: told what is going on.
        force: whether an export that is there may be replaced.

    Raises:
        UsageError: the kind, an option or the path can't be.
        IntegrityError: the run is damaged, or the export doesn't agree with it.
        UnavailableError: a package is missing.
    """
    kind = check_kind(name, options)
    _check_path(path, kind, store, force=force)
    runs = resolve(store, reference) if kind.several else [resolve_one(store, reference)]
    for run in runs:
        run.check()
    module = load_kind(name)
    with _building(path, kind) as target:
        written = [module.write(run, store, options, target, on_event) for run in runs]
        files = files_of(target)
        if kind.makes == "file":
            files = {path.name: next(iter(files.values()))}
        record = record_bytes(name, runs, files, _given(options))
        if kind.makes == "folder":
            (target / RECORD).write_bytes(record)
    if kind.makes == "file":
        write_atomically(record_path(path.resolve()), record)
    return ExportResult(name, path, runs, files, written)


def verify_export(path: Path, store: Store) -> Verification:
    """Check an export against its record and the runs that it is of."""
    return Verification(1, [Fault("export", str(path), what) for what in export_faults(path, store)], [])


def _check_path(path: Path, kind: Kind, store: Store, *, force: bool) -> None:
    if kind.makes == "folder":
        return check_output_folder(path, force=force, store=store.root, marker=RECORD)
    check_output(path, force=force, store=store.root)
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file", "name a file: its record is written beside it")
    return None


@contextmanager
def _building(path: Path, kind: Kind) -> Iterator[Path]:
    """Where an export is written before it takes its place."""
    if kind.makes == "folder":
        with open_output_folder(path) as folder:
            yield folder
        return
    try:
        with replacing(path.resolve()) as file:
            yield file
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}", "name another file") from error


def _given(options: ExportOptions) -> dict[str, str]:
    """Options that are not at their default; a path is of this machine alone, and left out."""
    values = {option.name: getattr(options, option.name) for option in fields(options) if option.name != "base"}
    defaults = {option.name: option.default for option in fields(options)}
    return {name: str(document(value)) for name, value in values.items() if value != defaults[name]}
