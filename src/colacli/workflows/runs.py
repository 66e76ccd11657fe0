"""Looking after what is stored: list, describe, name, remove, verify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.errors import IntegrityError, UsageError
from colacli.store import verify as verification
from colacli.store.refs import drop_from_names, names, names_of, resolve, set_name
from colacli.store.store import RUNS

if TYPE_CHECKING:
    from colacli.store.run import Run
    from colacli.store.store import Store
    from colacli.store.verify import Fault


@dataclass(frozen=True)
class Listed:
    """A run and what it is called."""

    run: Run
    names: list[str]


@dataclass(frozen=True)
class Listing:
    """All that is stored."""

    runs: list[Listed]
    damaged: dict[str, IntegrityError]
    """What is wrong with runs that can't be read, by key."""


def listing(store: Store) -> Listing:
    """Every run, the oldest first."""
    runs, damaged = store.survey()
    known = names(store)
    return Listing([Listed(run, [name for name, keys in known.items() if run.key in keys]) for run in runs], damaged)


def describe(store: Store, reference: str) -> list[Listed]:
    """The runs a reference stands for."""
    return [Listed(run, names_of(store, run.key)) for run in resolve(store, reference)]


def give_name(store: Store, name: str, references: Sequence[str]) -> list[str]:
    """Let a name stand for runs; their keys."""
    keys = list(dict.fromkeys(run.key for reference in references for run in resolve(store, reference)))
    set_name(store, name, keys)
    return keys


def remove(store: Store, references: Sequence[str], *, force: bool) -> list[str]:
    """Remove runs, and take them out of the names that stood for them; their keys.

    Raises:
        UsageError: a run that stays descends from one of them, and `force` is not set.
    """
    doomed = {run.key: run for reference in references for run in resolve(store, reference)}
    for run in store.survey()[0]:
        parents = set(run.manifest.parents.values()) & set(doomed)
        if parents and run.key not in doomed and not force:
            parent = next(iter(parents))
            raise UsageError(
                f"run {run.key[:12]} was taught by {parent[:12]}",
                "remove both, or give --force to remove only this one",
            )
    for key in doomed:
        store.remove(store.folder(RUNS) / key)
    drop_from_names(store, set(doomed))
    return list(doomed)


def verify(store: Store, references: Sequence[str], *, deep: bool) -> tuple[int, list[Fault]]:
    """How many artifacts were checked, and what is wrong with them. A damaged run may be named by its digits."""
    if not references:
        return verification.verify(store, None, deep=deep)
    keys = {key for reference in references for key in _keys(store, reference)}
    return verification.verify(store, keys, deep=deep)


def _keys(store: Store, reference: str) -> list[str]:
    """Keys a reference stands for, also where the run itself can't be read."""
    digits = reference.removeprefix("run:")
    found = [key for key in store.run_keys() if len(digits) >= 4 and key.startswith(digits)]
    return found if len(found) == 1 else [run.key for run in resolve(store, reference)]
