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
from colacli.workflows.making import DryRun, Outcome, Plan, RunResult, make_run
from colacli.workflows.requests import DataChoice, Execution
from colacli.workflows.train_student import count_student

if TYPE_CHECKING:
    from torch import Tensor

    from colacli.data.corpus import Corpus
    from colacli.models.base import Base
    from colacli.store.run import Run
    from colacli.store.store import Draft, Store
    from colacli.training import Objective
    from colacli.workflows.learning import Material


@dataclass(frozen=True, kw_only=True)
class TeacherChoice(Checked):
    """Which teacher, and where its base model is now."""

    teacher: str = setting(REQUIRED, "Reference of the teacher's run.")
    base: Path | None = setting(
        None, "Folder of the teacher's base model, if it has moved.", shown_default="where it was"
    )


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
        distillation=request.distillation,
        parents={"teacher": teacher.key},
    )
    plan = Plan(
        spec=spec,
        device=device,
        sources={"base": base.name, "data": corpus.origin},
        ledger=lambda: count_student(spec, base),
        compute=lambda draft: _compute(draft, spec, teacher, base, corpus, device, store, on_event),
    )
    return make_run(plan, store, request.execution, on_event)


def _compute(
    draft: Draft,
    spec: Spec,
    teacher: Run,
    base: Base,
    corpus: Corpus,
    device: str,
    store: Store,
    on_event: OnEvent,
) -> Outcome:
    from colacli.losses import distillation_loss
    from colacli.workflows.student import train_recurrent

    def objective(material: Material) -> Objective:
        soft = _teacher_logits(teacher, base, corpus, device, store, on_event)
        taught = soft[material.train_rows].to(device)  # (sentences, 2)
        labels = material.train.labels.to(device)
        assert spec.distillation is not None
        how = spec.distillation
        return lambda logits, rows: distillation_loss(logits, taught[rows.to(device)], labels[rows.to(device)], how)

    return train_recurrent(draft, spec, base, corpus, device, store, on_event, objective)


def _teacher_logits(teacher: Run, base: Base, corpus: Corpus, device: str, store: Store, on_event: OnEvent) -> Tensor:
    """The teacher's logits (sentences, 2) on all of train: computed once, then kept in the store's cache."""
    from colacli.models.tensors import read_tensors, write_tensors
    from colacli.workflows.judging import load_judge, logits_on

    name, split = "logits.safetensors", corpus.split(TRAIN)
    spec = {"kind": "teacher-logits", "revision": 1, "teacher": teacher.key, "split": split.digest}
    if cached := store.find_cached("teacher-logits", spec):
        return read_tensors(cached.file(name))["logits"]
    started = time.perf_counter()
    judge = load_judge(teacher, store, base.folder, device, on_event)
    logits = logits_on(judge, split, store, on_event, Work("teacher's logits", 0, len(split)))
    with store.draft(spec) as draft:
        write_tensors(draft.path / name, {"logits": logits})
        store.commit("cache/teacher-logits", draft, seconds=time.perf_counter() - started)
    return logits
