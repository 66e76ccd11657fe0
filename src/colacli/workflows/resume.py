"""Go on with runs that were interrupted, from what was asked for when they were begun."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colacli.errors import IntegrityError, UnknownReferenceError, UsageError
from colacli.events import Note
from colacli.store.canonical import document
from colacli.store.reading import convert, read_json
from colacli.store.run import SPEC
from colacli.workflows.distil import DistilRequest, distil
from colacli.workflows.finetune import FinetuneRequest, finetune
from colacli.workflows.make_run import DryRun, RunResult
from colacli.workflows.runs import attempts_of
from colacli.workflows.train_student import TrainStudentRequest, train_student

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colacli.events import OnEvent
    from colacli.store.attempt import Attempt
    from colacli.store.spec import Spec
    from colacli.store.store import Store

_VERBS: dict[str, tuple[Any, Any]] = {
    "finetune": (FinetuneRequest, finetune),
    "train-student": (TrainStudentRequest, train_student),
    "distil": (DistilRequest, distil),
}


def resume(store: Store, references: Sequence[str], on_event: OnEvent) -> list[RunResult]:
    """Finish these interrupted runs, or all of them where none is named.

    Raises:
        UnknownReferenceError: a reference is no interrupted run's.
        UsageError: another process works on it.
        IntegrityError: what it was begun with is not what there is now, or another version of colacli began it.
    """
    if references:
        chosen = [_find(store, reference) for reference in references]
    else:
        chosen = [attempt for attempt in store.attempts() if not attempt.is_live]
    once = {attempt.key: attempt for attempt in chosen}
    return [_finish(store, attempt, on_event) for attempt in once.values()]


def _find(store: Store, reference: str) -> Attempt:
    """The unfinished run whose key begins with these digits.

    Raises:
        UnknownReferenceError: there is none, or more than one.
    """
    if found := attempts_of(store, reference):
        return found[0]
    raise UnknownReferenceError(
        f"'{reference}' is not 4 or more digits that begin the key of one unfinished run",
        "`colacli runs list` shows what there is",
    )


def _finish(store: Store, attempt: Attempt, on_event: OnEvent) -> RunResult:
    if attempt.is_live:
        raise UsageError(f"another process is making run {attempt.key[:12]}", "wait for it, or stop it first")
    attempt.checkpoints.newest()  # says so where another version wrote them
    asked = attempt.request()
    on_event(Note(f"{asked.get('command')} {attempt.key[:12]}"))
    try:
        kind, verb = _VERBS[asked["command"]]
        request = convert(asked["request"], kind)
        folder = Path(asked["folder"])
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(
            f"{attempt.path} was begun by another version of colacli: {error!r}",
            "go on with the version that began it, or remove it with `colacli runs rm` and begin anew",
        ) from error
    with _working_in(folder):
        planned = verb(replace(request, execution=replace(request.execution, dry_run=True)), store, on_event)
        assert isinstance(planned, DryRun), "a dry run was asked for"
        _see_that_it_is_the_same(planned.spec, attempt)
        result = verb(request, store, on_event)
    assert isinstance(result, RunResult), "no dry run was asked for"
    return result


@contextlib.contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """The working folder in which the run was begun: relative paths mean what they meant."""
    before = Path.cwd()
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(
            f"the run was begun in {folder}, which can't be entered: {error.strerror}",
            "give the command that began it once more: it goes on from the last checkpoint",
        ) from error
    try:
        yield
    finally:
        os.chdir(before)


def _see_that_it_is_the_same(spec: Spec, attempt: Attempt) -> None:
    """Refuse to go on with another run than was begun: its base, its data or its teacher has changed since."""
    if spec.key == attempt.key:
        return
    try:
        begun = read_json(attempt.draft.path / SPEC)
    except (OSError, ValueError):
        begun = {}
    now = document(spec)
    changed = ", ".join(name for name in sorted(now | begun) if now.get(name) != begun.get(name))
    raise IntegrityError(
        f"run {attempt.key[:12]} can't go on: in its spec have changed since: {changed}",
        "restore what it was begun with, or remove it with `colacli runs rm` and begin anew",
    )
