"""What is known of a planned training before it is run: a hit, a dry run, or nothing. No torch."""

from __future__ import annotations

import time

from colacli.devices import check_precision
from colacli.events import Note, OnEvent
from colacli.results import check_results, name_runs
from colacli.store.artifact import RUNS
from colacli.store.imports import import_of
from colacli.store.lease import HeartbeatMonitor
from colacli.store.manifest import environment_of
from colacli.store.refs import check_name, names_of
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.plan import Agreement, DryRun, Plan, RunResult
from colacli.training.ranks import current

POLL = 1.0
"""Seconds between two looks at a run that another process makes."""


def look_up(plan: Plan, store: Store, on_event: OnEvent) -> RunResult | DryRun | None:
    """What needs no training: a stored run, or with --dry-run what would be done. None where there is work to do.

    A run that another process makes just now is waited for.

    Raises:
        IntegrityError: what is stored is damaged and --force was not given.
        UsageError: the device would emulate the precision that is asked for.
    """
    if current().rank:  # it is told when there is work
        return None
    execution, key = plan.request.execution, plan.spec.key
    if execution.name is not None:
        check_name(execution.name)
    if execution.dry_run:
        return DryRun(plan, store.folder(RUNS) / key, store.find_run(key), names_of(store, key))
    run = None if execution.force else store.find_run(key)
    if run is None:
        check_precision(plan.spec.training.precision, plan.device, force=execution.force_precision)
        plan.count_parameters()  # refuses what can't be made before anything is started
        # Last: the checks above take seconds, in which another process may have begun.
        run = None if execution.force else _wait_for_another(key, store, on_event)
    if run is None:
        return None
    run.check()
    check_results(run)
    _note_elsewhere(store, run, plan.device, on_event)
    store.sweep(key)
    return named(run, plan, store, on_event, cached=True)


def _wait_for_another(key: str, store: Store, on_event: OnEvent) -> Run | None:
    """The run that another process has made by now; None where it stopped without one, or there is none."""
    monitor, waited = HeartbeatMonitor(), False
    while any(monitor.is_live(attempt.path) for attempt in store.attempts(key)):
        if not waited:
            on_event(Note(f"another process is making run {key[:12]}; waiting for it (Ctrl-C stops only this one)"))
        waited = True
        time.sleep(POLL)
    return store.find_run(key)


def named(
    run: Run,
    plan: Plan,
    store: Store,
    on_event: OnEvent,
    *,
    cached: bool,
    agreement: dict[str, Agreement] | None = None,
) -> RunResult:
    """A run's result, once it has the name that was asked for."""
    name = plan.request.execution.name
    if name is not None:
        name_runs(store, name, [run.key], on_event)
    names = sorted(names_of(store, run.key), key=lambda other: other != name)
    return RunResult(run, names, cached, agreement or {}, import_of(store, run))


def _note_elsewhere(store: Store, run: Run, device: str, on_event: OnEvent) -> None:
    """Say when a hit was imported, or made on another device, with other libraries or another number of threads."""
    if imported := import_of(store, run):
        on_event(Note(f"stored run {run.key[:12]} was imported from {imported.source} on {imported.time[:10]}"))
    if changed := changed_environment(run.manifest.environment, device):
        on_event(Note(f"stored run {run.key[:12]} was made elsewhere: {changed}"))


def changed_environment(then: dict[str, str], device: str) -> str:
    """What of an earlier environment was different and may change a last digit; empty for nothing."""
    libraries = ("colacli", "torch")
    now, compared = environment_of(device, libraries), ("host", "device", "threads", *libraries)
    return ", ".join(f"{name} {then.get(name)}" for name in compared if then.get(name) != now[name])
