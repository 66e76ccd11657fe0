"""Go on with runs that were interrupted, from what was asked for when they were begun."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import chdir, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from colacli.errors import ColacliError, IntegrityError, UnknownReferenceError, UsageError
from colacli.events import Note, OnEvent
from colacli.store.attempt import Attempt
from colacli.store.canonical import changed_fields, document
from colacli.store.reading import convert, read_json
from colacli.store.run import SPEC
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.plan import DryRun, RunResult
from colacli.workflows.runs import attempts_of
from colacli.workflows.verbs import VERBS


@dataclass(frozen=True)
class Resumed:
    """What became of the interrupted runs."""

    made: list[RunResult]
    failed: dict[str, ColacliError]
    """Why the others can't go on, by key."""


def resume(store: Store, references: Sequence[str], on_event: OnEvent) -> Resumed:
    """Finish these interrupted runs, or all of them where none is named; of several, one that can't stops no other.

    Raises:
        UnknownReferenceError: a reference is no interrupted run's.
        UsageError: it is one run, and another process works on it.
        IntegrityError: it is one run, and what it was begun with is not what there is now, or another version of
            colacli began it.
    """
    if references:
        chosen = [_find(store, reference) for reference in references]
    else:
        chosen = [attempt for attempt in store.attempts() if not attempt.is_live]
    once = {attempt.key: attempt for attempt in chosen}
    done = Resumed([], {})
    for key, attempt in once.items():
        try:
            done.made.append(_finish(store, attempt, on_event))
        except (ColacliError, OSError) as error:
            if len(once) == 1:
                raise
            done.failed[key] = error if isinstance(error, ColacliError) else ColacliError(str(error))
            on_event(Note(f"run {key[:12]} can't go on: {done.failed[key].message}"))
    return done


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
        verb = VERBS[asked["command"]]
        request = convert(asked["request"], verb.request)
        folder = asked.get("folder")  # of earlier versions, where relative paths mean what they meant
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise IntegrityError(
            f"{attempt.path} was begun by another version of colacli: {error!r}",
            "go on with the version that began it, or remove it with `colacli runs rm` and begin anew",
        ) from error
    with chdir(folder) if folder and Path(folder).is_dir() else nullcontext():
        planned = verb.run(replace(request, execution=replace(request.execution, dry_run=True)), store, on_event)
        assert isinstance(planned, DryRun), "a dry run was asked for"
        _see_that_it_is_the_same(planned.spec, attempt)
        result = verb.run(request, store, on_event)
    assert isinstance(result, RunResult), "no dry run was asked for"
    return result


def _see_that_it_is_the_same(spec: Spec, attempt: Attempt) -> None:
    """Refuse to go on with another run than was begun: its base, its data or its teacher has changed since."""
    if spec.key == attempt.key:
        return
    try:
        begun = read_json(attempt.draft.path / SPEC)
    except (OSError, ValueError):
        begun = {}
    raise IntegrityError(
        f"run {attempt.key[:12]} can't go on: in its spec have changed since: {changed_fields(document(spec), begun)}",
        "restore what it was begun with, or remove it with `colacli runs rm` and begin anew",
    )
