"""Finish runs that were interrupted, from what was asked for when they were started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colacli.errors import ColacliError, IntegrityError, UnknownReferenceError, UsageError
from colacli.events import Note, OnEvent
from colacli.store.artifact import SPEC
from colacli.store.attempt import Attempt
from colacli.store.canonical import changed_fields, document
from colacli.store.reading import convert, read_json
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.plan import DryRun, RunResult
from colacli.training.ranks import current
from colacli.training.run import ranks_of
from colacli.workflows.runs import attempts_of
from colacli.workflows.verbs import VERBS

_PATHS = (("base", "base"), ("teacher", "base"), ("data", "data"), ("transfer", "transfer"))
"""Where a request has paths."""


@dataclass(frozen=True)
class Resumed:
    """What became of the interrupted runs."""

    made: list[RunResult]
    failed: dict[str, ColacliError]
    """Why the others can't be resumed, by key."""


def resume(store: Store, references: Sequence[str], on_event: OnEvent) -> Resumed:
    """Finish these interrupted runs, or all of them where none is named; of several, one that can't stops no other.

    Raises:
        UnknownReferenceError: a reference is no interrupted run's.
        UsageError: it is one run, and another process works on it, or it was begun on another number of ranks.
        IntegrityError: it is one run, and what it was started with has changed, or another version started it.
    """
    if references:
        attempts = [_find(store, reference) for reference in references]
    else:
        attempts = [attempt for attempt in store.attempts() if not attempt.is_live]
    by_key = {attempt.key: attempt for attempt in attempts}
    resumed = Resumed([], {})
    for key, attempt in by_key.items():
        try:
            resumed.made.append(_finish(store, attempt, on_event))
        except (ColacliError, OSError) as error:
            if len(by_key) == 1:
                raise
            resumed.failed[key] = error if isinstance(error, ColacliError) else ColacliError(str(error))
            on_event(Note(f"run {key[:12]} can't be resumed: {resumed.failed[key].message}"))
    return resumed


def _find(store: Store, reference: str) -> Attempt:
    """The unfinished run whose key starts with these digits."""
    if attempts := attempts_of(store, reference):
        return attempts[0]
    raise UnknownReferenceError(
        f"'{reference}' is not 4 or more digits that begin the key of one unfinished run",
        "`colacli runs list` shows what there is",
    )


def _finish(store: Store, attempt: Attempt, on_event: OnEvent) -> RunResult:
    if attempt.is_live:
        raise UsageError(f"another process is making run {attempt.key[:12]}", "wait for it, or stop it first")
    _check_ranks(attempt)
    attempt.checkpoints.newest()  # an error where another version wrote them
    stored = attempt.request()
    command = stored.get("command")
    on_event(Note(f"{command} {attempt.key[:12]}"))
    hint = "resume it with the version that started it, or remove it with `colacli runs rm` and start again"
    verb = VERBS.get(str(command))
    if verb is None:
        known = ", ".join(VERBS)
        message = f"{attempt.path} was started by another version of colacli: its command is '{command}', not {known}"
        raise IntegrityError(message, hint)
    try:
        request = convert(_with_absolute_paths(stored), verb.request)
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise IntegrityError(f"{attempt.path} was started by another version of colacli: {error!r}", hint) from error
    _check_spec(verb.plan(request, store, on_event).spec, attempt)
    result = verb.run(request, store, on_event)
    assert not isinstance(result, DryRun), "no dry run was asked for"
    return result


def _check_ranks(attempt: Attempt) -> None:
    """Refuse to resume on another number of ranks: each draws dropout for itself, so another run would come out."""
    ranks = ranks_of(attempt)
    if ranks != current().size:
        start = f"torchrun --nproc-per-node {ranks} -m colacli" if ranks > 1 else "colacli"
        raise UsageError(
            f"run {attempt.key[:12]} was begun on {ranks} ranks, and this is {current().size}: "
            "each draws dropout for itself, so another run would come out",
            f"`{start} runs resume {attempt.key[:12]}` resumes it",
        )


def _with_absolute_paths(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored request. Earlier versions left paths relative to a folder, which they stored too."""
    request: dict[str, Any] = stored["request"]
    folder = Path(stored.get("folder") or "/")
    for section, name in _PATHS:
        path = request.get(section, {}).get(name)
        if path and (folder / path).exists():
            request = {**request, section: {**request[section], name: str(folder / path)}}
    return request


def _check_spec(spec: Spec, attempt: Attempt) -> None:
    """Refuse to resume another run than was started: its base, its data or its teacher has changed since."""
    if spec.key == attempt.key:
        return
    try:
        started = read_json(attempt.draft.path / SPEC)
    except (OSError, ValueError):
        started = {}
    raise IntegrityError(
        f"run {attempt.key[:12]} can't be resumed: its spec has changed since: "
        f"{changed_fields(document(spec), started)}",
        "restore what it was started with, or remove it with `colacli runs rm` and start again",
    )
