"""Checking what is stored against its manifests. It reports, and moves nothing unless asked; it never repairs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colacli.errors import IntegrityError
from colacli.store.artifact import RUNS, Artifact
from colacli.store.canonical import is_key
from colacli.store.faults import faults_of
from colacli.store.file_digests import FILE_DIGESTS
from colacli.store.files import is_folder, make_folder, rename_folder
from colacli.store.folders import CACHE, Folders
from colacli.store.imports import IMPORTS
from colacli.store.refs import is_name, scan_names

_NAMES = "refs"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as its manifest says."""

    kind: str
    """`runs`, `cache`, `cache/<what>`, or `refs`."""
    key: str
    """The name of the folder or file."""
    what: str


def verify(store: Folders, keys: set[str] | None, *, deep: bool) -> tuple[int, list[Fault]]:
    """Check everything stored, or the artifacts with these keys.

    Args:
        store: where to look.
        keys: full keys to check; None for all, with cached derivations, names, and unexpected files.
        deep: hash every file again, not only compare sizes.

    Returns:
        How many artifacts were checked, and every fault found.
    """
    checked, faults = 0, []
    for kind, key, folder in store.artifacts():
        if keys is None or key in keys:
            problems = [*faults_of(folder, deep=deep, is_run=kind == RUNS), *_missing_parents(store, folder)]
            if is_folder(folder):  # nobody removed it meanwhile
                checked += 1
                faults += [Fault(kind, key, what) for what in problems]
    return checked, faults if keys is not None else [*faults, *_unexpected_files(store), *_dangling_references(store)]


def quarantine(store: Folders, faults: Iterable[Fault], *, deep: bool) -> list[Path]:
    """Move the artifacts that are damaged to `quarantine/`; those that only lack a parent stay.

    Returns:
        Where they are now.
    """
    moved = []
    for kind, key in dict.fromkeys((fault.kind, fault.key) for fault in faults if is_key(fault.key)):
        folder = store.folder(kind) / key
        if is_folder(folder) and faults_of(folder, deep=deep, is_run=kind == RUNS):
            target = store.root / "quarantine" / f"{key}.{uuid.uuid4().hex}"
            make_folder(target.parent)
            with suppress(FileNotFoundError):  # another process was faster
                moved += [target] if rename_folder(folder, target) else []
    return moved


def _missing_parents(store: Folders, folder: Path) -> Iterator[str]:
    """Parents that were removed: the run is complete, but what made it can't be looked at any more."""
    try:
        parents = Artifact(folder).manifest.parents
    except IntegrityError:
        return
    for role, key in parents.items():
        if not is_folder(store.folder(RUNS) / key):
            yield f"its {role} {key[:12]} is not in the store"


def _unexpected_files(store: Folders) -> Iterator[Fault]:
    """What colacli doesn't write there; a temporary file is a write in progress, or what is left of one."""
    kinds = dict.fromkeys((RUNS, *(f"{CACHE}/{path.name}" for path in store.folder(CACHE).glob("*"))), _is_artifact)
    records = {FILE_DIGESTS: _is_record, IMPORTS: _is_record}
    for kind, is_expected in {**kinds, **records, CACHE: Path.is_dir, _NAMES: _is_ref}.items():
        folder = store.folder(kind)
        try:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as error:
            yield Fault(kind, folder.name, f"{folder} can't be read: {error.strerror}")
            continue
        for path in paths:
            with suppress(OSError):  # what can't be read is a fault already: of a run, a derivation or a name
                if path.suffix != ".tmp" and (path.is_symlink() or (path.exists() and not is_expected(path))):
                    yield Fault(kind, path.name, f"{path} doesn't belong there")


def _is_artifact(path: Path) -> bool:
    return is_key(path.name) and path.is_dir()


def _is_record(path: Path) -> bool:
    return path.suffix == ".json" and is_key(path.stem) and path.is_file()


def _is_ref(path: Path) -> bool:
    return is_name(path.name) and path.is_file()


def _dangling_references(store: Folders) -> Iterator[Fault]:
    """Names that can't be read, or stand for runs that were removed."""
    keys_by_name, damaged = scan_names(store)
    yield from (Fault(_NAMES, name, error.message) for name, error in damaged.items())
    for name, keys in keys_by_name.items():
        for key in keys:
            if not is_folder(store.folder(RUNS) / key):
                yield Fault(_NAMES, name, f"it stands for run {key[:12]}, which is not in the store")
