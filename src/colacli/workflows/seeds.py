"""The same training under several seeds: one run each, stored singly, under one name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from colacli.errors import DataError
from colacli.events import Note, OnEvent
from colacli.store.canonical import document
from colacli.store.holders import holding
from colacli.store.refs import check_name, set_name
from colacli.workflows.at_once import at_once
from colacli.workflows.distil import DistilRequest
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.make_run import DryRun, RunResult, changed_fields
from colacli.workflows.train_student import TrainStudentRequest

if TYPE_CHECKING:
    from colacli.store.spec import Spec
    from colacli.store.store import Store

Request = TypeVar("Request", FinetuneRequest, TrainStudentRequest, DistilRequest)
Made = RunResult | DryRun


def each_seed(
    verb: Callable[[Request, Store, OnEvent], Made], request: Request, store: Store, on_event: OnEvent
) -> list[Made]:
    """A verb's runs for as many seeds as were asked for, counted up from the first, in turn or several at once.

    What was finished before an interruption is stored, and is a hit the next time. Until all are done and named, every
    one of them is held.

    Raises:
        DataError: the data, the base or the teacher changed between two seeds; no name is given.
    """
    execution = request.execution
    if execution.seeds == 1:
        return [verb(request, store, on_event)]
    if execution.name is not None:
        check_name(execution.name)
    first = request.training.seed
    requests = [_of_seed(request, seed) for seed in range(first, first + execution.seeds)]
    planned = verb(_planning(requests[0]), store, on_event)
    one = partial(_made_of_the_same, verb, planned.spec)
    if execution.dry_run:
        return _in_turn(one, requests, store, on_event)
    with holding(store, [_with_seed(planned.spec, request.training.seed).key for request in requests]):
        if execution.jobs > 1:
            made = at_once(one, requests, execution.jobs, store, on_event)
        else:
            made = _in_turn(one, requests, store, on_event)
        if execution.name is None:
            return made
        set_name(store, execution.name, [result.spec.key for result in made], on_event)
    return [replace(result, names=[execution.name]) for result in made]


def _planning(request: Request) -> Request:
    return replace(request, execution=replace(request.execution, dry_run=True))


def _with_seed(spec: Spec, seed: int) -> Spec:
    return replace(spec, training=replace(spec.training, seed=seed))


def _made_of_the_same(
    verb: Callable[[Request, Store, OnEvent], Made], first: Spec, request: Request, store: Store, on_event: OnEvent
) -> Made:
    """What a verb answers, if only its seed is another than in the first one's spec."""
    made = verb(request, store, on_event)
    expected = _with_seed(first, request.training.seed)
    if made.spec.key != expected.key:
        raise DataError(
            f"while this command ran, what it is made of changed, in its spec: "
            f"{changed_fields(expected, document(made.spec))}; run {made.spec.key[:12]} of seed "
            f"{request.training.seed} is of the new",
            "the finished runs are stored, without the name; give the command again",
        )
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
