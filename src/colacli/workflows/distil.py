"""Train the recurrent student from one tuned teacher or several (Hinton, Vinyals, Dean 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from colacli.config import REQUIRED, Checked, Student, Training, setting
from colacli.data.corpus import Corpus, training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.distillation import Distillation, Transfer
from colacli.errors import UsageError
from colacli.events import Note, OnEvent, ignore
from colacli.models.base import Base, base_of
from colacli.store.artifact import RUNS
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.look_up import look_up
from colacli.training.plan import DistilPlan, DryRun, RunResult, Verb
from colacli.training.ranks import current
from colacli.training.requests import MOVED_BASE, DataChoice, Execution
from colacli.training.student_base import (
    Parent,
    StudentBaseChoice,
    find_student_base,
    has_seen_holdout,
    note_holdout_seen,
    parents_of,
    shaped,
)
from colacli.training.transfer import TransferChoice, absolute, source_of

REVISION = 7
"""Bumped by hand when its numbers change for the same options."""


@dataclass(frozen=True, kw_only=True)
class TeacherChoice(Checked):
    """Which teacher, and where its base model is now."""

    teacher: str = setting(
        REQUIRED, "Reference of the teacher's run; several runs, by a name or with commas, are an ensemble."
    )
    base: Path | None = MOVED_BASE


@dataclass(frozen=True, kw_only=True)
class DistilRequest:
    """All that `distil` can be asked."""

    teacher: TeacherChoice
    distillation: Distillation = Distillation()
    transfer: TransferChoice = TransferChoice()
    data: DataChoice = DataChoice()
    student: Student = Student()
    start: StudentBaseChoice = StudentBaseChoice()
    training: Training = Training()
    execution: Execution = Execution()


def distil(request: DistilRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A student that is trained on the labels and its teachers' logits.

    Raises:
        UnknownReferenceError: the teacher is no run of the store.
        ColacliError: the base, the data or an option can't be used; see `errors`.
    """
    plan = plan_distil(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    from colacli.models.tokenizer import load_tokenizer
    from colacli.training.datasets import prepare
    from colacli.training.run import open_run
    from colacli.training.students import fit_student
    from colacli.training.targets import distillation_task

    with open_run(plan, store, on_event) as run:
        tokenizer = load_tokenizer(plan.base.tokenizer, plan.base.folder)
        datasets = prepare(plan, tokenizer, store, on_event)
        task = distillation_task(plan, datasets, tokenizer, store, on_event)
        return run.commit(fit_student(plan, task, datasets, tokenizer, run, on_event))


def plan_distil(request: DistilRequest, store: Store, on_event: OnEvent) -> DistilPlan:
    """Everything that can be decided before anything is computed; a teacher of another store is copied into this."""
    device = resolve_device(request.execution.device, current().local)
    teachers = _teachers(request, store, on_event)
    if len(teachers) == 1:
        request = replace(request, teacher=replace(request.teacher, teacher=f"run:{teachers[0].key}"))
    base = base_of(store, teachers[0], request.teacher.base, on_event, fresh=request.execution.force)
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    transfer, transfer_file = source_of(request.transfer)
    request = replace(request, transfer=absolute(request.transfer))
    start = find_student_base(request.start, store, request.training.seed)
    request = replace(request, start=request.start.pinned(start))
    spec = distil_spec(request, teachers, base, corpus, transfer, device, start)
    assert spec.student is not None
    assert spec.distillation is not None
    _note_holdout_seen(teachers, spec, on_event)
    note_holdout_seen(start, spec, store, on_event)
    return DistilPlan(
        spec=spec,
        base=base,
        corpus=corpus,
        device=device,
        request=request,
        student=spec.student,
        student_base=start,
        distillation=spec.distillation,
        teachers=teachers,
        transfer_file=transfer_file,
    )


def distil_spec(
    request: DistilRequest,
    teachers: Sequence[Parent],
    base: Base,
    corpus: Corpus,
    transfer: Transfer | None,
    device: str,
    start: Parent | None,
) -> Spec:
    """What identifies a distillation, whose teachers may not be made yet.

    Args:
        request: what is asked.
        teachers: in the order of their keys.
        base: of the teachers.
        corpus: the data.
        transfer: the transfer set.
        device: a resolved device's name.
        start: what the student starts from.

    Raises:
        UsageError: the student can't learn, or a teacher can't judge, the prefixes that are asked for.
    """
    student = shaped(request.student, start, base)
    if request.distillation.prefix_weight:
        _check_prefixes(student, teachers)
    return Spec(
        command="distil",
        revision=REVISION,
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=request.training.resolved(resolve_precision(request.training.precision, device, recurrent=True)),
        student=student,
        distillation=request.distillation.resolved(len(teachers)),
        transfer=transfer,
        parents=parents_of(start, _parents(teachers)),
        ranks=current().in_spec,
    )


def check_teachers(teachers: Sequence[Parent], reference: str) -> None:
    """See that a student can be distilled from them.

    Raises:
        UsageError: they have different base models, or one is a baseline.
    """
    if bases := [teacher for teacher in teachers if teacher.spec.is_student_base]:
        message = f"run {bases[0].key[:12]} is a student base, which judges nothing, and no teacher"
        raise UsageError(message, "give it as --student-base, and a run of finetune as --teacher")
    if baselines := [teacher for teacher in teachers if teacher.spec.is_baseline]:
        message = f"run {baselines[0].key[:12]} is a baseline, and a student is distilled from a network"
        raise UsageError(message, "name a run of finetune, train-student or distil")
    if len({teacher.spec.base for teacher in teachers}) > 1:
        raise UsageError(
            f"the runs of '{reference}' have different base models, and a student has the vocabulary of one",
            "name teachers of one base model",
        )


def _check_prefixes(student: Student, teachers: Sequence[Parent]) -> None:
    """See that the student has states of prefixes, and its teachers judgements of them.

    Raises:
        UsageError: they don't.
    """
    if student.bidirectional and student.layers > 1:
        message = "--prefix-weight: with --bidirectional every state above the first layer has read the whole sentence"
        raise UsageError(message, "give --layers 1, or leave one of --prefix-weight and --bidirectional out")
    if students := [teacher for teacher in teachers if teacher.spec.student is not None]:
        message = f"--prefix-weight: teacher {students[0].key[:12]} is a student, which judges no prefixes in passing"
        raise UsageError(message, "name a run of finetune as --teacher, or leave --prefix-weight out")


def _teachers(request: DistilRequest, store: Store, on_event: OnEvent) -> list[Run]:
    """The runs that a reference stands for, each once, in the order of their keys.

    A teacher elsewhere, given by its path, is copied into the store first: its students need it there.

    Raises:
        UsageError: they have different base models, or one is a baseline.
    """
    reference = request.teacher.teacher
    runs = {run.key: run for run in resolve(store, reference)}
    check_teachers(list(runs.values()), reference)
    first = next(iter(runs.values()))
    stored = store.folder(RUNS) / first.key
    if len(runs) == 1 and first.path.resolve() != stored.resolve() and not request.execution.dry_run:
        from colacli.workflows.sharing import copy_in

        on_event(Note(f"copying teacher {first.key[:12]} and its ancestors from {first.path} into {store.root}"))
        copy_in(store, first)
        return [Run(stored)]
    return [runs[key] for key in sorted(runs)]


def _note_holdout_seen(teachers: list[Run], spec: Spec, on_event: OnEvent) -> None:
    """Say when a teacher was trained on the sentences that the epoch is chosen by: it remembers their labels."""
    if seen_by := [run for run in teachers if has_seen_holdout(run, spec)]:
        text = (
            f"teacher {seen_by[0].key[:12]} was trained on the sentences that are held out here, so its targets are "
            "better on these than on new ones; one made with --validation holdout was not"
        )
        on_event(Note(text))


def _parents(teachers: Sequence[Parent]) -> dict[str, str]:
    if len(teachers) == 1:
        return {"teacher": teachers[0].key}
    return {f"teacher-{number}": teacher.key for number, teacher in enumerate(teachers, start=1)}


DISTIL = Verb("distil", DistilRequest, plan_distil, distil)
