"""Progress on standard error: a live bar in a terminal, a line an epoch elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from colacli.events import Counted, Epoch, Event, Note, OfJob, OnEvent, Piece, Step, Work
from colacli.render.console import make_console, one_line, say
from colacli.render.training import parameters_line

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def watch(stream: TextIO) -> Iterator[OnEvent]:
    """An `on_event` that draws on a stream until the block ends."""
    console = make_console(stream)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),  # takes what the rest leaves
        TextColumn("{task.fields[state]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        yield _Bars(progress)


@contextmanager
def stream(errors: TextIO, on_piece: Callable[[Piece], None]) -> Iterator[OnEvent]:
    """An `on_event` that hands on generated text as it comes and writes the rest as lines: no bar may disturb it."""
    lines = _Lines(make_console(errors))
    yield lambda event: on_piece(event) if isinstance(event, Piece) else lines(event)


class _Lines:
    """A line for each note and epoch."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pace = _Pace()
        self._jobs: dict[int, _Lines] = {}

    def __call__(self, event: Event, of: str = "") -> None:
        """Print what deserves a line; `of` says which of several trainings tells it."""
        if isinstance(event, OfJob):
            self._jobs.setdefault(event.job, _Lines(self._console))(event.event, _of(event))
            return
        rate = self._pace.see(event)
        if isinstance(event, Epoch):
            say(self._console, of + _epoch_line(event, rate))
        elif isinstance(event, Note | Counted):
            say(self._console, of + _line(event))


class _Bars:
    """A bar for the epoch or the work at hand; notes and finished epochs stay above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._pace = _Pace()
        self._jobs: dict[int, _Bars] = {}

    def __call__(self, event: Event, of: str = "") -> None:
        """Draw; `of` says which of several trainings it is of."""
        if isinstance(event, OfJob):
            self._jobs.setdefault(event.job, _Bars(self._progress))(event.event, _of(event))
            return
        rate = self._pace.see(event)
        if isinstance(event, Step):
            state = (
                f"loss {event.loss:.3f} acc {event.accuracy:.3f} MCC {event.mcc:.3f} {rate.removesuffix('entences/s')}"
            )
            done, total = (event.epoch - 1) * event.steps + event.step, event.epochs * event.steps
            self._advance("training", f"{of}epoch {event.epoch}/{event.epochs}", done, total, state)
        elif isinstance(event, Work):
            state = f"{event.done:,}/{event.total:,} {event.unit}"
            self._advance(event.what, of + event.what, event.done, event.total, state)
            if event.done >= event.total:  # a finished bar says nothing more
                self._progress.remove_task(self._tasks.pop(event.what))
        elif isinstance(event, Epoch):
            say(self._progress.console, of + _epoch_line(event, rate))
        elif isinstance(event, Note | Counted):
            say(self._progress.console, of + _line(event))

    def _advance(self, task: str, description: str, done: int, total: int, state: str) -> None:
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(description, total=total, state=state)
        self._progress.update(
            self._tasks[task], description=one_line(description), completed=done, total=total, state=state
        )


class _Pace:
    """Sentences a second, over the epoch at hand."""

    def __init__(self) -> None:
        self._at = (0, 0)
        self._began = time.perf_counter()
        self._rate = ""

    def see(self, event: Event) -> str:
        """The rate after this event, in words; empty before the first step."""
        if isinstance(event, Step):
            now = event.epoch, event.step
            if event.epoch != self._at[0] or now <= self._at:  # another epoch, or another training
                self._first, self._began = event.sentences, time.perf_counter()
            self._at = now
            elapsed = time.perf_counter() - self._began
            if event.step > 1 and elapsed > 0:  # the first step's own time is not known
                self._rate = f"{(event.sentences - self._first) / elapsed:.0f} sentences/s"
        return self._rate


def _of(told: OfJob) -> str:
    return f"seed {told.seed}  "


def _line(event: Note | Counted) -> str:
    return event.text if isinstance(event, Note) else parameters_line(event.parameters)


def _epoch_line(one: Epoch, rate: str) -> str:
    return (
        f"epoch {one.epoch}  train loss {one.train_loss:.4f} accuracy {one.train_accuracy:.4f} MCC {one.train_mcc:.4f}"
        f"  dev loss {one.dev_loss:.4f} accuracy {one.dev_accuracy:.4f} MCC {one.dev_mcc:.4f}  {rate}"
    ).rstrip()
