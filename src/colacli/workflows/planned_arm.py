"""The runs of an experiment's arm, with their keys before what they come from is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from colacli.data.locate import find_corpus
from colacli.devices import resolve_device
from colacli.engines.engine import Job
from colacli.errors import UsageError
from colacli.events import OnEvent
from colacli.models.base import Base, find_base
from colacli.options import request_of
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.plan import Plan
from colacli.training.student_base import (
    Parent,
    StudentBaseChoice,
    check_is_student,
    find_student_base,
    of_seed,
    one_of,
)
from colacli.training.transfer import absolute, source_of
from colacli.workflows.distil import DistilRequest, check_teachers, distil_spec
from colacli.workflows.recipe import Arm
from colacli.workflows.train_student import TrainStudentRequest, train_student_spec
from colacli.workflows.verbs import VERBS


@dataclass(frozen=True)
class PlannedRun:
    """A run of an arm, made or not."""

    arm: str
    spec: Spec
    request: Any
    """What its verb is asked, on any machine."""
    base: Base | None
    stored: Run | None
    label: str
    """Arm and seed, for people."""

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return self.spec.key

    @property
    def job(self) -> Job:
        """For an engine."""
        parents = tuple((self.spec.parents or {}).values())
        return Job(self.key, self.spec.command, self.request, parents, self.label)


def planned_arm(
    arm: Arm,
    settings: dict[str, Any],
    seeds: int,
    planned: Mapping[str, list[PlannedRun]],
    store: Store,
    on_event: OnEvent,
) -> Iterator[PlannedRun]:
    """An arm's runs, one a seed counted up from its first.

    Args:
        arm: of the recipe.
        settings: what its command is asked.
        seeds: how many.
        planned: the arms that are planned already, among them all that it comes from.
        store: where runs are looked for.
        on_event: told of downloads.

    Raises:
        ColacliError: its settings can't be, or a base or the corpus can't be used.
    """
    teachers = sorted(planned.get(arm.teacher or "", []), key=lambda run: run.key)
    starts = planned.get(arm.student_base or "", [])
    if teachers:
        settings = {**settings, "teacher": ",".join(f"run:{run.key}" for run in teachers)}
    request = request_for(arm, settings)
    has_seed = "training" in {field.name for field in fields(request)}
    first = request.training.seed if has_seed else 0
    start_of = _start_finder(arm, request, starts, store)
    base: Base | None
    if teachers or starts:
        check_teachers(teachers, arm.teacher or "")
        spec, request, base = _planned_student(request, teachers, start_of(first), store, on_event)
    else:
        plan: Plan = VERBS[arm.command].plan(request, store, on_event)
        spec, request, base = plan.spec, _anywhere(plan.request, plan.corpus.origin), plan.base
    for seed in range(first, first + (seeds if has_seed else 1)):
        start = start_of(seed)
        one = of_seed(spec, seed, start)
        asked = _of_seed(request, one, start) if has_seed else request
        label = f"{arm.name}, seed {seed}" if has_seed else arm.name
        yield PlannedRun(arm.name, one, asked, base, store.find_run(one.key), label)


def _start_finder(
    arm: Arm, request: Any, planned: Sequence[PlannedRun], store: Store
) -> Callable[[int], Parent | None]:
    """What finds the run that the student of a seed starts from: of an arm, or stored."""
    chosen: StudentBaseChoice | None = getattr(request, "start", None)

    def start_of(seed: int) -> Parent | None:
        if not planned:
            return find_student_base(chosen, store, seed) if chosen else None
        run = one_of(planned, arm.student_base or "", seed)
        check_is_student(run)
        return run

    return start_of


def request_for(arm: Arm, settings: Mapping[str, Any]) -> Any:
    """What an arm's command is asked.

    Raises:
        UsageError: a value is of another type, or outside its limits.
    """
    values = {name.replace("-", "_"): _parsed(value) for name, value in settings.items() if value is not None}
    return request_of(VERBS[arm.command].request, values, arm.command)


def _of_seed(request: Any, spec: Spec, start: Parent | None) -> Any:
    """A request for one seed, in the precision that was found here: another machine's may be another."""
    training = replace(request.training, seed=spec.training.seed, precision=spec.training.precision)
    started = {} if start is None else {"start": request.start.pinned(start)}
    return replace(request, training=training, **started)


def _planned_student(
    request: DistilRequest | TrainStudentRequest,
    teachers: Sequence[PlannedRun],
    start: Parent | None,
    store: Store,
    on_event: OnEvent,
) -> tuple[Spec, DistilRequest | TrainStudentRequest, Base]:
    """A student's spec before its teachers, or what it starts from, are made."""
    device = resolve_device(request.execution.device)
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    if isinstance(request, TrainStudentRequest):
        base = find_base(store, request.base.variant, request.base.base, on_event)
        return train_student_spec(request, base, corpus, device, start), _anywhere(request, corpus.origin), base
    if not teachers:
        message = f"--teacher {request.teacher.teacher} is no arm, and --student-base is one"
        raise UsageError(message, "make the teacher an arm too: what is in the store already is not made again")
    moved = request.teacher.base
    found = find_base(store, None, moved, on_event) if moved else teachers[0].base
    assert found is not None, "a teacher that is no baseline has one"
    transfer, _ = source_of(request.transfer)
    request = replace(request, transfer=absolute(request.transfer))
    spec = distil_spec(request, teachers, found, corpus, transfer, device, start)
    return spec, _anywhere(request, corpus.origin), found


def _anywhere(request: Any, corpus: str) -> Any:
    """The same request for any working folder: with absolute paths."""
    changed: dict[str, Any] = {}
    if hasattr(request, "data"):
        changed["data"] = replace(request.data, data=corpus)
    if hasattr(request, "text"):
        changed["text"] = replace(request.text, text=request.text.text.resolve())
    for section in ("base", "teacher"):
        choice = getattr(request, section, None)
        if choice is not None and choice.base is not None:
            changed[section] = replace(choice, base=choice.base.resolve())
    if hasattr(request, "adapter"):
        changed["adapter"] = request.adapter.resolve()
    return replace(request, **changed)


def _parsed(value: Any) -> Any:
    """A list of a recipe as a list of an option has it."""
    return ",".join(map(str, value)) if isinstance(value, list) else value
