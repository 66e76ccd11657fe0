"""Garbage collection: what nothing protects is removed, and whatever is in doubt stays."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from colacli.errors import ColacliError, IntegrityError
from colacli.store.artifact import RUNS, SPEC
from colacli.store.file_digests import FILE_DIGESTS
from colacli.store.files import bytes_in, is_there, remove_folder, rename_folder
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
    names a run later finds that it is gone; a run that was named earlier is renamed back.

    Returns:
        The same items; those that were removed have an empty `reason`.
    """
    parents = _cached_parents(store)
    reasons = {item.path: item.reason for item in items}
    to_remove = [item for item in reversed(items) if not item.reason]
    while to_remove:
        reasons |= {item.path: _remove(store, item, parents) for item in to_remove}
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


def _remove(store: Folders, item: Item, parents: Callable[[str], set[str]]) -> str:
    """Rename it into `work/`, check once more, remove it; why it stayed, empty where it was removed."""
    again = "in use again"
    if _is_protected(store, item, item.path, parents):
        return again
    try:
        if item.path.is_file():
            item.path.unlink(missing_ok=True)
        elif renamed := store.take_out(item.path):  # else another was faster
            if _is_protected(store, item, renamed, parents) and rename_folder(renamed, item.path):
                return again
            remove_folder(renamed)
    except (ColacliError, OSError) as error:  # another user's; the rest can be removed all the same
        return f"it can't be removed: {error}"
    return ""


def _is_protected(store: Folders, item: Item, path: Path, parents: Callable[[str], set[str]]) -> bool:
    """Whether something protects an item that now is at `path`."""
    if item.kind != RUNS:
        return item.kind == WORK and is_live(path)
    key = item.path.name
    return key in protected_runs(store, (other for other in store.run_keys() if other != key), parents=parents)


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
