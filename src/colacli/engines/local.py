"""Jobs as processes on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from colacli.devices import cuda_count
from colacli.engines.engine import Done, Failed, Job, Report, Started, Told
from colacli.engines.gpus import Gpus, Need, find_gpus
from colacli.engines.processes import Answer, Died, Heard, Pool
from colacli.errors import ColacliError, DataError, describe_unexpected
from colacli.events import Counted, OnEvent, ignore
from colacli.store.store import Store
from colacli.workflows.verbs import VERBS


class LocalEngine:
    """So many processes, each with its share of the cores.

    Of the jobs that read the same corpus and have the same teachers, the first goes ahead until its training starts:
    tokens and the teachers' logits are in the store by then, and nobody computes them twice. Where several compute on
    GPUs, a job waits until one of them has room for it.
    """

    def __init__(self, store: Store, jobs: int, threads: int | None = None) -> None:
        self.slots = jobs
        self._pool = Pool(store.root, jobs, threads)
        self._waiting: list[Job] = []
        self._ahead: dict[object, str] = {}
        """By what jobs share: the key of the one that goes ahead."""
        self._prepared: set[object] = set()
        """What they share that is in the store."""
        self._demand = Demand(store) if jobs > 1 and cuda_count() else None

    def submit(self, job: Job) -> None:
        """Take it; a process starts on it as soon as what it shares with others is there, and room on a GPU."""
        self._waiting.append(job)

    def wait(self) -> Sequence[Report]:
        """Jobs that are started now; or what the busy processes say."""
        may_start = (job for job in list(self._waiting) if self._pool.has_room and self._may_start(job))
        if started := [report for job in may_start if (report := self._start(job))]:
            return started
        return [report for job, message in self._pool.listen() for report in self._reports(job, message)]

    def close(self) -> None:
        """End the processes; what they were making stays where its last checkpoint is."""
        self._pool.stop()

    def _may_start(self, job: Job) -> bool:
        shared = _shared(job)
        return shared in self._prepared or self._ahead.setdefault(shared, job.key) == job.key

    def _start(self, job: Job) -> Started | None:
        """Give it to a process; None where it waits for room on a GPU."""
        need = self._demand.need(job) if self._demand else None
        place = self._demand.gpus.take(job.key, need) if self._demand else None
        if need is not None and place is None:
            return None
        self._waiting.remove(job)
        process = f"process {self._pool.ask(job, make_run, job, place) + 1}"
        return Started(job.key, f"{process}, cuda:{place.gpu.index}" if place else process)

    def _reports(self, job: Job, message: Heard | Answer | Died) -> list[Report]:
        """What a message means for its job, and for those that wait for it."""
        if isinstance(message, Heard) and not isinstance(message.event, Counted):
            return [Told(job.key, message.event)]
        shared = _shared(job)
        if isinstance(message, Heard):
            self._prepared.add(shared)
            return [Told(job.key, message.event)]
        if self._ahead.get(shared) == job.key:
            del self._ahead[shared]  # if it failed, the next one goes ahead
        if self._demand:
            self._demand.gpus.give_back(job.key)
        return [_end(job, message)]


class Demand:
    """What jobs take of this machine's GPUs, each size estimated once."""

    def __init__(self, store: Store) -> None:
        self.gpus = Gpus(find_gpus())
        self._store = store
        self._needs: dict[object, Need | None] = {}
        """By what is asked but for the seed."""

    def need(self, job: Job) -> Need | None:
        """Of a job whose parents are stored; None where it needs no GPU, or can't be made, as it will say itself."""
        request = job.request
        if hasattr(request, "training"):
            request = replace(request, training=replace(request.training, seed=0))
        if request not in self._needs:
            self._needs[request] = None
            with suppress(ColacliError):
                self._needs[request] = Need.of(VERBS[job.command].plan(request, self._store, ignore))
        return self._needs[request]


def make_run(job: Job, store: Store, on_event: OnEvent) -> Done:
    """Make a job's run; it is imported by the process that does.

    Raises:
        DataError: what it is made of has changed since it was planned.
        ColacliError: as its verb raises.
    """
    started = time.monotonic()
    result: Any = VERBS[job.command].run(job.request, store, on_event)
    if result.spec.key != job.key:
        message = f"what {job.label or job.key[:12]} is made of changed while the experiment ran: its key is another"
        raise DataError(message, "give the command again")
    return Done(job.key, result.cached, round(time.monotonic() - started, 3))


def _shared(job: Job) -> object:
    """What other jobs would compute too."""
    return job.parents, getattr(job.request, "data", None)


def _end(job: Job, message: Answer | Died) -> Done | Failed:
    if isinstance(message, Died):
        return Failed(job.key, message.error(f"made {job.label or job.key[:12]}"))
    if isinstance(message.value, ColacliError):
        return Failed(job.key, message.value)
    if isinstance(message.value, Exception):
        error = ColacliError(*describe_unexpected(message.value))
        error.__notes__ = getattr(message.value, "__notes__", [])
        return Failed(job.key, error)
    end: Done = message.value
    return end
