"""The same training under several seeds: one run each, stored singly, under one name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from colacli.errors import DataError
from colacli.events import Note, OnEvent
from colacli.store.canonical import changed_fields, document
from colacli.store.holders import holding
from colacli.store.refs import check_name, set_name
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.plan import DryRun, RunResult
from colacli.workflows.parallel import run_parallel
from colacli.workflows.verbs import VERBS


def each_seed(command: str, request: Any, store: Store, on_event: OnEvent) -> list[RunResult | DryRun]:
    """A verb's runs for as many seeds as were asked for, counted up from the first, in turn or several at once.

    What was finished before an interruption is stored, and is a hit the next time. Until all are done and named, none
    of them is garbage.

    Raises:
        DataError: the data, the base or the teacher changed between two seeds; no name is given.
    """
    execution = request.execution
    if execution.seeds == 1:
        return [VERBS[command].run(request, store, on_event)]
    if execution.name is not None:
        check_name(execution.name)
    first = request.training.seed
    requests = [_of_seed(request, seed) for seed in range(first, first + execution.seeds)]
    dry = replace(requests[0], execution=replace(requests[0].execution, dry_run=True))
    planned = VERBS[command].run(dry, store, on_event).spec
    specs = [_with_seed(planned, request.training.seed) for request in requests]
    results: list[RunResult | DryRun | None] = [None] * len(requests)
    with holding(store, [] if execution.dry_run else [spec.key for spec in specs]):
        for index, result in _results(command, requests, execution.jobs, store, on_event):
            _check_spec(result.spec, specs[index])
            results[index] = result
        if execution.name is not None and not execution.dry_run:
            set_name(store, execution.name, [spec.key for spec in specs], on_event)
            return [replace(result, names=[execution.name]) for result in results if result]
    return [result for result in results if result]


def _results(
    command: str, requests: list[Any], jobs: int, store: Store, on_event: OnEvent
) -> Iterator[tuple[int, RunResult | DryRun]]:
    """Each request's index and result, as they come."""
    if jobs > 1 and not requests[0].execution.dry_run:
        yield from run_parallel(VERBS[command].run, requests, jobs, store, on_event)
        return
    for index, request in enumerate(requests):
        on_event(Note(f"seed {request.training.seed}"))
        yield index, VERBS[command].run(request, store, on_event)


def _of_seed(request: Any, seed: int) -> Any:
    """One run of several: under no name of its own."""
    execution = replace(request.execution, seeds=1, jobs=1, name=None)
    return replace(request, training=replace(request.training, seed=seed), execution=execution)


def _with_seed(spec: Spec, seed: int) -> Spec:
    return replace(spec, training=replace(spec.training, seed=seed))


def _check_spec(spec: Spec, expected: Spec) -> None:
    """See that a run differs from the first one in its seed alone.

    Raises:
        DataError: it doesn't.
    """
    if spec.key != expected.key:
        raise DataError(
            f"while this command ran, what it is made of changed, in its spec: "
            f"{changed_fields(document(expected), document(spec))}; run {spec.key[:12]} of seed "
            f"{spec.training.seed} is of the new",
            "the finished runs are stored, without the name; give the command again",
        )
