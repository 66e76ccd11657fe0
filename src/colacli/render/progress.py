"""Progress on standard error: live bars in a terminal, one line per epoch elsewhere."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

from colacli.events import Counted, Epoch, Event, Note, OfJob, OnEvent, Piece, Step, Work
from colacli.render.console import make_console, one_line, say
from colacli.render.metrics import parameters_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Display = Callable[[Event, str], None]
"""Shows an event of one training after a prefix, which tells several apart."""


@contextmanager
def watch(stream: TextIO) -> Iterator[OnEvent]:
    """An `on_event` that draws on a stream until the block ends."""
    console = make_console(stream)
    if not console.is_terminal:
        yield _by_job(lambda: _Lines(console))
        return
    with bars(console) as progress:
        yield bars_of(progress)


def bars(console: Console) -> Progress:
    """Rich's bars, without one so far."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),  # as wide as the others allow
        TextColumn("{task.fields[state]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=console, transient=True, expand=True)


def bars_of(progress: Progress) -> OnEvent:
    """An `on_event` that moves bars, and prints notes and finished epochs on their console."""
    return _by_job(lambda: _Bars(progress))


@contextmanager
def stream(errors: TextIO, on_piece: Callable[[Piece], None]) -> Iterator[OnEvent]:
    """An `on_event` that passes on generated text and writes the rest as lines: a bar would disturb the text."""
    console = make_console(errors)
    lines = _by_job(lambda: _Lines(console))
    yield lambda event: on_piece(event) if isinstance(event, Piece) else lines(event)


def _by_job(make_display: Callable[[], Display]) -> OnEvent:
    """An `on_event` with a display for each of several trainings that run at once."""
    displays: defaultdict[int | None, Display] = defaultdict(make_display)

    def on_event(event: Event) -> None:
        if isinstance(event, OfJob):
            displays[event.job](event.event, f"seed {event.seed}  ")
        else:
            displays[None](event, "")

    return on_event


class _Lines:
    """One line per note and epoch."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rate = _Rate()

    def __call__(self, event: Event, prefix: str) -> None:
        _say_line(event, prefix, self._rate.after(event), self._console)


class _Bars:
    """A bar for the epoch or the work in progress; notes and finished epochs stay above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._rate = _Rate()

    def __call__(self, event: Event, prefix: str) -> None:
        rate = self._rate.after(event)
        if isinstance(event, Step):
            short_rate = rate.removesuffix("entences/s")
            state = f"loss {event.loss:.3f} acc {event.accuracy:.3f} MCC {event.mcc:.3f} {short_rate}"
            done, total = (event.epoch - 1) * event.steps + event.step, event.epochs * event.steps
            self._advance("training", f"{prefix}epoch {event.epoch}/{event.epochs}", done, total, state)
        elif isinstance(event, Work):
            state = f"{event.done:,}/{event.total:,} {event.unit}"
            self._advance(event.what, prefix + event.what, event.done, event.total, state)
            if event.done >= event.total:
                self._progress.remove_task(self._tasks.pop(event.what))
        else:
            _say_line(event, prefix, rate, self._progress.console)

    def _advance(self, task: str, description: str, done: int, total: int, state: str) -> None:
        description = one_line(description)
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(description, total=total, state=state)
        self._progress.update(self._tasks[task], description=description, completed=done, total=total, state=state)


class _Rate:
    """Sentences per second in the current epoch."""

    def __init__(self) -> None:
        self._position = (0, 0)  # epoch, step
        self._first_sentences = 0
        self._first_time = 0.0
        self._text = ""

    def after(self, event: Event) -> str:
        """The rate after this event, as text; empty before the second step."""
        if isinstance(event, Step):
            position = event.epoch, event.step
            if event.epoch != self._position[0] or position <= self._position:  # another epoch, or another training
                self._first_sentences, self._first_time = event.sentences, time.perf_counter()
            self._position = position
            elapsed = time.perf_counter() - self._first_time
            if event.step > 1 and elapsed > 0:  # the time of the first step is not known
                self._text = f"{(event.sentences - self._first_sentences) / elapsed:.0f} sentences/s"
        return self._text


def _say_line(event: Event, prefix: str, rate: str, console: Console) -> None:
    """Print a note, a parameter count or a finished epoch; nothing for other events."""
    if isinstance(event, Note):
        say(console, prefix + event.text)
    elif isinstance(event, Counted):
        say(console, prefix + parameters_line(event.parameters))
    elif isinstance(event, Epoch):
        train = f"train loss {event.train_loss:.4f} accuracy {event.train_accuracy:.4f} MCC {event.train_mcc:.4f}"
        dev = f"dev loss {event.dev_loss:.4f} accuracy {event.dev_accuracy:.4f} MCC {event.dev_mcc:.4f}"
        say(console, f"{prefix}epoch {event.epoch}  {train}  {dev}  {rate}".rstrip())
