"""How a run comes to be: a job, then what is stored under its key, or the work and one commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from colacli.devices import check_precision
from colacli.errors import IntegrityError, UnknownReferenceError
from colacli.events import Note
from colacli.store.canonical import document
from colacli.store.imports import Imported, import_of
from colacli.store.lease import Watch
from colacli.store.manifest import FileRecord, Result, environment_of
from colacli.store.refs import check_name, names_of, set_name
from colacli.store.run import RUNS, Run
from colacli.store.verify import faults_of

if TYPE_CHECKING:
    from colacli.data.corpus import Corpus
    from colacli.events import OnEvent
    from colacli.ledger import Ledger
    from colacli.models.base import Base
    from colacli.store.attempt import Attempt
    from colacli.store.spec import Spec
    from colacli.store.store import Store
    from colacli.workflows.requests import Execution

POLL = 1.0
"""Seconds between two looks at a run that another process makes."""

Agreement = Literal["same", "differs", "only stored", "only new"]


class Request(Protocol):
    """What a training verb is asked."""

    @property
    def execution(self) -> Execution:
        """Where it runs and what becomes of it."""


@dataclass(frozen=True)
class Job:
    """A training that has been decided on down to its key, and what it needs to be done."""

    spec: Spec
    base: Base
    corpus: Corpus
    device: str
    """A torch device's name."""
    store: Store
    on_event: OnEvent
    """Told what is going on."""
    request: Request
    """What was asked for, to ask for it again when this was interrupted."""


@dataclass(frozen=True)
class RunResult:
    """A run, and how it came to be known just now."""

    run: Run
    names: list[str]
    """What it is called; the name just given first."""
    cached: bool
    agreement: dict[str, Agreement] = field(default_factory=dict)
    """With --force on a stored run: for every file, whether the new bytes agree with the stored."""
    imported: Imported | None = None
    """Where it came from; None where it was made here."""

    @property
    def spec(self) -> Spec:
        """What identifies it."""
        return self.run.spec


@dataclass(frozen=True)
class DryRun:
    """What a command would do."""

    spec: Spec
    path: Path
    run: Run | None
    """What is stored under the key: then it would be a hit."""
    names: list[str]
    count: Callable[[], Ledger]
    """Counts its parameters, which may need torch."""

    @property
    def ledger(self) -> Ledger:
        """Its parameters, counted."""
        return self.run.ledger if self.run else self.count()


def make_run(job: Job, count: Callable[[Job], Ledger], train: Callable[[Job, Attempt], Result]) -> RunResult | DryRun:
    """The run a job describes: from the store if it is there, else trained and stored.

    Where another process makes the same run just now, it is waited for; where one was interrupted, this goes on from
    its last checkpoint. Neither is needed for what is stored to be right: of two that finish, one stays.

    Args:
        job: what to make, and where; its request says name, force, dry run.
        count: counts the parameters without making the model; refuses a base or options that no model can be made of.
        train: does the work and leaves the run's files in the work's draft.

    Raises:
        IntegrityError: what is stored is damaged and --force was not given.
        UsageError: the device would emulate the precision that is asked for.
    """
    execution = job.request.execution
    if execution.name is not None:
        check_name(execution.name)
    key, store = job.spec.key, job.store
    if execution.dry_run:
        path = store.folder(RUNS) / key
        return DryRun(job.spec, path, store.find_run(key), names_of(store, key), lambda: count(job))
    watch = Watch()
    if not execution.force and (run := store.find_run(key) or _wait_for_another(job, watch)):
        run.check()
        _note_elsewhere(run, job)
        store.sweep(key)
        return _named(job, run, cached=True)
    check_precision(job.spec.training.precision, job.device, force=execution.force_precision)
    count(job)  # refuses what can't be made before anything is begun
    return _train(job, train, None if execution.force else watch)


def _wait_for_another(job: Job, watch: Watch) -> Run | None:
    """The run that another process was making; None where none does, or it stopped without one."""
    store, key = job.store, job.spec.key
    told = False
    while any(watch.is_live(attempt.path) for attempt in store.attempts(key)):
        if not told:
            job.on_event(Note(f"another process is making run {key[:12]}; waiting for it (Ctrl-C stops only this one)"))
        told = True
        time.sleep(POLL)
    return store.find_run(key) if told else None


def _train(job: Job, train: Callable[[Job, Attempt], Result], watch: Watch | None) -> RunResult:
    """Do the work in a draft and commit it; sound bytes that stand under the key already stay.

    With a `watch` an interrupted work is gone on with, unless somebody works on it.
    """
    started = time.perf_counter()
    with job.store.attempt(job.spec, _asked(job), watch.is_live if watch else None) as attempt:
        _see_that_parents_are_there(job)
        begun, draft = attempt.checkpoints.progress(), attempt.draft
        result = train(job, attempt)
        target = job.store.folder(RUNS) / draft.key
        agreement = _compare(draft.records(), target) if target.is_dir() else {}
        if agreement and faults_of(target, deep=True, is_run=True):
            job.on_event(Note(f"the stored run {draft.key[:12]} was damaged and is replaced"))
        path = job.store.commit(
            RUNS,
            draft,
            seconds=(begun.seconds if begun else 0.0) + time.perf_counter() - started,
            environment=_environment(job, begun.environment if begun else None),
            parents=job.spec.parents,
            sources={"base": job.base.name, "data": job.corpus.origin},
            result=result,
        )
        run = Run(path)
        run.check()  # reads all that is shown of it, while the attempt still holds it
        return _named(job, run, cached=False, agreement=agreement)


def _asked(job: Job) -> dict[str, Any]:
    """What was asked for, to ask for it again from any folder: with absolute paths."""
    asked = asdict(
        cast("Any", job.request),
        dict_factory=lambda fields: {
            name: value.resolve() if isinstance(value, Path) else value for name, value in fields
        },
    )
    return {"command": job.spec.command, "request": {**asked, "data": {"data": job.corpus.origin}}}


def _see_that_parents_are_there(job: Job) -> None:
    """Whoever removes a run looks at the attempts after it, and here it is looked at after the attempt began.

    Raises:
        UnknownReferenceError: a run that this one descends from was removed meanwhile.
    """
    for key in (job.spec.parents or {}).values():
        if not (job.store.folder(RUNS) / key).is_dir():
            raise UnknownReferenceError(f"run {key[:12]}, a teacher of this one, was removed", "make it again first")


def changed_fields(spec: Spec, other: dict[str, Any]) -> str:
    """Names of the fields in which a spec and another one's document differ."""
    now = document(spec)
    return ", ".join(name for name in sorted(now | other) if now.get(name) != other.get(name))


def _named(job: Job, run: Run, *, cached: bool, agreement: dict[str, Agreement] | None = None) -> RunResult:
    name = job.request.execution.name
    if name is not None:
        set_name(job.store, name, [run.key], job.on_event)
    names = sorted(names_of(job.store, run.key), key=lambda one: one != name)
    return RunResult(run, names, cached, agreement or {}, import_of(job.store, run))


def _compare(new: dict[str, FileRecord], stored: Path) -> dict[str, Agreement]:
    """File by file, whether new bytes agree with what a stored run's manifest says."""
    try:
        old = Run(stored).manifest.files
    except IntegrityError:
        return dict.fromkeys(new, "only new")
    return {name: _agree(new.get(name), old.get(name)) for name in sorted(new | old)}


def _agree(new: FileRecord | None, old: FileRecord | None) -> Agreement:
    if new is None:
        return "only stored"
    if old is None:
        return "only new"
    return "same" if new == old else "differs"


def _note_elsewhere(run: Run, job: Job) -> None:
    """Say when a hit was imported, or made on another device, with other libraries or another number of threads."""
    if came := import_of(job.store, run):
        job.on_event(Note(f"stored run {run.key[:12]} was imported from {came.source} on {came.time[:10]}"))
    if changed := _changed(run.manifest.environment, job.device):
        job.on_event(Note(f"stored run {run.key[:12]} was made elsewhere: {changed}"))


def _environment(job: Job, begun: dict[str, str] | None) -> dict[str, str]:
    """This process' environment, and what was different where an interrupted run was begun."""
    changed = begun and _changed(begun, job.device)
    return {**environment_of(job.device), **({"begun_with": changed} if changed else {})}


def _changed(then: dict[str, str], device: str) -> str:
    """What of an earlier environment was different and may change a last digit; empty for nothing."""
    now = environment_of(device)
    looked_at = ("host", "device", "threads", "colacli", "torch")
    return ", ".join(f"{name} {then.get(name)}" for name in looked_at if then.get(name) != now[name])
