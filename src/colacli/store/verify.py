"""Checking what is stored against its manifests. It reports; it never repairs or deletes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.errors import IntegrityError
from colacli.store.files import hash_file
from colacli.store.manifest import MANIFEST
from colacli.store.run import RUNS, Artifact, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colacli.store.store import Store


@dataclass(frozen=True)
class Fault:
    """One thing that is not as its manifest says."""

    kind: str
    """`runs`, or `cache/<what>`."""
    key: str
    what: str


def verify(store: Store, keys: set[str] | None, *, deep: bool) -> tuple[int, list[Fault]]:
    """Check everything stored, or the artifacts with these keys.

    Args:
        store: where to look.
        keys: full keys to check; None for all, cached derivations included.
        deep: hash every file again, not only compare sizes.

    Returns:
        How many artifacts were checked, and every fault found.
    """
    checked, faults = 0, []
    for kind, key, folder in store.artifacts():
        if keys is None or key in keys:
            checked += 1
            faults += [Fault(kind, key, what) for what in faults_of(folder, deep=deep, is_run=kind == RUNS)]
            faults += [Fault(kind, key, what) for what in _orphaned(store, folder)]
    return checked, faults


def faults_of(folder: Path, *, deep: bool, is_run: bool = False) -> list[str]:
    """What is wrong with one stored folder; empty when all is as its manifest says, and a run's numbers can be read."""
    try:
        artifact = Artifact(folder)
        found = list(_faults(artifact, folder, deep=deep))
        if is_run and not found:
            Run(folder).check()
    except IntegrityError as error:
        return [error.message]
    return found


def _faults(artifact: Artifact, folder: Path, *, deep: bool) -> Iterator[str]:
    if artifact.key != folder.name:
        yield f"its manifest says key {artifact.key[:12]}, its folder is called {folder.name[:12]}"
    for name, record in artifact.manifest.files.items():
        try:
            path = artifact.file(name)
        except IntegrityError as error:
            yield error.message
            continue
        if deep and hash_file(path) != record.sha256:
            yield f"{path} has other bytes than its manifest says"
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
        if not (store.folder(RUNS) / key).is_dir():
            yield f"its {role} {key[:12]} is not in the store"
