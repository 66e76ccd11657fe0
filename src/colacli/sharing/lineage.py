"""Runs with all their ancestors: none is exported or imported without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter

from colacli.store.run import Run


def lineage(keys: Iterable[str], find: Callable[[str], Run]) -> list[Run]:
    """Runs and all their ancestors, parents before children.

    Args:
        keys: the runs asked for.
        find: gives a verified run by its key, and is called once for each.
    """
    runs: dict[str, Run] = {}
    waiting = list(keys)
    while waiting:
        if (key := waiting.pop()) not in runs:
            runs[key] = find(key)
            waiting += runs[key].manifest.parents.values()
    parents = {key: sorted(runs[key].manifest.parents.values()) for key in sorted(runs)}
    return [runs[key] for key in TopologicalSorter(parents).static_order()]
