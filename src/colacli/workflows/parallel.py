"""Several trainings at once, each in a process of its own with its share of the threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from colacli.errors import ColacliError
from colacli.events import Counted, Event, OfJob, OnEvent
from colacli.store.store import Store
from colacli.training.plan import DryRun, RunResult, Train


@dataclass(frozen=True)
class _Result:
    """What a process answers with when it has done what it was asked."""

    run: RunResult | DryRun


@dataclass(frozen=True)
class _Process:
    """One of them, and the pipe to it."""

    number: int
    process: SpawnProcess
    pipe: Connection


def run_parallel(
    train: Train, requests: Sequence[Any], jobs: int, store: Store, on_event: OnEvent
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
    """
    waiting = iter(enumerate(requests))
    busy: dict[Connection, tuple[_Process, int]] = {}
    with _processes(train, min(jobs, len(requests)), store) as idle:
        _ask(idle.pop(), waiting, busy)
        while busy:
            for pipe in wait(list(busy)):
                process, index = busy[pipe]  # type: ignore[index]
                message = _receive(process, requests[index])
                if isinstance(message, _Result):
                    yield index, message.run
                    del busy[process.pipe]
                    _ask(process, waiting, busy)
                else:
                    on_event(OfJob(process.number, requests[index].training.seed, message))
                if isinstance(message, _Result | Counted):
                    while idle:
                        _ask(idle.pop(), waiting, busy)


def _ask(process: _Process, waiting: Iterator[tuple[int, Any]], busy: dict[Connection, tuple[_Process, int]]) -> None:
    """Give a process the next request, if there is one."""
    if (following := next(waiting, None)) is not None:
        index, request = following
        with suppress(OSError):  # it is dead, which its pipe will tell
            process.pipe.send(request)
        busy[process.pipe] = process, index


def _receive(process: _Process, request: Any) -> Event | _Result:
    """The next message of a process.

    Raises:
        ColacliError: it ended without an answer.
        Exception: what its work raised.
    """
    try:
        message = process.pipe.recv()
    except (EOFError, ConnectionError) as error:
        process.process.join()
        raise ColacliError(
            f"the process that trained seed {request.training.seed} ended with exit status {process.process.exitcode}",
            "memory may have run out: try fewer --jobs; the same command resumes from the last checkpoint",
        ) from error
    if isinstance(message, Exception):
        raise message
    return message  # type: ignore[no-any-return]


@contextmanager
def _processes(train: Train, jobs: int, store: Store) -> Iterator[list[_Process]]:
    """Processes that wait for requests, the first one last; stopped when the block ends."""
    context = multiprocessing.get_context("spawn")  # torch's threads don't survive a fork
    threads = max(1, (os.cpu_count() or 1) // jobs)
    started = []
    try:
        for number in range(jobs):
            ours, theirs = context.Pipe()
            worker = context.Process(target=_serve, args=(train, store.root, threads, theirs), daemon=True)
            worker.start()
            theirs.close()
            started.append(_Process(number, worker, ours))
        yield started[::-1]
    finally:
        for process in started:
            process.process.terminate()
        for process in started:
            process.process.join()


def _serve(train: Train, root: Path, threads: int, pipe: Connection) -> None:
    """What a process does: answer requests until nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too, and its parent is who decides
    os.environ["OMP_NUM_THREADS"] = str(threads)  # torch is not imported yet
    store = Store(root)
    try:
        while True:
            pipe.send(_answer(train, pipe.recv(), store, pipe))
    except (EOFError, OSError):
        return


def _answer(train: Train, request: Any, store: Store, pipe: Connection) -> _Result | Exception:
    def tell(event: Event) -> None:
        try:
            pipe.send(event)
        except OSError as error:
            raise SystemExit(1) from error  # the parent is gone

    try:
        return _Result(train(request, store, tell))
    except Exception as error:
        error.add_note(traceback.format_exc())  # an exception leaves its own traceback behind
        return error
