"""The same training under several seeds: one run each, stored singly, under one name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from colacli.events import Note, OnEvent
from colacli.store.refs import check_name, set_name
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
    """A verb's runs for as many seeds as were asked for, counted up from the first.

    What was finished before an interruption is stored, and is a hit the next time.
    """
    execution = request.execution
    if execution.seeds == 1:
        return [verb(request, store, on_event)]
    if execution.name is not None:
        check_name(execution.name)
    made = []
    for seed in range(request.training.seed, request.training.seed + execution.seeds):
        on_event(Note(f"seed {seed}"))
        training = replace(request.training, seed=seed)
        one = replace(request, training=training, execution=replace(execution, seeds=1, name=None))
        made.append(verb(one, store, on_event))
    keys = [result.run.key for result in made if isinstance(result, RunResult)]
    if execution.name is not None and keys:
        set_name(store, execution.name, keys)
        return [replace(one, names=[execution.name]) for one in made]
    return made
