"""What protects a run from removal: a name, unfinished work, a command in progress, a descendant. `gc` and `rm` ask."""

from __future__ import annotations

import math
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from colacli.store.artifact import RUNS, SPEC
from colacli.store.canonical import is_key
from colacli.store.files import scratch_folder
from colacli.store.folders import Folders
from colacli.store.lease import hold, is_live
from colacli.store.manifest import MANIFEST
from colacli.store.reading import read_json
from colacli.store.refs import scan_names

DAY = 86_400.0  # seconds
BUSY = 3600.0  # seconds; a temporary file that is older was left by a process that was killed
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}\.tmp|.+\.removed\.[0-9a-f]{32}")
_STARTING = 60.0  # seconds that a process may need to write its lease
_NEEDED = "runs.txt"
"""The file of a command's folder in `work/`: the runs that it makes or uses, one key a line."""


def protected_runs(
    store: Folders,
    staying: Iterable[str],
    age: float = math.inf,
    *,
    named: bool = True,
    parents: Callable[[str], set[str]] | None = None,
) -> dict[str, str]:
    """What protects each run that something protects, by key, in a few words.

    Args:
        store: where to look.
        staying: keys of runs that stay anyway; their ancestors stay with them.
        age: seconds from which an interrupted run protects nothing.
        named: whether a name protects a run; one that can't be read may be any run's.
        parents: gives the keys of a run's parents, for callers who cache them.
    """
    parents = parents or (lambda key: parents_of(store.folder(RUNS) / key))
    reasons: dict[str, str] = {}
    if named:
        keys_by_name, damaged = scan_names(store)
        for name in damaged:
            reasons |= dict.fromkeys(store.run_keys(), f"the name {name} can't be read")
        reasons |= {key: f"named {name}" for name, keys in keys_by_name.items() for key in keys}
    for folder in store.work.glob("*"):
        reasons |= dict.fromkeys(_needed(folder, age), "needed by unfinished work")
    waiting = [*staying, *reasons]
    for key in waiting:  # grows while it is walked: a run that stays protects its parents, and they theirs
        for parent in parents(key) - reasons.keys():
            reasons[parent] = f"parent of {key[:12]}"
            waiting.append(parent)
    return reasons


@contextmanager
def protecting(store: Folders, keys: Iterable[str]) -> Iterator[None]:
    """Protect these runs until the block or its process ends, also those that are not made yet."""
    with ExitStack() as stack:
        with suppress(OSError):  # a store that can't be written to can still be read
            store.prepare()
            folder = stack.enter_context(scratch_folder(store.work / f"command.{uuid.uuid4().hex}"))
            (folder / _NEEDED).write_text("".join(f"{key}\n" for key in keys))
            stack.enter_context(hold(folder))  # others see a living process only when the list is complete
        yield


def why_unfinished(folder: Path, age: float) -> str:
    """Why a folder of `work/` stays; empty when it may be removed."""
    temporary = TEMPORARY.fullmatch(folder.name)
    if not temporary and is_live(folder):
        return "a process works in it"
    return why_recent(last_change(folder), max(age, BUSY if temporary else _STARTING))


def why_recent(then: float, age: float) -> str:
    """Why a thing of this time stays; empty when it is older than `age`, in seconds."""
    if then == math.inf:
        return "it can't be read; see `runs verify`"
    passed = time.time() - then
    return "" if passed >= age else f"{passed // DAY:.0f} days old" if passed >= 0 else "from the future"


def last_change(path: Path) -> float:
    """When a file, or anything in a folder, was last changed; infinite where nobody can tell."""
    try:
        return max(file.lstat().st_mtime for file in (path, *path.rglob("*")))
    except OSError:
        return math.inf


def parents_of(folder: Path) -> set[str]:
    """Keys of the parents of a run, finished or not: from spec and manifest, for one of them may be damaged."""
    parents: set[str] = set()
    for name in (SPEC, MANIFEST):
        with suppress(OSError, ValueError, TypeError, AttributeError):
            parents |= {key for key in read_json(folder / name).get("parents", {}).values() if is_key(key)}
    return parents


def _needed(folder: Path, age: float) -> set[str]:
    """The runs that a folder of `work/` needs: an attempt its parents, a living process also what it makes."""
    if TEMPORARY.fullmatch(folder.name) or not why_unfinished(folder, age):
        return set()
    needed = parents_of(folder) | parents_of(folder / "run")
    if is_live(folder):
        needed.add(folder.name.partition(".")[0])
        with suppress(OSError, ValueError):
            needed.update((folder / _NEEDED).read_text(encoding="ascii").split())
    return needed
