"""Jobs given to an engine as their parents are done; one that fails stops its descendants alone."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from colacli.engines.engine import Done, Engine, Failed, Job, Report
from colacli.errors import ColacliError


def run_jobs(jobs: Sequence[Job], engine: Engine) -> Iterator[Report]:
    """Everything that is reported of these jobs until each is done or has failed; in O(jobs + parents).

    Jobs that are ready are submitted in the order given. A parent that is not among the jobs is taken to be stored.

    Args:
        jobs: each key once, without circles.
        engine: it is left open.
    """
    by_key = {job.key: job for job in jobs}
    missing = {job.key: len({parent for parent in job.parents if parent in by_key}) for job in jobs}
    children: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        for parent in dict.fromkeys(job.parents):
            children[parent].append(job)
    ready = deque(job for job in jobs if not missing[job.key])
    out: set[str] = set()
    failed: set[str] = set()
    while ready or out:
        while ready and len(out) < engine.slots:
            job = ready.popleft()
            engine.submit(job)
            out.add(job.key)
        for report in engine.wait():
            yield report
            if isinstance(report, Done):
                out.discard(report.key)
                for child in children[report.key]:
                    missing[child.key] -= 1
                    if not missing[child.key]:
                        ready.append(child)
            elif isinstance(report, Failed):
                out.discard(report.key)
                failed.add(report.key)
                yield from _without(report.key, by_key, children, failed)


def _without(key: str, by_key: dict[str, Job], children: dict[str, list[Job]], failed: set[str]) -> Iterator[Failed]:
    """What can't be made without this run and is not in `failed` yet, where it is put."""
    left = deque([key])
    while left:
        parent = left.popleft()
        for child in children[parent]:
            if child.key not in failed:
                failed.add(child.key)
                left.append(child.key)
                message = f"{child.label or child.key[:12]} needs {by_key[parent].label or parent[:12]}, which failed"
                yield Failed(child.key, ColacliError(message, "mend that one and give the command again"))
