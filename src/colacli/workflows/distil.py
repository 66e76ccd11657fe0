"""Train the recurrent student from a tuned teacher (Hinton, Vinyals, Dean 2015)."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import REQUIRED, Checked, Distillation, Student, Training, setting
from colacli.data.corpus import TRAIN, training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.events import OnEvent, Work, ignore
from colacli.models.base import base_of
from colacli.store.refs import resolve_one
from colacli.store.spec import REVISIONS, Spec
from colacli.workflows.make_run import DryRun, Job, RunResult, make_run
from colacli.workflows.requests import MOVED_BASE, DataChoice, Execution
from colacli.workflows.train_student import count_student

if TYPE_CHECKING:
    from torch import Tensor

    from colacli.store.attempt import Attempt
    from colacli.store.manifest import Result
    from colacli.store.run import Run
    from colacli.store.store import Store
    from colacli.training import Objective
    from colacli.workflows.train_and_measure import Material


@dataclass(frozen=True, kw_only=True)
class TeacherChoice(Checked):
    """Which teacher, and where its base model is now."""

    teacher: str = setting(REQUIRED, "Reference of the teacher's run.")
    base: Path | None = MOVED_BASE


@dataclass(frozen=True, kw_only=True)
class DistilRequest:
    """All that `distil` can be asked."""

    teacher: TeacherChoice
    distillation: Distillation = Distillation()
    data: DataChoice = DataChoice()
    student: Student = Student()
    training: Training = Training()
    execution: Execution = Execution()


def distil(request: DistilRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A student that has learnt the labels and its teacher's logits.

    Raises:
        UnknownReferenceError: the teacher is not one run of the store.
        ColacliError: the base, the data or an option can't be used; see `errors`.
    """
    device = resolve_device(request.execution.device)
    teacher = resolve_one(store, request.teacher.teacher)
    base = base_of(store, teacher, request.teacher.base, on_event)
    corpus = find_corpus(store, request.data.data, on_event)
    precision = resolve_precision(request.training.precision, device, recurrent=True)
    spec = Spec(
        command="distil",
        revision=REVISIONS["distil"],
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=replace(request.training, precision=precision),
        student=request.student.resolved(base.config.n_embd),
        distillation=request.distillation.resolved(),
        parents={"teacher": teacher.key},
    )
    job = Job(spec, base, corpus, device, store, on_event, request)
    return make_run(job, count_student, lambda job, attempt: _train(job, attempt, teacher))


def _train(job: Job, attempt: Attempt, teacher: Run) -> Result:
    from colacli.losses import distillation_loss
    from colacli.workflows.recurrent import train_recurrent

    def objective(material: Material) -> Objective:
        taught = _teacher_logits(job, teacher)[material.train_rows].to(job.device)  # (sentences, 2)
        labels = material.train.labels.to(job.device)
        assert job.spec.distillation is not None, "a distil's spec has a distillation section"
        how = job.spec.distillation
        return lambda logits, rows: distillation_loss(
            logits, taught[rows.to(job.device)], labels[rows.to(job.device)], how
        )

    return train_recurrent(job, attempt, objective)


def _teacher_logits(job: Job, teacher: Run) -> Tensor:
    """The teacher's logits (sentences, 2) on all of train: computed once, then kept in the store's cache."""
    from colacli.models.tensors import read_tensors, write_tensors
    from colacli.workflows.load_judge import load_judge, logits_on

    kind, name, split = "teacher-logits", "logits.safetensors", job.corpus.split(TRAIN)
    spec = {"kind": kind, "revision": 1, "teacher": teacher.key, "split": split.digest}
    if cached := job.store.find_cached(kind, spec):
        return read_tensors(cached.file(name))["logits"]
    started = time.perf_counter()
    judge = load_judge(teacher, job.store, job.base.folder, job.device, job.on_event)
    logits = logits_on(judge, split, job.store, job.on_event, Work("teacher's logits", 0, len(split)))
    job.store.keep(
        kind,
        spec,
        lambda draft: write_tensors(draft.path / name, {"logits": logits}),
        seconds=time.perf_counter() - started,
        device=job.device,
    )
    return logits
