"""Train the recurrent student alone: what distillation is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from colacli.config import Labels, Student, Training
from colacli.data.corpus import Corpus, training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.events import OnEvent, ignore
from colacli.models.base import Base, find_base
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.look_up import look_up
from colacli.training.plan import DryRun, RunResult, StudentPlan, Verb
from colacli.training.ranks import current
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.training.student_base import (
    Parent,
    StudentBaseChoice,
    find_student_base,
    note_holdout_seen,
    parents_of,
    shaped,
)

REVISION = 5
"""Bumped by hand when its numbers change for the same options."""


@dataclass(frozen=True, kw_only=True)
class TrainStudentRequest:
    """All that `train-student` can be asked."""

    base: BaseChoice = BaseChoice()
    data: DataChoice = DataChoice()
    labels: Labels = Labels()
    student: Student = Student()
    start: StudentBaseChoice = StudentBaseChoice()
    training: Training = Training()
    execution: Execution = Execution()


def train_student(request: TrainStudentRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A student that has seen the labels only.

    Raises:
        ColacliError: the base, the data or an option can't be used; see `errors`.
    """
    plan = plan_train_student(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    from colacli.models.tokenizer import load_tokenizer
    from colacli.training.datasets import prepare
    from colacli.training.fit import cross_entropy_objective
    from colacli.training.run import open_run
    from colacli.training.students import TrainingTask, fit_student

    with open_run(plan, store, on_event) as run:
        tokenizer = load_tokenizer(plan.base.tokenizer, plan.base.folder)
        datasets = prepare(plan, tokenizer, store, on_event)
        objective = cross_entropy_objective(datasets.train.labels, plan.device, request.labels.label_smoothing)
        task = TrainingTask(datasets.train, objective)
        return run.commit(fit_student(plan, task, datasets, tokenizer, run, on_event))


def plan_train_student(request: TrainStudentRequest, store: Store, on_event: OnEvent) -> StudentPlan:
    """Everything that can be decided before anything is computed."""
    device = resolve_device(request.execution.device, current().local)
    fresh = request.execution.force
    base = find_base(store, request.base.variant, request.base.base, on_event, fresh=fresh)
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    start = find_student_base(request.start, store, request.training.seed)
    spec = train_student_spec(request, base, corpus, device, start)
    assert spec.student is not None
    note_holdout_seen(start, spec, store, on_event)
    return StudentPlan(
        spec=spec,
        base=base,
        corpus=corpus,
        device=device,
        request=replace(request, start=request.start.pinned(start)),
        student=spec.student,
        student_base=start,
    )


def train_student_spec(
    request: TrainStudentRequest, base: Base, corpus: Corpus, device: str, start: Parent | None
) -> Spec:
    """What identifies a student alone, which may start from one that is not made yet."""
    return Spec(
        command="train-student",
        revision=REVISION,
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=request.training.resolved(resolve_precision(request.training.precision, device, recurrent=True)),
        student=shaped(request.student, start, base),
        labels=request.labels if request.labels.label_smoothing else None,
        parents=parents_of(start),
        ranks=current().in_spec,
    )


TRAIN_STUDENT = Verb("train-student", TrainStudentRequest, plan_train_student, train_student)
