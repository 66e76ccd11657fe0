"""Checking what is stored against its manifests. It reports, and moves nothing unless asked; it never repairs."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.errors import IntegrityError
from colacli.store.canonical import is_key
from colacli.store.files import is_folder, make_folder, rename_folder
from colacli.store.imports import IMPORTS
from colacli.store.manifest import MANIFEST
from colacli.store.refs import is_name, scan_names
from colacli.store.run import FILE_DIGESTS, RUNS, Artifact, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from colacli.store.store import Store

_NAMES, _CACHE = "refs", "cache"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as its manifest says."""

    kind: str
    """`runs`, `cache`, `cache/<what>`, or `refs`."""
    key: str
    """What the folder or file is called."""
    what: str


def verify(store: Store, keys: set[str] | None, *, deep: bool) -> tuple[int, list[Fault]]:
    """Check everything stored, or the artifacts with these keys.

    Args:
        store: where to look.
        keys: full keys to check; None for all, with cached derivations, names, and what doesn't belong there.
        deep: hash every file again, not only compare sizes.

    Returns:
        How many artifacts were checked, and every fault found.
    """
    checked, faults = 0, []
    for kind, key, folder in store.artifacts():
        if keys is None or key in keys:
            found = [*faults_of(folder, deep=deep, is_run=kind == RUNS), *_orphaned(store, folder)]
            if is_folder(folder):  # nobody took it out meanwhile
                checked += 1
                faults += [Fault(kind, key, what) for what in found]
    return checked, faults if keys is not None else [*faults, *_strangers(store), *_misled(store)]


def quarantine(store: Store, faults: Iterable[Fault], *, deep: bool) -> list[Path]:
    """Move the artifacts that are damaged to `quarantine/`, whole; those that only lack a parent stay.

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


def faults_of(folder: Path, *, deep: bool, is_run: bool = False) -> list[str]:
    """What is wrong with one stored folder; empty when all is as its manifest says, and a run's numbers can be read."""
    try:
        artifact = Artifact(folder)
        found = list(_faults(artifact, folder, deep=deep))
        if is_run and not found:
            run = Run(folder)
            run.check()
            if deep:
                run.check_numbers()
    except IntegrityError as error:
        return [error.message]
    except FileNotFoundError:  # taken out of the store while it was looked at
        return [f"{folder} is missing"]
    except OSError as error:  # of this folder alone: others are looked at all the same
        return [f"{folder} can't be read: {error.strerror}"]
    return found


def _faults(artifact: Artifact, folder: Path, *, deep: bool) -> Iterator[str]:
    if artifact.key != folder.name:
        yield f"its manifest says key {artifact.key[:12]}, its folder is called {folder.name[:12]}"
    check = artifact.sound_file if deep else artifact.file
    for name in artifact.manifest.files:
        try:
            check(name)
        except IntegrityError as error:
            yield error.message
    known = {MANIFEST, *artifact.manifest.files}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield f"{path} is not in the manifest"


def _orphaned(store: Store, folder: Path) -> Iterator[str]:
    """Parents that are gone: the run is whole, but what made it can't be looked at any more."""
    try:
        parents = Artifact(folder).manifest.parents
    except IntegrityError:
        return
    for role, key in parents.items():
        if not is_folder(store.folder(RUNS) / key):
            yield f"its {role} {key[:12]} is not in the store"


def _strangers(store: Store) -> Iterator[Fault]:
    """What nobody should have put there; a temporary is a write under way, or what is left of one."""
    kinds = dict.fromkeys((RUNS, *(f"{_CACHE}/{path.name}" for path in store.folder(_CACHE).glob("*"))), _is_artifact)
    for kind, belongs in {
        **kinds,
        FILE_DIGESTS: _is_memory,
        IMPORTS: _is_memory,
        _CACHE: Path.is_dir,
        _NAMES: _is_ref,
    }.items():
        folder = store.folder(kind)
        try:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as error:
            yield Fault(kind, folder.name, f"{folder} can't be read: {error.strerror}")
            continue
        for path in paths:
            with suppress(OSError):  # what can't be looked at is a fault already: of a run, a derivation or a name
                if path.suffix != ".tmp" and (path.is_symlink() or (path.exists() and not belongs(path))):
                    yield Fault(kind, path.name, f"{path} doesn't belong there")


def _is_artifact(path: Path) -> bool:
    return is_key(path.name) and path.is_dir()


def _is_memory(path: Path) -> bool:
    return path.suffix == ".json" and is_key(path.stem) and path.is_file()


def _is_ref(path: Path) -> bool:
    return is_name(path.name) and path.is_file()


def _misled(store: Store) -> Iterator[Fault]:
    """Names that can't be read, or stand for runs that are gone."""
    known, damaged = scan_names(store)
    yield from (Fault(_NAMES, name, error.message) for name, error in damaged.items())
    for name, keys in known.items():
        for key in keys:
            if not is_folder(store.folder(RUNS) / key):
                yield Fault(_NAMES, name, f"it stands for run {key[:12]}, which is not in the store")
