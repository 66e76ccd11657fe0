"""Jobs as arrays of a SLURM cluster, by submitit: what is preempted saves its state and is queued again."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colacli.engines.engine import Done, Failed, Job, Report, Started, Told
from colacli.engines.worker import Site, fetch, make, needs_gpu, offer, worth_telling
from colacli.errors import ColacliError, UnavailableError
from colacli.events import Epoch, Event, Note, Work, ignore
from colacli.sharing.address import scrub
from colacli.store.store import Store
from colacli.training.checkpoints import end_at_checkpoint

POLL = 2.0
"""Seconds between two looks at the logs."""
_STARTED = "started on "
_DONE = "done"
_MOST_REQUEUES = 1_000
"""Of one job whose time was over; what it saved before is not lost."""


@dataclass(frozen=True)
class Queue:
    """What SLURM is asked for each job; its own defaults where it is None."""

    partition: str | None = None
    minutes: int = 60
    """A job that takes longer saves its state and is queued again."""
    memory: float | None = None
    """GB."""

    def parameters(self, threads: int, slots: int, *, gpu: bool) -> dict[str, Any]:
        """As submitit calls them."""
        parameters = {
            "name": "colacli",
            "cpus_per_task": threads,
            "timeout_min": self.minutes,
            "mem_gb": self.memory,
            "gpus_per_node": 1 if gpu else None,
            "slurm_partition": self.partition,
            "slurm_array_parallelism": slots,
        }
        return {name: value for name, value in parameters.items() if value is not None}


class SlurmEngine:
    """A SLURM cluster whose nodes see this folder of logs, and this machine can submit to.

    Args:
        store: the driver's.
        site: how jobs are made on the nodes.
        logs: a folder for `KEY.log`, and for submitit's files. Whoever can write there can make jobs run.
        queue: what is asked for each job.
        jobs: most of them in the queue at once.
        cluster: `slurm`; `local` are processes on this machine, for tests.

    Raises:
        UnavailableError: submitit is not installed, or this is no SLURM cluster.
    """

    def __init__(
        self, store: Store, site: Site, logs: Path, queue: Queue, *, jobs: int = 256, cluster: str = "slurm"
    ) -> None:
        self.slots = jobs
        self._store, self._site, self._logs, self._queue = store, site, logs, queue
        self._waiting: list[Job] = []
        self._out: dict[str, Any] = {}
        self._read: dict[str, int] = {}
        self._cluster = cluster
        _executor(logs, cluster)  # an error now rather than at the first job

    def submit(self, job: Job) -> None:
        """Keep it for the next array."""
        for parent in job.parents if self._site.through else ():
            offer(self._store, self._site, parent)
        self._waiting.append(job)

    def wait(self) -> Sequence[Report]:
        """What jobs have written into their logs, and those that ended."""
        if self._waiting:
            self._send()
        while True:
            ended = [key for key, task in self._out.items() if task.done()]  # first: then its log is whole
            reports: list[Report] = [report for key in self._out for report in self._news(key)]
            reports += [self._end(key, self._out.pop(key)) for key in ended]
            if reports:
                return reports
            time.sleep(POLL)

    def close(self) -> None:
        """Cancel what is under way: it saves its state first, and can be resumed."""
        for task in self._out.values():
            task.cancel(check=False)

    def _send(self) -> None:
        """Give what was kept to SLURM: an array of those that need a GPU, and one of the others."""
        by_need: dict[bool, list[Job]] = {}
        for job in self._waiting:
            by_need.setdefault(needs_gpu(job), []).append(job)
        self._waiting = []
        for gpu, jobs in by_need.items():
            executor = _executor(self._logs, self._cluster)
            executor.update_parameters(**self._queue.parameters(self._site.threads, self.slots, gpu=gpu))
            for job in jobs:
                log = self._log(job.key)
                self._read[job.key] = log.stat().st_size if log.exists() else 0
            try:
                tasks = executor.submit_array([_Task(job, self._site, self._log(job.key)) for job in jobs])
            except Exception as error:
                raise UnavailableError(f"SLURM did not take {len(jobs)} jobs: {error}", "see `sinfo`") from error
            self._out.update(zip([job.key for job in jobs], tasks, strict=True))

    def _news(self, key: str) -> list[Report]:
        """What a job has written since the last look, whole lines."""
        try:
            with self._log(key).open("rb") as log:
                log.seek(self._read[key])
                lines = log.read().splitlines(keepends=True)
        except FileNotFoundError:
            return []
        whole = [line for line in lines if line.endswith(b"\n")]
        self._read[key] += sum(map(len, whole))
        texts = [line.decode(errors="replace").rstrip("\n").partition(" ")[2] for line in whole]
        return [
            Started(key, text.removeprefix(_STARTED)) if text.startswith(_STARTED) else Told(key, Note(text))
            for text in texts
            if text != _DONE
        ]

    def _end(self, key: str, task: Any) -> Done | Failed:
        """How a job that has ended did; its run in the driver's store."""
        try:
            end: Done | Failed = task.result()
            if isinstance(end, Done) and self._site.through:
                fetch(self._store, self._site.through, key, ignore)
        except ColacliError as error:
            return Failed(key, error)
        except Exception:
            message = f"SLURM's job {task.job_id} ended without an answer ({task.state})"
            return Failed(key, ColacliError(message, f"see {self._log(key)} and {task.paths.stderr}"))
        return end

    def _log(self, key: str) -> Path:
        return self._logs / f"{key}.log"


class _Task:
    """What submitit runs on a node, again after it was requeued."""

    def __init__(self, job: Job, site: Site, log: Path) -> None:
        self._job, self._site, self._log = job, site, log

    def __call__(self) -> Done | Failed:
        """Make the run; at a signal save its state, and have the job queued again or end."""
        requeue = signal.getsignal(signal.SIGUSR2)  # submitit's
        caught: list[int] = []

        def end(number: int, _frame: Any) -> None:
            caught.append(number)
            end_at_checkpoint()

        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
            signal.signal(number, end)

        def tell(event: Event) -> None:
            if caught and isinstance(event, Work):  # no step follows, at which its state would be saved
                raise KeyboardInterrupt
            if worth_telling(event):
                self._write(event.text if isinstance(event, Note) else _line(event))

        job_id = os.environ.get("SLURM_JOB_ID", "none")
        self._write(f"{_STARTED}{socket.gethostname()}, process {os.getpid()}, SLURM job {job_id}")
        try:
            answer = make(self._job, self._site, tell)
        except KeyboardInterrupt:
            self._write(f"interrupted by signal {caught[0] if caught else signal.SIGINT.value}")
            # At SIGTERM SLURM itself queues the job again, if it is preempted and not cancelled.
            if caught and caught[0] != signal.SIGTERM and callable(requeue):
                requeue(caught[0], None)  # ends the process
            raise SystemExit(1) from None
        self._write(f"failed: {answer.error.message}" if isinstance(answer, Failed) else _DONE)
        return answer

    def checkpoint(self) -> Any:
        """What submitit queues again: the same."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def _write(self, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {' '.join(scrub(text).split())}\n")


def _line(event: Event) -> str:
    assert isinstance(event, Epoch)
    return f"epoch {event.epoch}: train loss {event.train_loss:.4f}, dev accuracy {event.dev_accuracy:.4f}"


def _executor(logs: Path, cluster: str) -> Any:
    """Submitit's, for this cluster."""
    try:
        import submitit
    except ImportError as error:
        message = "--on slurm needs submitit, which is not installed"
        raise UnavailableError(message, "pip install 'colacli[slurm]'") from error
    try:
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        limits = {f"{cluster}_max_num_timeout": _MOST_REQUEUES}
        return submitit.AutoExecutor(folder=logs / "submitit", cluster=cluster, **limits)
    except RuntimeError as error:
        raise UnavailableError("this is no SLURM cluster: there is no srun", "run it on a login node") from error
