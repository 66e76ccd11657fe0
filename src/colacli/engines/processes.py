"""Processes on this machine that train, each with its share of the cores and on the GPU that it is given."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from colacli.engines.gpus import Place
from colacli.errors import ColacliError, UsageError
from colacli.events import Event, OnEvent
from colacli.store.store import Store

Work = Callable[[Any, Store, OnEvent], Any]
"""What is done with a request; processes import it by its name."""
_GUARD = 'a process imports the script that asks for it: put that call under `if __name__ == "__main__":`'
_NOT_STARTED = 1
"""Exit status after an exception that no request raised: of a script that is imported, above all."""


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    value: Any
    """What the work returned, or the exception that it raised."""
    process: int


@dataclass(frozen=True)
class Died:
    """A request's process ended without an answer."""

    status: int | None
    """Its exit status."""
    process: int

    def error(self, what: str) -> ColacliError:
        """For the user; `what` it was doing."""
        hint = "memory may have run out: try fewer --jobs; the same command resumes from the last checkpoint"
        if self.status == _NOT_STARTED:
            hint = f"it could not start, and has printed why; {_GUARD}"
        return ColacliError(f"the process that {what} ended with exit status {self.status}", hint)


@dataclass(frozen=True)
class Heard:
    """An event of a request's work."""

    event: Event
    process: int
    """Which process, counted from 0."""


@dataclass(frozen=True)
class _Process:
    number: int
    process: SpawnProcess
    pipe: Connection
    place: Place | None
    """Its GPU; None where it was given none."""


class Pool:
    """Processes that are started as they are needed, and again when one has died. Open it with `pool`.

    Args:
        root: the store's folder.
        size: most processes.
        threads: of each; None for its share of the cores, and for what the environment says where there is one process.
    """

    def __init__(self, root: Path, size: int, threads: int | None = None) -> None:
        self.size = size
        self._threads = threads or (max(1, (os.cpu_count() or 1) // size) if size > 1 else None)
        self._root = root
        self._context = multiprocessing.get_context("spawn")  # torch's threads don't survive a fork
        self._idle: list[_Process] = []
        self._busy: dict[Connection, tuple[_Process, Any]] = {}

    @property
    def has_room(self) -> bool:
        """Whether a process is free, or can be started."""
        return len(self._busy) < self.size

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._busy)

    def ask(self, tag: Any, work: Work, request: Any, place: Place | None = None) -> int:
        """Give a request to a process, whose number this is; what is heard of it comes with the tag.

        Args:
            tag: of the request.
            work: what is done.
            request: with what.
            place: a GPU with room for it. A process stays on its GPU, so that it has a context on one alone.

        Raises:
            UsageError: this is such a process itself, which imports the script that asked for it.
        """
        process = self._idle_at(place) or self._start(place)
        with suppress(OSError):  # it is dead, which its pipe will tell
            process.pipe.send((work, request))
        self._busy[process.pipe] = process, tag
        return process.number

    def listen(self) -> Iterator[tuple[Any, Heard | Answer | Died]]:
        """The next message of every process that has one, with its request's tag; waits for the first."""
        for pipe in wait(list(self._busy)):
            process, tag = self._busy[pipe]  # type: ignore[index]
            message = _receive(process)
            if not isinstance(message, Heard):
                del self._busy[process.pipe]
            if isinstance(message, Answer):
                self._idle.append(process)
            yield tag, message

    def stop(self) -> None:
        """End all processes; what they were making can be resumed."""
        _end([*self._idle, *(process for process, _ in self._busy.values())])
        self._idle, self._busy = [], {}

    def _idle_at(self, place: Place | None) -> _Process | None:
        """A process that waits for work at a place; other idle ones end that take its memory, or a number."""
        here = [process for process in self._idle if process.place == place]
        chosen = here.pop() if here else None
        others = [process for process in self._idle if process is not chosen]
        ending = [process for process in others if place is not None and _is_on(process, place)]
        if chosen is None and len(self._busy) + len(others) - len(ending) == self.size:
            ending.append(next(process for process in others if process not in ending))
        _end(ending)
        self._idle = [process for process in others if process not in ending]
        return chosen

    def _start(self, place: Place | None) -> _Process:
        taken = {process.number for process, _ in self._busy.values()} | {process.number for process in self._idle}
        number = next(number for number in range(self.size) if number not in taken)
        ours, theirs = self._context.Pipe()
        visible = place.gpu.visible if place and place.is_alone_visible else None
        served = (self._root, number, self._threads, visible, theirs)
        process = self._context.Process(target=_serve, args=served, daemon=True)
        try:
            process.start()
        except RuntimeError:  # Python's own explanation is a page about other things
            raise UsageError("a process asks for processes while it is started", _GUARD) from None
        theirs.close()
        return _Process(number, process, ours, place)


@contextmanager
def pool(store: Store, size: int) -> Iterator[Pool]:
    """Processes over a store, stopped when the block ends."""
    processes = Pool(store.root, size)
    try:
        yield processes
    finally:
        processes.stop()


def _is_on(process: _Process, place: Place) -> bool:
    return process.place is not None and process.place.gpu.index == place.gpu.index


def _end(processes: list[_Process]) -> None:
    for process in processes:
        process.process.terminate()
    for process in processes:
        process.process.join()


def _receive(process: _Process) -> Heard | Answer | Died:
    """The next message of a process."""
    try:
        return process.pipe.recv()  # type: ignore[no-any-return]
    except (EOFError, ConnectionError):
        process.process.join()
        return Died(process.process.exitcode, process.number)


def _serve(root: Path, number: int, threads: int | None, visible: str | None, pipe: Connection) -> None:
    """What a process does: answer requests until nobody listens any more."""
    from colacli.allocator import keep_freed_memory

    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too, and its parent is who decides
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)  # torch is not imported yet
    if visible is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = visible
    store = Store(root)
    try:
        while True:
            work, request = pipe.recv()
            answer = _answer(work, request, store, pipe, number)
            _free_gpu()
            pipe.send(Answer(answer, number))
    except (EOFError, OSError):
        return


def _answer(work: Work, request: Any, store: Store, pipe: Connection, number: int) -> Any:
    def tell(event: Event) -> None:
        try:
            pipe.send(Heard(event, number))
        except OSError as error:
            raise SystemExit(1) from error  # the parent is gone

    try:
        return work(request, store, tell)
    except Exception as error:
        error.add_note(traceback.format_exc())  # an exception leaves its own traceback behind
        return error.with_traceback(None)  # whose frames have tensors


def _free_gpu() -> None:
    """Give back what torch keeps of a GPU for its next tensors: other jobs are given that memory."""
    if (torch := sys.modules.get("torch")) and torch.cuda.is_initialized():
        gc.collect()
        torch.cuda.empty_cache()
