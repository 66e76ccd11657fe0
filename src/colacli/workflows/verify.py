"""Checking what is stored against its manifests. It reports, and moves nothing unless asked; it never repairs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colacli.data.corpus import Corpus
from colacli.errors import IntegrityError
from colacli.results import faults_of_run
from colacli.store.artifact import RUNS, Artifact
from colacli.store.canonical import is_key
from colacli.store.faults import faults_of
from colacli.store.file_digests import FILE_DIGESTS
from colacli.store.files import is_folder, make_folder, rename_folder
from colacli.store.folders import CACHE, Folders
from colacli.store.imports import IMPORTS
from colacli.store.refs import is_name, scan_names
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.labels import check_labels
from colacli.workflows.runs import stored_keys

_NAMES = "refs"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as its manifest says."""

    kind: str
    """`runs`, `cache`, `cache/<what>`, or `refs`."""
    key: str
    """The name of the folder or file."""
    what: str


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what is wrong with it."""

    checked: int
    faults: list[Fault]
    quarantined: list[Path]
    """Where damaged artifacts are now."""


def verify(store: Store, references: Sequence[str], *, deep: bool, aside: bool) -> Verification:
    """Check the runs that are named, or everything; `aside` moves what is damaged to quarantine."""
    keys = {key for reference in references for key in stored_keys(store, reference)} if references else None
    checked, faults = faults_in(store, keys, deep=deep)
    if deep:
        faults += _mislabelled(store, keys, {fault.key for fault in faults})
    return Verification(checked, faults, quarantine(store, faults, deep=deep) if aside else [])


def faults_in(store: Folders, keys: set[str] | None, *, deep: bool) -> tuple[int, list[Fault]]:
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
            problems = [*_faults(kind, folder, deep=deep), *_missing_parents(store, folder)]
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
        if is_folder(folder) and _faults(kind, folder, deep=deep):
            target = store.root / "quarantine" / f"{key}.{uuid.uuid4().hex}"
            make_folder(target.parent)
            with suppress(FileNotFoundError):  # another process was faster
                moved += [target] if rename_folder(folder, target) else []
    return moved


def _faults(kind: str, folder: Path, *, deep: bool) -> list[str]:
    return faults_of_run(folder, deep=deep) if kind == RUNS else faults_of(folder, deep=deep)


def _mislabelled(store: Store, keys: Collection[str] | None, damaged: Collection[str]) -> Iterator[Fault]:
    """Runs whose predictions have other labels than their corpus."""
    corpora: dict[str, Corpus | None] = {}
    for key in store.run_keys():
        if key not in damaged and (keys is None or key in keys):
            try:
                check_labels(store, Run(store.folder(RUNS) / key), corpora)
            except IntegrityError as error:
                yield Fault(RUNS, key, error.message)


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
