"""Garbage collection: what nothing holds any more is taken out, and whatever is in doubt stays."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from colacli.errors import ColacliError, IntegrityError
from colacli.store.files import bytes_in, is_there, remove_folder, rename_folder
from colacli.store.holders import (
    BUSY,
    DAY,
    TEMPORARY,
    WORK,
    holders,
    last_change,
    parents_of,
    too_young,
    why_unfinished,
)
from colacli.store.lease import is_live
from colacli.store.manifest import read_manifest
from colacli.store.run import FILE_DIGESTS, RUNS, SPEC

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from colacli.store.store import Store

_HASH = re.compile(rb'"([0-9a-f]{64})"')


@dataclass(frozen=True)
class Item:
    """One thing in the store, and why it stays."""

    kind: str
    """`runs`, `cache/<what>`, `work`, or `temporary`."""
    path: Path
    size: int
    """Bytes."""
    kept: str
    """What holds it, in a few words; empty when nothing does."""


def survey(store: Store, days: float) -> list[Item]:
    """Everything that could be taken out, and what holds it. Changes nothing.

    Args:
        store: where to look; its corpora, and what is in quarantine, are nobody's but the user's.
        days: the age from which a thing may go; what is from the future stays.
    """
    age, stored = days * DAY, list(store.artifacts())
    runs = sorted((_made(path), path) for kind, _, path in stored if kind == RUNS)
    young = {path.name: why for made, path in runs if (why := too_young(made, age))}
    kept = young | holders(store, young, age)
    hashes = set().union(*({path.name, *_hashes(path)} for _, path in runs if path.name in kept))
    memories = store.root / FILE_DIGESTS
    places = (store.root, store.refs, store.data, memories)
    left = [path for place in places for path in sorted(place.glob("*.tmp")) if TEMPORARY.fullmatch(path.name)]
    items = [
        *(_item(RUNS, path, kept.get(path.name, "")) for _, path in runs),
        *(_item(kind, path, _why_cached(path, age, hashes)) for kind, _, path in stored if kind != RUNS),
        *(_item(FILE_DIGESTS, path, too_young(last_change(path), age)) for path in sorted(memories.glob("*.json"))),
        *(_item(WORK, path, why_unfinished(path, age)) for path in sorted((store.root / WORK).glob("*"))),
        *(_item("temporary", path, too_young(last_change(path), BUSY)) for path in left),
    ]
    return [item for item in items if is_there(item.path)]  # and not gone meanwhile


def collect(store: Store, items: list[Item]) -> list[Item]:
    """Take out what a survey found to be held by nothing, unless something holds it by now.

    A run goes before the one that taught it, and all are out of sight, in `work/`, when they are looked at for the last
    time: who names a run later finds that it is gone; a run that was named earlier comes back.

    Returns:
        The same items; those that went have an empty `kept`.
    """
    parents = _remembered(store)
    reasons = {item.path: item.kept for item in items}
    left = [item for item in reversed(items) if not item.kept]
    while left:
        reasons |= {item.path: _take(store, item, parents) for item in left}
        rest = [item for item in left if reasons[item.path]]
        if len(rest) == len(left):
            break
        left = rest  # a child that went may have held it
    return [replace(item, kept=reasons[item.path]) for item in items]


def _remembered(store: Store) -> Callable[[str], set[str]]:
    """What a run descends from, by its key, read once: a run that is there never changes."""
    known: dict[str, set[str]] = {}

    def parents(key: str) -> set[str]:
        folder = store.folder(RUNS) / key
        if key in known or folder.is_dir():
            return known.setdefault(key, known.get(key) or parents_of(folder))
        return set()

    return parents


def _take(store: Store, item: Item, parents: Callable[[str], set[str]]) -> str:
    """Rename it into `work/`, look once more, remove it; why it stayed, empty where it went."""
    again = "taken up again meanwhile"
    if _is_held(store, item, item.path, parents):
        return again
    try:
        if item.path.is_file():
            item.path.unlink(missing_ok=True)
        elif taken := store.take_out(item.path):  # else another was faster
            if _is_held(store, item, taken, parents) and rename_folder(taken, item.path):
                return again
            remove_folder(taken)
    except (ColacliError, OSError) as error:  # another user's; the rest can go all the same
        return f"it can't be removed: {error}"
    return ""


def _is_held(store: Store, item: Item, path: Path, parents: Callable[[str], set[str]]) -> bool:
    """Whether something holds an item that now is at `path`."""
    if item.kind != RUNS:
        return item.kind == WORK and is_live(path)
    key = item.path.name
    return key in holders(store, (other for other in store.run_keys() if other != key), parents=parents)


def _why_cached(folder: Path, age: float, hashes: set[str]) -> str:
    """It is young, or all that it was derived from belongs to runs that stay. What can't be read is derived again."""
    made, sources = _made(folder), _hashes(folder)
    if made == math.inf:
        return ""
    return too_young(made, age) or ("derived from runs that stay" if sources and sources <= hashes else "")


def _made(artifact: Path) -> float:
    """When it was made, in seconds as `time.time` counts them; infinite where nobody can tell."""
    try:
        return datetime.fromisoformat(read_manifest(artifact).created).timestamp()
    except (IntegrityError, ValueError, OverflowError):
        return math.inf


def _hashes(folder: Path) -> set[str]:
    """Every key and digest in an artifact's spec."""
    try:
        return {found.decode() for found in _HASH.findall((folder / SPEC).read_bytes())}
    except OSError:
        return set()


def _item(kind: str, path: Path, kept: str) -> Item:
    return Item(kind, path, bytes_in(path), kept)
