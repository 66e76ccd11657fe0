"""Garbage collection: what nothing holds any more is taken out, and whatever is in doubt stays."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from colacli.errors import IntegrityError
from colacli.store.canonical import is_key
from colacli.store.files import bytes_in, is_there, remove_folder, rename_folder
from colacli.store.lease import is_live
from colacli.store.manifest import MANIFEST, read_manifest
from colacli.store.reading import read_json
from colacli.store.refs import survey_names
from colacli.store.run import FILE_DIGESTS, RUNS, SPEC

if TYPE_CHECKING:
    from pathlib import Path

    from colacli.store.store import Store

_WORK = "work"
_DAY = 86_400.0  # seconds
_BUSY = 3600.0  # seconds; what has a passing name for longer was left by a process that was killed
_BEGINNING = 60.0  # seconds that a process may need to say that it works in a folder
_PASSING = re.compile(r"\..+\.[0-9a-f]{32}\.tmp|.+\.removed\.[0-9a-f]{32}")
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
    age, stored = days * _DAY, list(store.artifacts())
    runs = sorted((_made(path), path) for kind, _, path in stored if kind == RUNS)
    kept = _kept_runs(store, {path.name: made for made, path in runs}, age)
    hashes = set().union(*({path.name, *_hashes(path)} for _, path in runs if path.name in kept))
    memories = store.root / FILE_DIGESTS
    places = (store.root, store.refs, store.data, memories)
    left = [path for place in places for path in sorted(place.glob("*.tmp")) if _PASSING.fullmatch(path.name)]
    items = [
        *(_item(RUNS, path, kept.get(path.name, "")) for _, path in runs),
        *(_item(kind, path, _why_cached(path, age, hashes)) for kind, _, path in stored if kind != RUNS),
        *(_item(FILE_DIGESTS, path, _youth(_touched(path), age)) for path in sorted(memories.glob("*.json"))),
        *(_item(_WORK, path, _why_unfinished(path, age)) for path in sorted((store.root / _WORK).glob("*"))),
        *(_item("temporary", path, _youth(_touched(path), _BUSY)) for path in left),
    ]
    return [item for item in items if is_there(item.path)]  # and not gone meanwhile


def collect(store: Store, items: list[Item]) -> list[Item]:
    """Take out what a survey found to be held by nothing, unless something holds it by now.

    A run goes before the one that taught it, and all are out of sight, in `work/`, when they are looked at for the last
    time: who names a run later finds that it is gone; a run that was named earlier comes back.

    Returns:
        The same items; those that went have an empty `kept`.
    """
    parents: dict[str, set[str]] = {}
    left = {item.path: item for item in reversed(items) if not item.kept}
    while taken := {path for path, item in left.items() if _take(store, item, parents)}:
        left = {path: item for path, item in left.items() if path not in taken}  # a child that went may have held it
    return [replace(item, kept="taken up again meanwhile") if item.path in left else item for item in items]


def _take(store: Store, item: Item, parents: dict[str, set[str]]) -> bool:
    """Rename it into `work/`, look once more, remove it; whether it went."""
    if _is_held(store, item, item.path, parents):
        return False
    if item.path.is_file():
        item.path.unlink(missing_ok=True)
        return True
    doomed = store.take_out(item.path)
    if doomed is None:  # another was faster
        return True
    if _is_held(store, item, doomed, parents) and rename_folder(doomed, item.path):
        return False
    remove_folder(doomed)
    return True


def _is_held(store: Store, item: Item, path: Path, parents: dict[str, set[str]]) -> bool:
    """Whether something holds an item that now is at `path`; `parents` remembers those of runs, which never change."""
    if item.kind != RUNS:
        return item.kind == _WORK and is_live(path)
    others = {key: store.folder(RUNS) / key for key in store.run_keys() if key != item.path.name}
    parents |= {key: _parents(folder) for key, folder in others.items() if key not in parents}
    return item.path.name in _held(store, math.inf).keys() | set().union(*(parents[key] for key in others))


def _kept_runs(store: Store, made: dict[str, float], age: float) -> dict[str, str]:
    """What holds each run that stays, by key."""
    held = _held(store, age)
    kept = {key: why for key, then in made.items() if (why := held.get(key) or _youth(then, age))}
    unseen = list(kept)
    for key in unseen:  # grows while it is walked: a run that stays holds its parents, and they theirs
        for parent in _parents(store.folder(RUNS) / key) - kept.keys():
            kept[parent] = f"parent of {key[:12]}"
            unseen.append(parent)
    return kept


def _held(store: Store, age: float) -> dict[str, str]:
    """The runs that a name holds, or work that stays: its own key, for it may be made again, and its parents."""
    known, damaged = survey_names(store)
    doubt = f"perhaps named {', '.join(damaged)}, which can't be read"
    held = dict.fromkeys(store.run_keys(), doubt) if damaged else {}
    held |= {key: f"named {name}" for name, keys in known.items() for key in keys}
    for folder in (store.root / _WORK).glob("*"):
        if not _PASSING.fullmatch(folder.name) and _why_unfinished(folder, age):
            needed = [folder.name.partition(".")[0], *_parents(folder), *_parents(folder / "run")]
            held |= dict.fromkeys(needed, "needed by unfinished work")
    return held


def _why_cached(folder: Path, age: float, hashes: set[str]) -> str:
    """It is young, or all that it was derived from belongs to runs that stay. What can't be read is derived again."""
    made, sources = _made(folder), _hashes(folder)
    if made == math.inf:
        return ""
    return _youth(made, age) or ("derived from runs that stay" if sources and sources <= hashes else "")


def _why_unfinished(folder: Path, age: float) -> str:
    passing = _PASSING.fullmatch(folder.name)
    if not passing and is_live(folder):
        return "a process works in it"
    return _youth(_touched(folder), max(age, _BUSY if passing else _BEGINNING))


def _youth(then: float, age: float) -> str:
    """Why a thing of this age stays; empty when it is old enough to go."""
    if then == math.inf:
        return "it can't be read; see `runs verify`"
    passed = time.time() - then
    return "" if passed >= age else f"{passed // _DAY:.0f} days old" if passed >= 0 else "from the future"


def _made(artifact: Path) -> float:
    """When it was made, in seconds as `time.time` counts them; infinite where nobody can tell."""
    try:
        return datetime.fromisoformat(read_manifest(artifact).created).timestamp()
    except (IntegrityError, ValueError, OverflowError):
        return math.inf


def _touched(path: Path) -> float:
    """When a file, or anything in a folder, was last changed; infinite where nobody can tell."""
    try:
        return max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
    except OSError:
        return math.inf


def _parents(folder: Path) -> set[str]:
    """Keys of what a run, finished or not, was taught by: of both files that say it, for one may be damaged."""
    found: set[str] = set()
    for name in (SPEC, MANIFEST):
        try:
            found |= {key for key in read_json(folder / name).get("parents", {}).values() if is_key(key)}
        except (OSError, ValueError, TypeError, AttributeError):
            continue
    return found


def _hashes(folder: Path) -> set[str]:
    """Every key and digest in an artifact's spec."""
    try:
        return {found.decode() for found in _HASH.findall((folder / SPEC).read_bytes())}
    except OSError:
        return set()


def _item(kind: str, path: Path, kept: str) -> Item:
    return Item(kind, path, bytes_in(path), kept)
