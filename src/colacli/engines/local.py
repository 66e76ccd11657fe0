"""Jobs as processes on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from colacli.engines.engine import Done, Failed, Job, Report, Started, Told
from colacli.engines.processes import Answer, Died, Heard, Pool
from colacli.errors import ColacliError, DataError, describe_unexpected
from colacli.events import Counted, OnEvent
from colacli.store.store import Store
from colacli.workflows.verbs import VERBS


class LocalEngine:
    """So many processes, each with its share of the cores.

    Of the jobs that read the same corpus and have the same teachers, the first goes ahead until its training starts:
    tokens and the teachers' logits are in the store by then, and nobody computes them twice.
    """

    def __init__(self, store: Store, jobs: int, threads: int | None = None) -> None:
        self.slots = jobs
        self._pool = Pool(store.root, jobs, threads)
        self._waiting: list[Job] = []
        self._ahead: dict[object, str] = {}
        """By what jobs share: the key of the one that goes ahead."""
        self._prepared: set[object] = set()
        """What they share that is in the store."""

    def submit(self, job: Job) -> None:
        """Take it; a process starts on it as soon as what it shares with others is there."""
        self._waiting.append(job)

    def wait(self) -> Sequence[Report]:
        """Jobs that are started now; or what the busy processes say."""
        started = [self._start(job) for job in list(self._waiting) if self._pool.has_room and self._may_start(job)]
        if started:
            return started
        return [report for job, message in self._pool.listen() for report in self._reports(job, message)]

    def close(self) -> None:
        """End the processes; what they were making stays where its last checkpoint is."""
        self._pool.stop()

    def _may_start(self, job: Job) -> bool:
        shared = _shared(job)
        return shared in self._prepared or self._ahead.setdefault(shared, job.key) == job.key

    def _start(self, job: Job) -> Started:
        self._waiting.remove(job)
        return Started(job.key, f"process {self._pool.ask(job, make_run, job) + 1}")

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
        return [_end(job, message)]


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
