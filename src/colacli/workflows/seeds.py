"""The same training under several seeds: one run each, stored singly, under one name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from colacli.errors import DataError, UsageError
from colacli.events import Note, OnEvent
from colacli.results import name_runs
from colacli.store.canonical import changed_fields, document
from colacli.store.protection import protecting
from colacli.store.refs import check_name
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.plan import DryRun, RunResult, Train, Verb
from colacli.training.ranks import current
from colacli.training.student_base import find_student_base, of_seed


def each_seed(verb: Verb, request: Any, store: Store, on_event: OnEvent) -> list[RunResult | DryRun]:
    """A verb's runs for as many seeds as were asked for, counted up from the first, in turn or several at once.

    What was finished before an interruption is stored, and is a hit the next time. Until all are done and named, none
    of them is garbage.

    Raises:
        UsageError: several at once were asked for on several ranks, or more than the GPUs have room for.
        DataError: the data, the base or the teacher changed between two seeds; no name is given.
    """
    execution = request.execution
    if execution.seeds == 1:
        return [verb.run(request, store, on_event)]
    if execution.jobs > 1 and current().size > 1:
        message = f"--jobs starts processes of its own, and these {current().size} ranks train one run at a time"
        raise UsageError(message, "leave --jobs out: the seeds are trained one after the other")
    if execution.name is not None:
        check_name(execution.name)
    seeds = range(request.training.seed, request.training.seed + execution.seeds)
    requests = [_with_seed(request, seed) for seed in seeds]
    if execution.dry_run:
        return [result for _, result in _in_turn(verb.run, requests, store, on_event)]
    plan = verb.plan(requests[0], store, on_event)
    specs = [of_seed(plan.spec, one.training.seed, _start(one, store)) for one in requests]
    results: dict[int, RunResult | DryRun] = {}
    with protecting(store, [spec.key for spec in specs]):
        if execution.jobs > 1:
            from colacli.engines.gpus import Need
            from colacli.workflows.parallel import run_parallel

            is_to_make = execution.force or any(store.find_run(spec.key) is None for spec in specs)
            need = Need.of(plan) if is_to_make else None
            finished = run_parallel(verb.run, requests, execution.jobs, store, on_event, need)
        else:
            finished = _in_turn(verb.run, requests, store, on_event)
        for index, result in finished:
            _check_spec(result.spec, specs[index])
            results[index] = result
        if execution.name is not None:
            name_runs(store, execution.name, [spec.key for spec in specs], on_event)
            results = {index: replace(result, names=[execution.name]) for index, result in results.items()}
    return [results[index] for index in range(len(requests))]


def _in_turn(
    train: Train, requests: Sequence[Any], store: Store, on_event: OnEvent
) -> Iterator[tuple[int, RunResult | DryRun]]:
    for index, request in enumerate(requests):
        on_event(Note(f"seed {request.training.seed}"))
        yield index, train(request, store, on_event)


def _with_seed(request: Any, seed: int) -> Any:
    """One run of several: under no name of its own."""
    execution = replace(request.execution, seeds=1, jobs=1, name=None)
    return replace(request, training=replace(request.training, seed=seed), execution=execution)


def _start(request: Any, store: Store) -> Run | None:
    """What a student starts from."""
    return find_student_base(request.start, store, request.training.seed) if hasattr(request, "start") else None


def _check_spec(spec: Spec, expected: Spec) -> None:
    """See that a run differs from the first one in its seed alone."""
    if spec.key != expected.key:
        raise DataError(
            f"while this command ran, what it is made of changed, in its spec: "
            f"{changed_fields(document(expected), document(spec))}; run {spec.key[:12]} of seed "
            f"{spec.training.seed} is of the new",
            "the finished runs are stored, without the name; give the command again",
        )
