"""Runs with all that made them: none goes out or comes in without its ancestors, nor unverified."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from colacli.errors import IntegrityError
from colacli.store.run import Run
from colacli.store.verify import faults_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def sound(folder: Path) -> Run:
    """A run of which every byte is as its manifest says.

    Raises:
        IntegrityError: it is not, or it is not there.
    """
    if not folder.is_dir():
        hint = "what descends from it comes and goes only together with it"
        raise IntegrityError(f"run {folder.name[:12]} is not in {folder.parent}", hint)
    if faults := faults_of(folder, deep=True, is_run=True):
        raise IntegrityError(faults[0], "restore it, or make the run again with the same command and --force")
    return Run(folder)


def lineage(keys: Iterable[str], find: Callable[[str], Run]) -> list[Run]:
    """Runs and all their ancestors, parents before children.

    Args:
        keys: the runs asked for.
        find: gives a sound run by its key, and is asked once for each.
    """
    found: dict[str, Run] = {}
    waiting = list(keys)
    while waiting:
        if (key := waiting.pop()) not in found:
            found[key] = find(key)
            waiting += found[key].manifest.parents.values()
    parents = {key: sorted(found[key].manifest.parents.values()) for key in sorted(found)}
    return [found[key] for key in TopologicalSorter(parents).static_order()]
