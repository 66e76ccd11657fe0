"""The same training under several seeds: one run each, stored singly, under one name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from colacli.events import Note, OnEvent
from colacli.store.refs import check_name, set_name
from colacli.workflows.at_once import at_once
from colacli.workflows.distil import DistilRequest
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.make_run import DryRun, RunResult
from colacli.workflows.train_student import TrainStudentRequest

if TYPE_CHECKING:
    from colacli.store.store import Store

Request = TypeVar("Request", FinetuneRequest, TrainStudentRequest, DistilRequest)
Made = RunResult | DryRun


def each_seed(
    verb: Callable[[Request, Store, OnEvent], Made], request: Request, store: Store, on_event: OnEvent
) -> list[Made]:
    """A verb's runs for as many seeds as were asked for, counted up from the first, in turn or several at once.

    What was finished before an interruption is stored, and is a hit the next time.
    """
    execution = request.execution
    if execution.seeds == 1:
        return [verb(request, store, on_event)]
    if execution.name is not None:
        check_name(execution.name)
    first = request.training.seed
    requests = [_of_seed(request, seed) for seed in range(first, first + execution.seeds)]
    if execution.jobs > 1 and not execution.dry_run:
        made = at_once(verb, requests, execution.jobs, store, on_event)
    else:
        made = _in_turn(verb, requests, store, on_event)
    keys = [result.run.key for result in made if isinstance(result, RunResult)]
    if execution.name is not None and keys:
        set_name(store, execution.name, keys, on_event)
        return [replace(one, names=[execution.name]) for one in made]
    return made


def _of_seed(request: Request, seed: int) -> Request:
    """One run of several: under no name of its own."""
    execution = replace(request.execution, seeds=1, jobs=1, name=None)
    return replace(request, training=replace(request.training, seed=seed), execution=execution)


def _in_turn(
    verb: Callable[[Request, Store, OnEvent], Made], requests: Sequence[Request], store: Store, on_event: OnEvent
) -> list[Made]:
    made = []
    for request in requests:
        on_event(Note(f"seed {request.training.seed}"))
        made.append(verb(request, store, on_event))
    return made
