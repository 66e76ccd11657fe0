"""How a run comes to be: a spec, then what is stored under its key, or the work and one commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from colacli.errors import IntegrityError
from colacli.events import Note, OnEvent
from colacli.ledger import Ledger
from colacli.store.manifest import FileRecord, environment
from colacli.store.refs import check_name, names_of, set_name
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import RUNS, Draft, Store
from colacli.store.verify import faults_of

if TYPE_CHECKING:
    from pathlib import Path

    from colacli.workflows.requests import Execution

Agreement = Literal["same", "differs", "only stored", "only new"]


@dataclass(frozen=True)
class Plan:
    """A run that has been decided on down to its key."""

    spec: Spec
    device: str
    sources: dict[str, str]
    """Where the base and the data were found."""
    ledger: Callable[[], Ledger]
    """Counts the parameters without making the model."""
    compute: Callable[[Draft], Outcome]
    """Does the work and leaves the run's files in the draft."""


@dataclass(frozen=True)
class Outcome:
    """What the work counted beside the files it left."""

    best_epoch: int
    ledger: Ledger


@dataclass(frozen=True)
class RunResult:
    """A run, and how it came to be known just now."""

    run: Run
    names: list[str]
    cached: bool
    agreement: dict[str, Agreement] = field(default_factory=dict)
    """With --force on a stored run: for every file, whether the new bytes agree with the stored."""


@dataclass(frozen=True)
class DryRun:
    """What a command would do."""

    spec: Spec
    key: str
    path: Path
    run: Run | None
    """What is stored under the key: then it would be a hit."""
    names: list[str]
    ledger: Ledger


def make_run(plan: Plan, store: Store, execution: Execution, on_event: OnEvent) -> RunResult | DryRun:
    """The run a plan describes: from the store if it is there, else computed and stored.

    Args:
        plan: what to make.
        store: where it stands or will stand.
        execution: name, force, dry run.
        on_event: told what is going on.

    Raises:
        IntegrityError: what is stored is damaged and --force was not given.
    """
    if execution.name is not None:
        check_name(execution.name)
    key = plan.spec.key
    if execution.dry_run:
        run = store.find_run(key)
        ledger = run.ledger if run else plan.ledger()
        return DryRun(plan.spec, key, store.folder(RUNS) / key, run, names_of(store, key), ledger)
    if not execution.force and (run := store.find_run(key)):
        _check_sizes(run)
        _note_elsewhere(run, plan.device, on_event)
        return _named(store, run, execution.name, cached=True)
    return _compute(plan, store, execution.name, on_event)


def _compute(plan: Plan, store: Store, name: str | None, on_event: OnEvent) -> RunResult:
    """Do the work in a draft and commit it, unless sound bytes stand under the key already."""
    started = time.perf_counter()
    with store.draft(plan.spec) as draft:
        outcome = plan.compute(draft)
        target = store.folder(RUNS) / draft.key
        agreement = _compare(draft.records(), target) if target.is_dir() else {}
        if agreement and faults_of(target, deep=True):
            on_event(Note(f"the stored run {draft.key[:12]} was damaged and is replaced"))
            store.remove(target)
        path = store.commit(
            RUNS,
            draft,
            seconds=time.perf_counter() - started,
            environment=environment(plan.device),
            parents=plan.spec.parents or {},
            sources=plan.sources,
            result={"best_epoch": outcome.best_epoch, "parameters": outcome.ledger},
        )
    return _named(store, Run(path), name, cached=False, agreement=agreement)


def _named(
    store: Store, run: Run, name: str | None, *, cached: bool, agreement: dict[str, Agreement] | None = None
) -> RunResult:
    if name is not None:
        set_name(store, name, [run.key])
    return RunResult(run, names_of(store, run.key), cached, agreement or {})


def _compare(new: dict[str, FileRecord], stored: Path) -> dict[str, Agreement]:
    """File by file, whether new bytes agree with what a stored run's manifest says."""
    try:
        old = Run(stored).manifest.files
    except IntegrityError:
        return dict.fromkeys(new, "only new")
    return {name: _agree(new.get(name), old.get(name)) for name in sorted(new | old)}


def _agree(new: FileRecord | None, old: FileRecord | None) -> Agreement:
    if new is None:
        return "only stored"
    if old is None:
        return "only new"
    return "same" if new == old else "differs"


def _check_sizes(run: Run) -> None:
    for name in run.manifest.files:
        run.file(name)


def _note_elsewhere(run: Run, device: str, on_event: OnEvent) -> None:
    """Say when a hit was made on another device or with other libraries."""
    then, now = run.manifest.environment, environment(device)
    changed = [
        f"{name} {then.get(name)}" for name in ("host", "device", "colacli", "torch") if then.get(name) != now[name]
    ]
    if changed:
        on_event(Note(f"stored run {run.key[:12]} was made elsewhere: {', '.join(changed)}"))
