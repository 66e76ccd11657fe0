"""Several trainings at once, each in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from colacli.engines.gpus import Gpus, Need, check_fitting, find_gpus
from colacli.engines.processes import Answer, Died, Heard, pool
from colacli.events import Counted, OfJob, OnEvent
from colacli.store.store import Store
from colacli.training.plan import DryRun, RunResult, Train


def run_parallel(
    train: Train, requests: Sequence[Any], jobs: int, store: Store, on_event: OnEvent, need: Need | None = None
) -> Iterator[tuple[int, RunResult | DryRun]]:
    """What a training verb answers to each request, with the request's index, as they come.

    The first process goes ahead until its training starts: what all of them need (tokens, a teacher's logits) is in the
    store by then, and nobody computes it twice. An error of one ends all; what they had started can be resumed.

    Args:
        train: a training verb's function, which the processes import by its name.
        requests: each with a training's seed.
        jobs: processes; no more than requests are started.
        store: where the runs go.
        on_event: told the processes' events, wrapped in `OfJob`.
        need: of a GPU, by each training; None where they compute on none.

    Raises:
        UsageError: the GPUs have no room for so many at once.
    """
    waiting = iter(enumerate(requests))
    gpus = _gpus(need, min(jobs, len(requests)))
    with pool(store, min(jobs, len(requests))) as processes:
        index, request = next(waiting)
        processes.ask(index, train, request, gpus.take(index, need))
        while processes.is_busy:
            for index, message in processes.listen():
                seed = requests[index].training.seed
                if not isinstance(message, Heard):
                    gpus.give_back(index)
                if isinstance(message, Died):
                    raise message.error(f"trained seed {seed}")
                if isinstance(message, Heard):
                    on_event(OfJob(message.process, seed, message.event))
                elif isinstance(message.value, Exception):
                    raise message.value
                else:
                    yield index, message.value
                if isinstance(message, Answer) or isinstance(message.event, Counted):
                    while processes.has_room and (following := next(waiting, None)) is not None:
                        processes.ask(following[0], train, following[1], gpus.take(following[0], need))


def _gpus(need: Need | None, jobs: int) -> Gpus:
    """Those that are divided among so many jobs at once."""
    found = find_gpus() if need else []
    if need:
        check_fitting(jobs, need, found)
    return Gpus(found)
