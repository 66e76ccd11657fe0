"""What holds a run: a name, unfinished work, a command that goes on, a run that descends from it. `gc` and `rm` ask."""

from __future__ import annotations

import math
import re
import time
import uuid
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from colacli.store.canonical import is_key
from colacli.store.files import scratch_folder
from colacli.store.lease import hold, is_live
from colacli.store.manifest import MANIFEST
from colacli.store.reading import read_json
from colacli.store.refs import scan_names
from colacli.store.run import RUNS, SPEC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from colacli.store.store import Store

WORK = "work"
DAY = 86_400.0  # seconds
BUSY = 3600.0  # seconds; a temporary that is older was left by a process that was killed
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}\.tmp|.+\.removed\.[0-9a-f]{32}")
_BEGINNING = 60.0  # seconds that a process may need to say that it works in a folder
_NEEDED = "runs.txt"
"""The file of a command's folder in `work/`: the runs that it makes or uses, one key a line."""


def holders(
    store: Store,
    staying: Iterable[str],
    age: float = math.inf,
    *,
    named: bool = True,
    parents: Callable[[str], set[str]] | None = None,
) -> dict[str, str]:
    """What holds each run that something holds, by key, in a few words.

    Args:
        store: where to look.
        staying: keys of runs that stay anyway; what they descend from stays with them.
        age: seconds from which an interrupted run holds nothing.
        named: whether a name holds a run; one that can't be read may be any run's.
        parents: gives the keys that a run descends from, for callers who remember them.
    """
    parents = parents or (lambda key: parents_of(store.folder(RUNS) / key))
    held: dict[str, str] = {}
    if named:
        known, damaged = scan_names(store)
        for name in damaged:
            held |= dict.fromkeys(store.run_keys(), f"the name {name} can't be read")
        held |= {key: f"named {name}" for name, keys in known.items() for key in keys}
    for folder in (store.root / WORK).glob("*"):
        held |= dict.fromkeys(_needed(folder, age), "needed by unfinished work")
    waiting = [*staying, *held]
    for key in waiting:  # grows while it is walked: a run that stays holds its parents, and they theirs
        for parent in parents(key) - held.keys():
            held[parent] = f"parent of {key[:12]}"
            waiting.append(parent)
    return held


@contextmanager
def holding(store: Store, keys: Iterable[str]) -> Iterator[None]:
    """Hold these runs until the block or its process ends, also those that are not made yet."""
    with ExitStack() as stack:
        with suppress(OSError):  # a store that can't be written to still answers what it holds
            store.prepare()
            folder = stack.enter_context(scratch_folder(store.root / WORK / f"command.{uuid.uuid4().hex}"))
            (folder / _NEEDED).write_text("".join(f"{key}\n" for key in keys))
            stack.enter_context(hold(folder))  # others see a living process only when the list is whole
        yield


def why_unfinished(folder: Path, age: float) -> str:
    """Why a folder of `work/` stays; empty when it may go."""
    temporary = TEMPORARY.fullmatch(folder.name)
    if not temporary and is_live(folder):
        return "a process works in it"
    return too_young(last_change(folder), max(age, BUSY if temporary else _BEGINNING))


def too_young(then: float, age: float) -> str:
    """Why a thing of this time stays; empty when it is older than `age`, in seconds."""
    if then == math.inf:
        return "it can't be read; see `runs verify`"
    passed = time.time() - then
    return "" if passed >= age else f"{passed // DAY:.0f} days old" if passed >= 0 else "from the future"


def last_change(path: Path) -> float:
    """When a file, or anything in a folder, was last changed; infinite where nobody can tell."""
    try:
        return max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
    except OSError:
        return math.inf


def parents_of(folder: Path) -> set[str]:
    """Keys of what a run, finished or not, descends from: of both files that say it, for one may be damaged."""
    found: set[str] = set()
    for name in (SPEC, MANIFEST):
        try:
            found |= {key for key in read_json(folder / name).get("parents", {}).values() if is_key(key)}
        except (OSError, ValueError, TypeError, AttributeError):
            continue
    return found


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
