"""Garbage collection: what nothing protects is removed, and whatever is in doubt stays."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from colacli.errors import ColacliError, IntegrityError
from colacli.store.artifact import RUNS, SPEC
from colacli.store.file_digests import FILE_DIGESTS
from colacli.store.files import bytes_in, is_there, remove_folder, rename_folder, sync_folder
from colacli.store.folders import Folders
from colacli.store.lease import is_live
from colacli.store.manifest import read_manifest
from colacli.store.protection import (
    BUSY,
    DAY,
    TEMPORARY,
    last_change,
    parents_of,
    protected_runs,
    why_recent,
    why_unfinished,
)

WORK = "work"
_AGAIN = "in use again"
_BATCH = 100
"""Things that are renamed and checked together; a run that is named meanwhile is away for as long as that takes."""
_HASH = re.compile(rb'"([0-9a-f]{64})"')


@dataclass(frozen=True)
class Item:
    """One thing in the store, and why it stays."""

    kind: str
    """`runs`, `cache/<what>`, `work`, or `temporary`."""
    path: Path
    size: int
    """Bytes."""
    reason: str
    """Why it stays, in a few words; empty for what is to be removed."""


def scan(store: Folders, days: float) -> list[Item]:
    """Everything that could be removed, and what protects it. Changes nothing.

    Args:
        store: where to look; its corpora, and what is in quarantine, are the user's own.
        days: the age from which a thing may be removed; what is from the future stays.
    """
    age, stored = days * DAY, list(store.artifacts())
    runs = sorted((_created(path), path) for kind, _, path in stored if kind == RUNS)
    recent = {path.name: why for created, path in runs if (why := why_recent(created, age))}
    reasons = recent | protected_runs(store, recent, age)
    hashes = set().union(*({path.name, *_hashes(path)} for _, path in runs if path.name in reasons))
    digests = store.folder(FILE_DIGESTS)
    folders = (store.root, store.refs, store.data, digests)
    temporary = [path for folder in folders for path in folder.glob("*.tmp") if TEMPORARY.fullmatch(path.name)]
    candidates = [
        *((RUNS, path, reasons.get(path.name, "")) for _, path in runs),
        *((kind, path, _why_cached(path, age, hashes)) for kind, _, path in stored if kind != RUNS),
        *((FILE_DIGESTS, path, why_recent(last_change(path), age)) for path in sorted(digests.glob("*.json"))),
        *((WORK, path, why_unfinished(path, age)) for path in sorted(store.work.glob("*"))),
        *(("temporary", path, why_recent(last_change(path), BUSY)) for path in sorted(temporary)),
    ]
    items = [Item(kind, path, bytes_in(path), reason) for kind, path, reason in candidates]
    return [item for item in items if is_there(item.path)]  # not removed meanwhile


def collect(store: Folders, items: list[Item]) -> list[Item]:
    """Remove what a scan found to be protected by nothing, unless something protects it by now.

    A run is removed before its teacher, and each is renamed into `work/` before it is checked for the last time: who
    names a run later finds that it is gone; a run that was named earlier is renamed back. What protects runs is looked
    up for a batch of them at once, since that takes as long as the store has runs.

    Returns:
        The same items; those that were removed have an empty `reason`.
    """
    parents = _cached_parents(store)
    reasons = {item.path: item.reason for item in items}
    to_remove = [item for item in reversed(items) if not item.reason]
    while to_remove:
        for start in range(0, len(to_remove), _BATCH):
            reasons |= _remove(store, to_remove[start : start + _BATCH], parents)
        remaining = [item for item in to_remove if reasons[item.path]]
        if len(remaining) == len(to_remove):
            break
        to_remove = remaining  # a child that was removed may have protected it
    return [replace(item, reason=reasons[item.path]) for item in items]


def _cached_parents(store: Folders) -> Callable[[str], set[str]]:
    """The parents of a run by its key, read once: a run that is there never changes."""
    cached: dict[str, set[str]] = {}

    def parents(key: str) -> set[str]:
        folder = store.folder(RUNS) / key
        if key not in cached and folder.is_dir():
            cached[key] = parents_of(folder)
        return cached.get(key, set())

    return parents


def _remove(store: Folders, items: Sequence[Item], parents: Callable[[str], set[str]]) -> dict[Path, str]:
    """Rename things into `work/`, check once more, remove them; why each stayed, empty where it was removed."""
    reasons: dict[Path, str] = {}
    renamed: dict[Path, Item] = {}
    for item in items:
        if item.kind == RUNS:
            parents(item.path.name)  # while it is there: one that comes back protects its teacher
    protected = _protected(store, {item.path: item for item in items}, parents)
    for item in items:
        with _noting(item.path, reasons):
            if item.path in protected:
                reasons[item.path] = _AGAIN
            elif item.path.is_file():
                item.path.unlink(missing_ok=True)
            elif taken := store.take_out(item.path, sync=False):  # else another was faster
                renamed[taken] = item
    for folder in {store.work, *(item.path.parent for item in renamed.values())} if renamed else ():
        sync_folder(folder)  # else a power failure could leave one in its old place, with some files removed
    protected = _protected(store, renamed, parents)
    for folder in reversed(protected):  # a teacher before its students
        with _noting(renamed[folder].path, reasons):
            if rename_folder(folder, renamed[folder].path):
                reasons[renamed.pop(folder).path] = _AGAIN
    for folder, item in renamed.items():
        with _noting(item.path, reasons):
            remove_folder(folder)
    return {item.path: reasons.get(item.path, "") for item in items}


@contextmanager
def _noting(path: Path, reasons: dict[Path, str]) -> Iterator[None]:
    """Note why a thing can't be removed, such as another user's: the rest can be all the same."""
    try:
        yield
    except (ColacliError, OSError) as error:
        reasons[path] = f"it can't be removed: {error}"


def _protected(store: Folders, items: dict[Path, Item], parents: Callable[[str], set[str]]) -> list[Path]:
    """Where those things are, of these by where they are now, that something protects."""
    leaving = {item.path.name for item in items.values() if item.kind == RUNS}
    reasons: dict[str, str] = {}
    if leaving:
        reasons = protected_runs(store, (key for key in store.run_keys() if key not in leaving), parents=parents)
    return [
        path
        for path, item in items.items()
        if (item.kind == RUNS and item.path.name in reasons) or (item.kind == WORK and is_live(path))
    ]


def _why_cached(folder: Path, age: float, hashes: set[str]) -> str:
    """It is recent, or derived only from runs that stay. What can't be read is removed: it can be derived again."""
    created, sources = _created(folder), _hashes(folder)
    if created == math.inf:
        return ""
    return why_recent(created, age) or ("derived from runs that stay" if sources and sources <= hashes else "")


def _created(artifact: Path) -> float:
    """In seconds as `time.time` counts them; infinite where nobody can tell."""
    try:
        return datetime.fromisoformat(read_manifest(artifact).created).timestamp()
    except (IntegrityError, ValueError, OverflowError):
        return math.inf


def _hashes(folder: Path) -> set[str]:
    """Every key and digest in an artifact's spec."""
    try:
        return {digest.decode() for digest in _HASH.findall((folder / SPEC).read_bytes())}
    except OSError:
        return set()
