"""Several trainings at once, each in a process of its own with its share of the threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colacli.errors import ColacliError
from colacli.events import Counted, OfJob, OnEvent
from colacli.store.store import Store

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from colacli.events import Event

Verb = Callable[[Any, Store, OnEvent], Any]


@dataclass(frozen=True)
class _Made:
    """What a process answers with when it has done what it was asked."""

    result: Any


@dataclass(frozen=True)
class _Process:
    """One of them, and the pipe to it."""

    number: int
    process: SpawnProcess
    pipe: Connection


def at_once(verb: Verb, requests: Sequence[Any], jobs: int, store: Store, on_event: OnEvent) -> list[Any]:
    """What a verb answers to each request, in their order.

    The first process goes ahead until its training begins: what all of them need (tokens, a teacher's logits) is in the
    store by then, and nobody computes it twice. An error of one ends all; what they had begun can be gone on with.

    Args:
        verb: a function that its module's name finds; it and the requests are sent to other processes.
        requests: each with a training's seed.
        jobs: processes; no more than requests are started.
        store: where the runs go.
        on_event: told what the processes tell, wrapped in `OfJob`.
    """
    results: list[Any] = [None] * len(requests)
    left = iter(enumerate(requests))
    doing: dict[Connection, tuple[_Process, int]] = {}
    with _processes(verb, min(jobs, len(requests)), store) as ready:
        _ask(ready.pop(), left, doing)
        while doing:
            for pipe in wait(list(doing)):
                process, index = doing[pipe]  # type: ignore[index]
                said = _hear(process, requests[index])
                if isinstance(said, _Made):
                    results[index] = said.result
                    del doing[process.pipe]
                    _ask(process, left, doing)
                else:
                    on_event(OfJob(process.number, requests[index].training.seed, said))
                if isinstance(said, _Made | Counted):
                    while ready:
                        _ask(ready.pop(), left, doing)
    return results


def _ask(process: _Process, left: Iterator[tuple[int, Any]], doing: dict[Connection, tuple[_Process, int]]) -> None:
    """Give a process the next request, if there is one."""
    for index, request in left:
        with suppress(OSError):  # it is dead, and will be heard to be
            process.pipe.send(request)
        doing[process.pipe] = process, index
        return


def _hear(process: _Process, request: Any) -> Event | _Made:
    """What a process says next.

    Raises:
        ColacliError: it ended without an answer.
        Exception: what its work raised.
    """
    try:
        said = process.pipe.recv()
    except (EOFError, ConnectionError) as error:
        process.process.join()
        raise ColacliError(
            f"the process that trained seed {request.training.seed} ended with exit status {process.process.exitcode}",
            "memory may have run out: try fewer --jobs; the same command goes on from the last checkpoint",
        ) from error
    if isinstance(said, Exception):
        raise said
    return said  # type: ignore[no-any-return]


@contextmanager
def _processes(verb: Verb, jobs: int, store: Store) -> Iterator[list[_Process]]:
    """Processes that wait for requests, the first one last; stopped when the block ends."""
    context = multiprocessing.get_context("spawn")  # torch's threads don't survive a fork
    threads = max(1, (os.cpu_count() or 1) // jobs)
    started = []
    try:
        for number in range(jobs):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(verb, store.root, threads, theirs), daemon=True)
            process.start()
            theirs.close()
            started.append(_Process(number, process, ours))
        yield started[::-1]
    finally:
        for one in started:
            one.process.terminate()
        for one in started:
            one.process.join()


def _serve(verb: Verb, root: Path, threads: int, pipe: Connection) -> None:
    """What a process does: answer requests until nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too, and its parent is who decides
    os.environ["OMP_NUM_THREADS"] = str(threads)  # torch is not imported yet
    store = Store(root)
    try:
        while True:
            pipe.send(_answer(verb, pipe.recv(), store, pipe))
    except (EOFError, OSError):
        return


def _answer(verb: Verb, request: Any, store: Store, pipe: Connection) -> _Made | Exception:
    def tell(event: Event) -> None:
        try:
            pipe.send(event)
        except OSError as error:
            raise SystemExit(1) from error  # the parent is gone

    try:
        return _Made(verb(request, store, tell))
    except Exception as error:
        error.add_note(traceback.format_exc())  # an exception leaves its own traceback behind
        return error
