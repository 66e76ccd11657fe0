"""Measure engines: `python -m benchmarks.scale sleep --runs 1000 --workers 8,64,256`, `python -m benchmarks.scale ray`.

`sleep` drives the schedule with runs that only sleep and are then committed to a store: workers are threads of this
process, not machines, so it measures the driver and the store and no network. `ray` makes small students on a cluster
of this machine, one at once and two at once.
"""

from __future__ import annotations

import argparse
import json
import queue
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import Student, Training
from colacli.engines.engine import Done, Failed, Job, Report, Started
from colacli.engines.schedule import run_jobs
from colacli.engines.worker import Site
from colacli.events import ignore
from colacli.store.artifact import RUNS
from colacli.store.canonical import key_of
from colacli.store.store import Store
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.train_student import TrainStudentRequest, plan_train_student

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES = {"metrics.json": 1_000, "history.jsonl": 1_000, "README.md": 1_000, "predictions-in_domain_dev.tsv": 20_000}
"""Names and bytes of a run's files, beside its spec and manifest."""


class Sleeping:
    """An engine whose workers are threads: each sleeps, then commits a run of a few small files.

    Args:
        store: where they go.
        workers: threads.
        seconds: that a run sleeps.
    """

    def __init__(self, store: Store, workers: int, seconds: float) -> None:
        self.slots = workers
        self.commits: list[float] = []
        """Seconds of each."""
        self._store, self._seconds = store, seconds
        self._threads = ThreadPoolExecutor(workers)
        self._reports: queue.SimpleQueue[Report] = queue.SimpleQueue()

    def submit(self, job: Job) -> None:
        """To the next free thread."""
        self._threads.submit(self._make, job)

    def wait(self) -> Sequence[Report]:
        """All that there is, at least one."""
        reports = [self._reports.get()]
        while not self._reports.empty():
            reports.append(self._reports.get())
        return reports

    def close(self) -> None:
        """Wait for the threads."""
        self._threads.shutdown()

    def _make(self, job: Job) -> None:
        self._reports.put(Started(job.key, "a thread"))
        time.sleep(self._seconds)
        started = time.perf_counter()
        with self._store.draft(job.request) as draft:
            for name, size in FILES.items():
                draft.write(name, b"x" * size)
            self._store.commit(RUNS, draft, seconds=self._seconds)
        self.commits.append(time.perf_counter() - started)
        self._reports.put(Done(job.key, cached=False, seconds=self._seconds))


def sleep(runs: int, workers: int, duration: float) -> dict[str, float]:
    """Figures of so many runs, which take `duration` seconds in all where neither driver nor store costs anything."""
    specs = [{"sleeps": number} for number in range(runs)]
    parent = key_of(specs[0])
    jobs = [Job(key_of(spec), "sleep", spec, (parent,) if number else ()) for number, spec in enumerate(specs)]
    with tempfile.TemporaryDirectory(prefix="colacli-scale-") as folder:
        store = Store(Path(folder))
        engine = Sleeping(store, workers, duration * workers / runs)
        started, own = time.perf_counter(), time.thread_time()
        done = sum(isinstance(report, Done) for report in run_jobs(jobs, engine))
        own = time.thread_time() - own
        wall = time.perf_counter() - started
        engine.close()
        assert done == len(store.run_keys()) == runs
        found, count = time.perf_counter(), 200
        for spec in specs[:: max(1, runs // count)][:count]:
            store.find_run(key_of(spec))
        found = (time.perf_counter() - found) / min(count, runs)
        files = sum(1 for path in (Path(folder) / RUNS).rglob("*") if path.is_file())
    deciles = statistics.quantiles(engine.commits, n=20)
    return {
        "runs": runs,
        "workers": workers,
        "seconds": round(wall, 1),
        "without_costs": round(duration * (1 + workers / runs), 1),  # the parent is made alone
        "driver_ms_per_run": round(1e3 * own / runs, 3),
        "commit_ms_median": round(1e3 * statistics.median(engine.commits), 1),
        "commit_ms_p95": round(1e3 * deciles[-1], 1),
        "find_ms": round(1e3 * found, 3),
        "files": files,
    }


def ray(runs: int, epochs: int, slots: int) -> dict[str, float]:
    """Figures of so many students on Ray, so many at once, with one thread each."""
    from colacli.engines.ray import RayEngine

    with tempfile.TemporaryDirectory(prefix="colacli-scale-") as folder:
        store = Store(Path(folder))
        started = time.perf_counter()
        engine = RayEngine(store, Site(store.root, threads=1), jobs=slots)
        connected = time.perf_counter() - started
        try:
            _made(_students(store, range(-slots, 0), 1), engine)  # processes are started, tokens cached
            jobs = _students(store, range(runs), epochs)
            started = time.perf_counter()
            seconds = _made(jobs, engine)
            wall = time.perf_counter() - started
        finally:
            engine.close()
    return {
        "runs": runs,
        "slots": slots,
        "start_seconds": round(connected, 1),
        "seconds": round(wall, 1),
        "run_seconds": round(statistics.mean(seconds), 2),
        "overhead_seconds_per_run": round((wall * slots - sum(seconds)) / runs, 3),
    }


def _students(store: Store, seeds: range, epochs: int) -> list[Job]:
    request = TrainStudentRequest(
        base=BaseChoice(variant="gpt2-mini"),
        data=DataChoice(data="sample"),
        student=Student(hidden=64),
        execution=Execution(device="cpu"),
    )
    requests = [replace(request, training=Training(epochs=epochs, seed=seed % 10_000)) for seed in seeds]
    return [Job(plan_train_student(one, store, ignore).spec.key, "train-student", one) for one in requests]


def _made(jobs: list[Job], engine: object) -> list[float]:
    """Seconds of each run."""
    reports = list(run_jobs(jobs, engine))  # type: ignore[arg-type]
    for report in reports:
        if isinstance(report, Failed):
            raise report.error
    return [report.seconds for report in reports if isinstance(report, Done)]


def main() -> None:
    """A line of JSON for each setting."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["sleep", "ray"])
    parser.add_argument("--runs", type=int, default=None, help="default: 1000 that sleep, 8 on Ray")
    parser.add_argument("--workers", default="8,64,256", help="of `sleep`, comma-separated (default: 8,64,256)")
    parser.add_argument("--duration", type=float, default=20.0, help="seconds of `sleep` without costs (default: 20)")
    parser.add_argument("--epochs", type=int, default=20, help="of a student on Ray (default: 20)")
    options = parser.parse_args()
    if options.what == "sleep":
        for workers in map(int, options.workers.split(",")):
            _say(sleep(options.runs or 1_000, workers, options.duration))
    else:
        for slots in (1, 2):
            _say(ray(options.runs or 8, options.epochs, slots))


def _say(figures: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
