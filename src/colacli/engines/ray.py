"""Jobs as tasks of a Ray cluster: what a lost node was making is made again on another."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from colacli.engines.engine import Done, Failed, Job, Report, Started, Told
from colacli.engines.worker import Site, fetch, make, needs_gpu, offer, worth_telling
from colacli.errors import ColacliError, UnavailableError, UsageError
from colacli.events import Event, ignore
from colacli.store.store import Store

if TYPE_CHECKING:
    from ray import ObjectRef

_OBJECT_STORE = 80 * 2**20
"""Bytes of Ray's own, where it is started here: only requests and reports are in it. Ray takes no fewer than 75 MiB."""
_POLL = 1.0
"""Seconds between two looks at what jobs say."""
_MOST_STARTS = 20
"""Of one job. Ray can't tell a lost node from a job that ends its process, and would start it for ever."""
_GRACE = 60.0
"""Seconds in which interrupted jobs give back their leases."""
_INTERRUPTIONS = 3
"""Of a job that does not end: a library's callback may have swallowed the first."""


class RayEngine:
    """A cluster that is there, or one on this machine.

    Args:
        store: the driver's.
        site: how jobs are made on the nodes.
        address: of a cluster's head, `auto` for the one that runs on this machine; None starts one here.
        jobs: tasks given to Ray at once; what the cluster has no room for waits there.

    Raises:
        UnavailableError: Ray is not installed, or the cluster can't be reached.
        UsageError: no node has as many cores.
    """

    def __init__(self, store: Store, site: Site, *, address: str | None = None, jobs: int = 1_000) -> None:
        self.slots = jobs
        self._store, self._site = store, site
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[ObjectRef[Any], str] = {}
        self._starts: Counter[str] = Counter()
        self._offered: set[str] = set()
        self._ray = _connect(address)
        self._check_room()
        # A retry is for a lost node: what goes wrong in a job is no exception but its answer.
        self._make = self._ray.remote(num_cpus=site.threads, max_retries=-1)(_task)
        self._reports: Any = self._ray.remote(_Reports).options(**self._beside_the_driver()).remote()

    def submit(self, job: Job) -> None:
        """Give it to Ray, with its parents in the remote where there is one."""
        for parent in job.parents if self._site.through else ():
            if parent not in self._offered:
                offer(self._store, self._site, parent)
            self._offered.add(parent)
        task = self._make.options(num_gpus=int(needs_gpu(job)), name=job.label or job.key[:12])
        self._jobs[job.key] = job
        self._tasks[task.remote(job, self._site, self._reports)] = job.key

    def wait(self) -> Sequence[Report]:
        """What jobs have said, and those that ended."""
        reports: list[Report] = []
        while not reports:
            with _reaching():
                ended, _ = self._ray.wait([*self._tasks], num_returns=1, timeout=_POLL)
                told = self._ray.get(self._reports.take.remote())
            reports = [report for report in told if report.key in self._jobs]
            reports += [end for report in reports if (end := self._end_if_started_too_often(report))]
            reports += [self._end(task) for task in ended if task in self._tasks]
        return reports

    def close(self) -> None:
        """Interrupt what is under way, as Ctrl-C would there, and leave the cluster."""
        running = [*self._tasks]
        for _ in range(_INTERRUPTIONS):
            for task in running:
                self._ray.cancel(task)
            if not running:
                break
            _, running = self._ray.wait(running, num_returns=len(running), timeout=_GRACE / _INTERRUPTIONS)
        self._ray.shutdown()

    def _end(self, task: ObjectRef[Any]) -> Done | Failed:
        """How a task that has ended did; its run in the driver's store."""
        key = self._tasks.pop(task)
        job = self._jobs.pop(key)
        try:
            end: Done | Failed = self._ray.get(task)
            if isinstance(end, Done) and self._site.through:
                fetch(self._store, self._site.through, key, ignore)
        except ColacliError as error:
            return Failed(key, error)
        except self._ray.exceptions.RayError as error:
            first = str(error).strip().partition("\n")[0]
            message = f"Ray could not make {job.label or key[:12]}: {type(error).__name__}: {first}"
            return Failed(key, ColacliError(message, "Ray's logs on the node say more: /tmp/ray/session_latest/logs"))
        return end

    def _end_if_started_too_often(self, report: Report) -> Failed | None:
        if not isinstance(report, Started):
            return None
        self._starts[report.key] += 1
        if self._starts[report.key] <= _MOST_STARTS:
            return None
        task = next(task for task, key in self._tasks.items() if key == report.key)
        self._ray.cancel(task, force=True)
        del self._tasks[task], self._jobs[report.key]
        message = f"its process ended {_MOST_STARTS} times without an answer, last on {report.where}"
        return Failed(report.key, ColacliError(message, "memory may have run out there; Ray's logs say more"))

    def _check_room(self) -> None:
        most = max((node["Resources"].get("CPU", 0.0) for node in self._ray.nodes() if node["Alive"]), default=0.0)
        if most < self._site.threads:
            self._ray.shutdown()
            hint = f"give --threads {int(most)} or fewer" if most >= 1 else "start nodes with `ray start --num-cpus`"
            raise UsageError(f"no node of the Ray cluster has {self._site.threads} cores for a run", hint)

    def _beside_the_driver(self) -> dict[str, Any]:
        """Options of the actor that collects reports: on this node, and made again if it dies."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(self._ray.get_runtime_context().get_node_id(), soft=False)
        return {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1, "scheduling_strategy": here}


class _Reports:
    """An actor: what jobs say until the driver asks."""

    def __init__(self) -> None:
        self._reports: list[Report] = []

    def add(self, report: Report) -> None:
        """From a job."""
        self._reports.append(report)

    def take(self) -> list[Report]:
        """All that came since the last time."""
        reports, self._reports = self._reports, []
        return reports


def _task(job: Job, site: Site, reports: Any) -> Done | Failed:
    """Make a job's run in a process of Ray's, which can be interrupted.

    A shell starts what stands before its `&` with SIGINT ignored, and so are then all processes of a cluster that is
    started there: `ray.cancel` would do nothing.
    """
    import ray

    signal.signal(signal.SIGINT, signal.default_int_handler)

    def tell(event: Event) -> None:
        if worth_telling(event):
            reports.add.remote(Told(job.key, event))

    # Waited for, so that it comes before the job's end.
    ray.get(reports.add.remote(Started(job.key, f"{socket.gethostname()}, process {os.getpid()}")))
    return make(job, site, tell)


def _connect(address: str | None) -> Any:
    """The module `ray`, connected.

    An address is always given: else Ray takes a cluster that somebody has started on this machine.
    """
    try:
        import ray
    except ImportError as error:
        raise UnavailableError("--on ray needs Ray, which is not installed", "pip install 'colacli[ray]'") from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address and address != "auto":
        _check_listening(address)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    started_here: dict[str, Any] = {"object_store_memory": _OBJECT_STORE, "include_dashboard": False}
    with _reaching():
        ray.init(address or "local", **quiet, **({} if address else started_here))
    # It prints what it hears of lost nodes on standard output, where documents go. `Started` says the same.
    ray._private.worker.print_to_stdstream = lambda *_, **__: None
    return ray


def _check_listening(address: str) -> None:
    """See that something listens there: Ray alone would try for minutes.

    Raises:
        UsageError: it is not HOST:PORT.
        UnavailableError: nothing does.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"--address {address} is not HOST:PORT or auto", "`ray status` shows a cluster's address")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        hint = "start it with `ray start --head`, or leave --address out to use this machine alone"
        raise UnavailableError(f"there is no Ray cluster at {address}: {error}", hint) from error


@contextmanager
def _reaching() -> Iterator[None]:
    """Raises: UnavailableError: the cluster is gone, or was never there."""
    import ray

    try:
        yield
    except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        first = str(error).strip().partition("\n")[0]
        hint = "see `ray status`; the same command goes on where this one ended"
        raise UnavailableError(f"the Ray cluster can't be reached: {first}", hint) from error
