"""A run in the making: a lease and checkpoints while it is trained, then one commit."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from colacli.data.layout import AS_USUAL, LAYOUT
from colacli.errors import IntegrityError, UnknownReferenceError
from colacli.events import Note, OnEvent
from colacli.results import check_results, faults_of_run
from colacli.store.artifact import RUNS, SPEC
from colacli.store.attempt import Attempt
from colacli.store.canonical import key_of
from colacli.store.lease import HeartbeatMonitor
from colacli.store.manifest import FileRecord, Result, environment_of, versions_of
from colacli.store.reading import decode, read_bounded
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.checkpoints import CheckpointSaver, NoCheckpoints
from colacli.training.look_up import changed_environment, named
from colacli.training.plan import Agreement, Plan, RunResult
from colacli.training.ranks import TookPart, current
from colacli.training.usage import Usage, measured

if TYPE_CHECKING:
    from torch import nn

    from colacli.training.datasets import Datasets
    from colacli.training.fit import FitResult
    from colacli.training.steps import Objective


class OpenRun:
    """A run whose folder is being filled.

    Args:
        plan: what it is to be.
        store: where it goes.
        attempt: its folder in the store's `work/`.
        usage: of the machine, from now on.
        on_event: told what is going on.
    """

    def __init__(self, plan: Plan, store: Store, attempt: Attempt, usage: Usage, on_event: OnEvent) -> None:
        self._plan, self._store, self.attempt, self._on_event = plan, store, attempt, on_event
        self._usage = usage
        self._started = time.perf_counter()
        self._resumed = attempt.checkpoints.progress()
        execution = plan.request.execution
        self.checkpoints = CheckpointSaver(
            attempt.checkpoints, plan.spec.training.epochs, execution.checkpoint_every, plan.device, on_event
        )

    def fit(self, model: nn.Module, objective: Objective, datasets: Datasets) -> FitResult:
        """Train its model, as `training.fit` says; where there are several ranks, on all of them.

        Raises:
            TookPart: this is another rank than the first, which alone measures and writes.
        """
        from colacli.training.fit import fit

        ranks, plan = current(), self._plan
        ranks.order(_stored_request(plan))
        ranks.meet(plan.spec.key)
        checkpoints = NoCheckpoints() if ranks.rank else self.checkpoints
        result = fit(model, objective, datasets, plan.spec.training, plan.device, self._on_event, checkpoints, ranks)
        if ranks.rank:
            raise TookPart
        return result

    @property
    def folder(self) -> Path:
        """Where its files go."""
        return self.attempt.draft.path

    def write(self, name: str, content: bytes) -> None:
        """Put a small file into it."""
        self.attempt.draft.write(name, content)

    def commit(self, result: Result) -> RunResult:
        """Make it permanent. Sound bytes that stand under its key already stay.

        Args:
            result: what its training counted.

        Returns:
            The run, and where one was stored before whether the bytes agree.
        """
        plan, store, draft = self._plan, self._store, self.attempt.draft
        stored = store.folder(RUNS) / draft.key
        agreement = _compare(draft.records(), stored) if stored.is_dir() else {}
        is_damaged = bool(agreement and faults_of_run(stored, deep=True))
        if is_damaged:
            self._on_event(Note(f"the stored run {draft.key[:12]} was damaged and is replaced"))
        before = self._resumed.seconds if self._resumed else 0.0
        path = store.commit(
            RUNS,
            draft,
            seconds=before + time.perf_counter() - self._started,
            environment=self._environment(),
            parents=plan.spec.parents,
            sources={
                **({"base": plan.base.name} if plan.base else {}),
                "data": plan.corpus.origin,
                **_layout_source(plan),
            },
            result=result,
            replace=is_damaged,
        )
        run = Run(path)
        run.check()
        check_results(run)  # reads all that is shown of it, while the attempt protects it from garbage collection
        return named(run, plan, store, self._on_event, cached=False, agreement=agreement)

    def _environment(self) -> dict[str, str]:
        """This process' environment, and what was different where an interrupted run was started."""
        device = self._plan.device
        changed = self._resumed and changed_environment(self._resumed.environment, device)
        begun = {"begun_with": changed} if changed else {}
        ranks = {"ranks": str(size)} if (size := current().size) > 1 else {}
        return {
            **environment_of(device),
            **versions_of(self._plan.libraries),
            **_kernels(),
            **ranks,
            **begun,
            **self._usage.facts(),
        }


def _kernels() -> dict[str, str]:
    """What compiled the C kernels, where this process has asked for any."""
    library = sys.modules.get("colacli.kernels.compiled.library")  # not loaded by what trains no network
    return {"kernels": library.used()} if library and library.used() else {}


@contextmanager
def open_run(plan: Plan, store: Store, on_event: OnEvent) -> Iterator[OpenRun]:
    """A folder to make a run in, or that of an interrupted one of the same key, which is then resumed.

    When the block fails after a checkpoint, the folder stays for the next try. With --force nothing is resumed.

    Raises:
        UnknownReferenceError: a run that this one descends from was removed meanwhile.
    """
    if current().rank:  # it writes nothing
        yield OpenRun(plan, store, Attempt(store.work / plan.spec.key), Usage(plan.device, resumed=True), on_event)
        return
    is_live = None if plan.request.execution.force else HeartbeatMonitor().is_live
    _note_other_ranks(plan, store, on_event)
    with store.attempt(plan.spec, _stored_request(plan), is_live) as attempt:
        # Whoever removes a run reads the attempts afterwards; here the run is looked for once the attempt is there.
        for key in (plan.spec.parents or {}).values():
            if not (store.folder(RUNS) / key).is_dir():
                raise UnknownReferenceError(f"run {key[:12]}, a parent of this one, was removed", "make it again first")
        with measured(plan.device, resumed=attempt.checkpoints.progress() is not None) as usage:
            yield OpenRun(plan, store, attempt, usage, on_event)


def _note_other_ranks(plan: Plan, store: Store, on_event: OnEvent) -> None:
    """Say that an interrupted run of the same choices is not resumed, for another number of ranks is another run."""
    for attempt in [] if store.attempts(plan.spec.key) else store.attempts():
        if key_of({**_spec_of(attempt), "ranks": current().in_spec}) == plan.spec.key:
            ranks, own = ranks_of(attempt), current().size
            text = (
                f"interrupted run {attempt.key[:12]} of the same choices was begun on {ranks} ranks, and this is {own}"
            )
            on_event(Note(f"{text}: dropout is drawn otherwise, so this one starts at the beginning"))


def ranks_of(attempt: Attempt) -> int:
    """How many processes train an unfinished run."""
    return int(_spec_of(attempt).get("ranks", 1))


def _spec_of(attempt: Attempt) -> dict[str, Any]:
    """An unfinished run's spec; nothing where it can't be read."""
    with suppress(OSError, ValueError):
        return decode(read_bounded(attempt.path / SPEC), dict[str, Any])
    return {}


def _stored_request(plan: Plan) -> dict[str, Any]:
    """What was asked for, to ask for it again from any folder: with absolute paths."""
    request: dict[str, Any] = asdict(
        cast("Any", plan.request),
        dict_factory=lambda fields: {
            name: value.resolve() if isinstance(value, Path) else value for name, value in fields
        },
    )
    if "data" in request:
        request["data"] = {**request["data"], "data": plan.corpus.origin}
    return {"command": plan.spec.command, "request": request}


def _layout_source(plan: Plan) -> dict[str, str]:
    """The layout of the corpus' files, where one was given, to read them again."""
    layout = plan.corpus.layout
    return {} if layout == AS_USUAL else {LAYOUT: layout.to_text()}


def _compare(new: dict[str, FileRecord], stored: Path) -> dict[str, Agreement]:
    """File by file, whether new bytes agree with what a stored run's manifest says."""
    old: dict[str, FileRecord] = {}
    with suppress(IntegrityError):
        old = Run(stored).manifest.files
    return {name: _agree(new.get(name), old.get(name)) for name in sorted(new | old)}


def _agree(new: FileRecord | None, old: FileRecord | None) -> Agreement:
    if new is None:
        return "only stored"
    if old is None:
        return "only new"
    return "same" if new == old else "differs"
