"""An experiment as it goes on: what is done, running, waiting and failed; one line an event where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from rich.console import Group
from rich.live import Live
from rich.text import Text

from colacli.engines.engine import Done, Failed, Report, Started, Told
from colacli.events import Epoch, Note, Step, Work
from colacli.render.console import duration, make_console, one_line, say

if TYPE_CHECKING:
    from colacli.workflows.experiment import Estimate
    from colacli.workflows.experiment_plan import ExperimentPlan

_SHOWN = 12
"""Most running jobs shown in a terminal."""


def follow(reports: Iterable[Report], plan: ExperimentPlan, estimate: Estimate, stream: TextIO) -> Iterator[Report]:
    """The same reports, shown as they come.

    Args:
        reports: of the plan's missing runs.
        plan: of the experiment.
        estimate: of the whole; without any like run it says nothing.
        stream: standard error.
    """
    console = make_console(stream)
    state = _State(plan, estimate.seconds if estimate.known else None)
    if not console.is_terminal:
        for report in reports:
            if line := state.after(report):
                say(console, line)
            yield report
        return
    with Live(console=console, transient=True, refresh_per_second=4, get_renderable=state.view):
        for report in reports:
            line = state.after(report)
            if isinstance(report, Done | Failed) or (isinstance(report, Told) and isinstance(report.event, Note)):
                console.print(Text(one_line(line)))
            yield report


class _State:
    """What is known of an experiment while it runs."""

    def __init__(self, plan: ExperimentPlan, seconds: float | None) -> None:
        self._labels = {run.key: run.label for run in plan.runs}
        self._stored = len(plan.runs) - len(plan.missing)
        self._total = len(plan.runs)
        self._seconds = seconds
        self._begun = time.monotonic()
        self._running: dict[str, tuple[str, str]] = {}
        """By key: where, and how far it has come."""
        self._done = self._failed = 0

    def after(self, report: Report) -> str:
        """Take a report into account; a line about it, or nothing."""
        label = self._labels[report.key]
        if isinstance(report, Told):
            return self._heard(report, label)
        if isinstance(report, Started):
            self._running[report.key] = (report.where, "")
            return f"{label}: started on {report.where}"
        self._running.pop(report.key, None)
        if isinstance(report, Done):
            self._done += 1
            how = "was made meanwhile" if report.cached else f"done in {duration(report.seconds)}"
            return f"{label}: {how} ({self._counts})"
        self._failed += 1
        return f"{label}: failed: {report.error.message} ({self._counts})"

    def view(self) -> Group:
        """For a terminal, redrawn some times a second."""
        lines = [f"{self._counts}{self._left}"]
        for key, (where, what) in list(self._running.items())[:_SHOWN]:
            lines.append(f"  {self._labels[key]}  {what}  ({where})")
        if (more := len(self._running) - _SHOWN) > 0:
            lines.append(f"  and {more} more")
        return Group(*(Text(one_line(line), no_wrap=True, overflow="ellipsis") for line in lines))

    def _heard(self, report: Told, label: str) -> str:
        """What a job says of itself; a step is no line."""
        event = report.event
        if isinstance(event, Note):
            return f"{label}: {event.text}"
        where, what = self._running.get(report.key, ("", ""))
        if isinstance(event, Step):
            done = (event.epoch - 1) * event.steps + event.step
            what = f"epoch {event.epoch}/{event.epochs}, {100 * done // (event.epochs * event.steps)} %"
        elif isinstance(event, Work):
            what = f"{event.what} {event.done:,}/{event.total:,}"
        elif isinstance(event, Epoch):
            what = f"epoch {event.epoch}, dev accuracy {event.dev_accuracy:.4f}, MCC {event.dev_mcc:.4f}"
        self._running[report.key] = (where, what)
        return f"{label}: {what}" if isinstance(event, Epoch) else ""

    @property
    def _counts(self) -> str:
        waiting = self._total - self._stored - self._done - self._failed - len(self._running)
        parts = [f"{self._stored + self._done} of {self._total} runs stored", f"{len(self._running)} running"]
        parts += [f"{waiting} waiting"] if waiting else []
        return ", ".join([*parts, f"{self._failed} failed"] if self._failed else parts)

    @property
    def _left(self) -> str:
        """The time left: by what is done of this, else as it was estimated."""
        spent = time.monotonic() - self._begun
        left = None if self._seconds is None else max(0.0, self._seconds - spent)
        if ended := self._done + self._failed:
            left = spent / ended * (self._total - self._stored - ended)
        return "" if left is None else f", about {duration(left)} left"
