"""Train the recurrent student alone: what distillation is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colacli.config import Labels, Student, Training
from colacli.data.corpus import training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.events import OnEvent, ignore
from colacli.models.base import find_base
from colacli.store.spec import REVISIONS, Spec
from colacli.workflows.make_run import DryRun, Job, RunResult, make_run
from colacli.workflows.requests import BaseChoice, DataChoice, Execution

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from colacli.ledger import Ledger
    from colacli.store.attempt import Attempt
    from colacli.store.manifest import Result
    from colacli.store.store import Store
    from colacli.workflows.recurrent import Lesson
    from colacli.workflows.train_and_measure import Material


@dataclass(frozen=True, kw_only=True)
class TrainStudentRequest:
    """All that `train-student` can be asked."""

    base: BaseChoice = BaseChoice()
    data: DataChoice = DataChoice()
    labels: Labels = Labels()
    student: Student = Student()
    training: Training = Training()
    execution: Execution = Execution()


def train_student(request: TrainStudentRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A student that has seen the labels only.

    Raises:
        ColacliError: the base, the data or an option can't be used; see `errors`.
    """
    device = resolve_device(request.execution.device)
    fresh = request.execution.force
    base = find_base(store, request.base.variant, request.base.base, on_event, fresh=fresh)
    corpus = find_corpus(store, request.data.data, on_event)
    precision = resolve_precision(request.training.precision, device, recurrent=True)
    spec = Spec(
        command="train-student",
        revision=REVISIONS["train-student"],
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=replace(request.training, precision=precision),
        student=request.student.resolved(base.config.n_embd),
        labels=request.labels if request.labels.label_smoothing else None,
    )
    job = Job(spec, base, corpus, device, store, on_event, request)
    return make_run(job, count_student, _train)


def count_student(job: Job) -> Ledger:
    """A student's ledger, without making it; torch is imported only here."""
    from colacli.workflows.recurrent import count_recurrent

    return count_recurrent(job)


def _train(job: Job, attempt: Attempt) -> Result:
    from colacli.training import cross_entropy_objective
    from colacli.workflows.recurrent import Lesson, train_recurrent

    smoothing = job.spec.labels.label_smoothing if job.spec.labels else 0.0

    def lesson(material: Material, _: Tokenizer) -> Lesson:
        labels = material.train.labels
        return Lesson(material.train, cross_entropy_objective(labels, job.device, smoothing))

    return train_recurrent(job, attempt, lesson)
