"""Train the recurrent student from one tuned teacher or several (Hinton, Vinyals, Dean 2015)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import REQUIRED, Checked, Distillation, Student, Training, setting
from colacli.data.corpus import TRAIN, training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.errors import UsageError
from colacli.events import Note, OnEvent, ignore
from colacli.models.base import base_of
from colacli.store.refs import resolve
from colacli.store.run import RUNS
from colacli.store.spec import REVISIONS, Spec
from colacli.workflows.make_run import DryRun, Job, RunResult, make_run
from colacli.workflows.requests import MOVED_BASE, DataChoice, Execution
from colacli.workflows.sharing import copy_in
from colacli.workflows.train_student import count_student
from colacli.workflows.transfer import TransferChoice, source_of

if TYPE_CHECKING:
    from colacli.data.transfer import Unjudged
    from colacli.store.attempt import Attempt
    from colacli.store.manifest import Result
    from colacli.store.run import Run
    from colacli.store.store import Store


@dataclass(frozen=True, kw_only=True)
class TeacherChoice(Checked):
    """Which teacher, and where its base model is now."""

    teacher: str = setting(REQUIRED, "Reference of the teacher's run; a name of several is an ensemble.")
    base: Path | None = MOVED_BASE


@dataclass(frozen=True, kw_only=True)
class DistilRequest:
    """All that `distil` can be asked."""

    teacher: TeacherChoice
    distillation: Distillation = Distillation()
    transfer: TransferChoice = TransferChoice()
    data: DataChoice = DataChoice()
    student: Student = Student()
    training: Training = Training()
    execution: Execution = Execution()


def distil(request: DistilRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A student that has learnt the labels and its teachers' logits.

    Raises:
        UnknownReferenceError: the teacher is no run of the store.
        ColacliError: the base, the data or an option can't be used; see `errors`.
    """
    device = resolve_device(request.execution.device)
    request = replace(request, teacher=_in_the_store(store, request, on_event))
    teachers = _teachers(store, request.teacher.teacher)
    base = base_of(store, teachers[0], request.teacher.base, on_event, fresh=request.execution.force)
    corpus = find_corpus(store, request.data.data, on_event)
    precision = resolve_precision(request.training.precision, device, recurrent=True)
    transfer, given = source_of(request.transfer)
    if given:
        path = Path(request.transfer.transfer or "").resolve()
        request = replace(request, transfer=replace(request.transfer, transfer=str(path)))
    spec = Spec(
        command="distil",
        revision=REVISIONS["distil"],
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=replace(request.training, precision=precision),
        student=request.student.resolved(base.config.n_embd),
        distillation=request.distillation.resolved(len(teachers)),
        transfer=transfer,
        parents=_parents(teachers),
    )
    job = Job(spec, base, corpus, device, store, on_event, request)
    _note_what_teachers_saw(teachers, spec, on_event)
    return make_run(job, count_student, lambda job, attempt: _train(job, attempt, teachers, given))


def _in_the_store(store: Store, request: DistilRequest, on_event: OnEvent) -> TeacherChoice:
    """A teacher elsewhere, given by its path, is copied into the store first: what it has taught needs it there."""
    runs = resolve(store, request.teacher.teacher)
    if request.execution.dry_run or len(runs) != 1 or runs[0].path.resolve() == _place(store, runs[0].key):
        return request.teacher
    on_event(Note(f"copying teacher {runs[0].key[:12]} and its ancestors from {runs[0].path} into {store.root}"))
    copy_in(store, runs[0])
    return replace(request.teacher, teacher=f"run:{runs[0].key}")


def _place(store: Store, key: str) -> Path:
    return (store.folder(RUNS) / key).resolve()


def _teachers(store: Store, reference: str) -> list[Run]:
    """The runs a reference stands for, each once, in the order of their keys.

    Raises:
        UsageError: they have different base models.
    """
    runs = {run.key: run for run in resolve(store, reference)}
    if len({run.spec.base for run in runs.values()}) > 1:
        raise UsageError(
            f"the runs of '{reference}' have different base models, and a student's words are those of one",
            "name teachers of one base model",
        )
    return [runs[key] for key in sorted(runs)]


def _note_what_teachers_saw(teachers: list[Run], spec: Spec, on_event: OnEvent) -> None:
    """Say when a teacher was trained on the sentences that the epoch is chosen by: it remembers their labels."""
    train = spec.data[TRAIN]
    seen = [one for one in teachers if one.spec.data.get(TRAIN) == train and one.spec.training.validation == "dev"]
    if seen and spec.training.validation == "holdout":
        on_event(
            Note(
                f"teacher {seen[0].key[:12]} was trained on the sentences that are held out here, so what it teaches "
                "is better on these than on new ones; one made with --validation holdout was not"
            )
        )


def _parents(teachers: list[Run]) -> dict[str, str]:
    if len(teachers) == 1:
        return {"teacher": teachers[0].key}
    return {f"teacher-{number}": run.key for number, run in enumerate(teachers, start=1)}


def _train(job: Job, attempt: Attempt, teachers: list[Run], given: Unjudged | None) -> Result:
    from colacli.workflows.recurrent import train_recurrent
    from colacli.workflows.teaching import taught

    return train_recurrent(job, attempt, lambda material, tokenizer: taught(job, teachers, given, material, tokenizer))
