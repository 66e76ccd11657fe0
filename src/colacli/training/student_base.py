"""What a student starts from, pretrained layers or another student: found, and the shape that it takes. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Protocol, TypeVar

from colacli.config import Checked, Encoder, Student, flag_of, setting
from colacli.data.corpus import TRAIN
from colacli.errors import UnknownReferenceError, UsageError
from colacli.events import Note, OnEvent
from colacli.models.base import Base
from colacli.store.artifact import RUNS
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.spec import STUDENT_BASE, Spec
from colacli.store.store import Store


class Parent(Protocol):
    """A run that another comes from, stored or only planned."""

    @property
    def key(self) -> str:
        """Of its spec."""

    @property
    def spec(self) -> Spec:
        """What it is."""


_Parent = TypeVar("_Parent", bound=Parent)
_OWN = ("embeddings", "freeze_embeddings")
"""Options that are no shape."""


@dataclass(frozen=True, kw_only=True)
class StudentBaseChoice(Checked):
    """What the student starts from."""

    student_base: str | None = setting(
        None,
        "Reference of a run of pretrain-student, or of another student: the student starts from its weights and "
        "takes its shape; of several runs, from the one with its seed.",
        shown_default="none",
    )

    def pinned(self, run: Parent | None) -> StudentBaseChoice:
        """The same by its key, for another time."""
        return self if run is None else replace(self, student_base=f"run:{run.key}")


def find_student_base(choice: StudentBaseChoice, store: Store, seed: int) -> Run | None:
    """The run that is chosen, if one is; of several the one with a student's seed.

    Raises:
        UnknownReferenceError: there is none, or none with this seed, or several with it.
        UsageError: it is no student's, or not in the store.
    """
    if choice.student_base is None:
        return None
    run = one_of(resolve(store, choice.student_base), choice.student_base, seed)
    check_is_student(run)
    if run.path.resolve() != (store.folder(RUNS) / run.key).resolve():
        message = f"--student-base: {run.path} is not in the store {store.root}"
        raise UsageError(message, "bring it there with `colacli runs export` and `colacli runs import`")
    return run


def check_is_student(run: Parent) -> None:
    """See that a student can start from a run.

    Raises:
        UsageError: it is no student's.
    """
    if run.spec.student is None:
        message = f"--student-base: run {run.key[:12]} was made by {run.spec.command}"
        raise UsageError(message, "name a run of pretrain-student, train-student or distil")


def one_of(runs: Sequence[_Parent], reference: str, seed: int) -> _Parent:
    """The one run, or of several the one with a seed.

    Raises:
        UnknownReferenceError: none of several has it, or more than one.
        UsageError: they have different shapes.
    """
    if len(runs) == 1:
        return runs[0]
    if len({run.spec.student for run in runs}) > 1:
        message = f"--student-base: the {len(runs)} runs of '{reference}' have different shapes"
        raise UsageError(message, "name one of them, or several of one shape")
    found = [run for run in runs if run.spec.training.seed == seed]
    if len(found) != 1:
        has = "none has" if not found else f"{len(found)} have"
        message = f"--student-base: '{reference}' stands for {len(runs)} runs, of which {has} seed {seed}"
        raise UnknownReferenceError(message, "name one of them, or give --seed and --seeds as they have them")
    return found[0]


def shaped(student: Student, start: Parent | None, base: Base) -> Student:
    """A student's options with all of its shape: its own, or that of what it starts from.

    An option that has its default counts as not given.

    Raises:
        UsageError: an option is given that differs from what it starts from, or that has other tokens than the base.
    """
    if start is None:
        return student.resolved(base.config.n_embd)
    its_options, name = start.spec.student, f"student base {start.key[:12]}"
    assert its_options is not None, "a student base has a shape"
    if start.spec.base is None or start.spec.base.tokenizer != base.digests.tokenizer:
        raise UsageError(
            f"--student-base: {name} was made of a base model with another tokenizer than {base.name} has",
            "pretrain one of the same base model",
        )
    if student.embeddings != "teacher":
        message = f"--embeddings {student.embeddings} conflicts with --student-base, whose embeddings are taken"
        raise UsageError(message, "leave one of them out")
    taken = {}
    for option in fields(Encoder if start.spec.is_student_base else Student):
        given, its = getattr(student, option.name), getattr(its_options, option.name)
        if option.name in _OWN:
            continue
        if given not in (option.default, its):
            flag = flag_of(option.name, option.metadata)
            has = f"has --{flag} {its}" if its else f"has no --{flag}"
            message = f"--{flag}{'' if given is True else f' {given}'} conflicts with --student-base: {name} {has}"
            raise UsageError(message, "leave it out: the student takes the shape of what it starts from")
        taken[option.name] = its
    return replace(student, **taken)


def parents_of(start: Parent | None, teachers: dict[str, str] | None = None) -> dict[str, str] | None:
    """A spec's parents: teachers by role, and what the student starts from."""
    return teachers if start is None else {**(teachers or {}), STUDENT_BASE: start.key}


def of_seed(spec: Spec, seed: int, start: Parent | None) -> Spec:
    """The same for another seed, and what its student starts from."""
    return replace(spec, training=replace(spec.training, seed=seed), parents=parents_of(start, spec.parents))


def has_seen_holdout(run: Run, spec: Spec) -> bool:
    """Whether a run was trained on the sentences that a spec holds out."""
    is_held_out = spec.training.validation == "holdout" and run.spec.training.validation == "dev"
    return is_held_out and run.spec.data.get(TRAIN) == spec.data[TRAIN]


def note_holdout_seen(start: Run | None, spec: Spec, store: Store, on_event: OnEvent) -> None:
    """Say when a student that another one starts from was trained on the sentences that are held out now."""
    earlier = start
    while earlier is not None:
        if has_seen_holdout(earlier, spec):
            text = (
                f"student base {earlier.key[:12]} was trained on the sentences that are held out here, so they are "
                "no new ones for the student; one made with --validation holdout was not"
            )
            on_event(Note(text))
        before = earlier.spec.student_base
        earlier = store.find_run(before) if before else None
