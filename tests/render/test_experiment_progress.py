"""An experiment on standard error: a line an event in a pipe; in a terminal what is running, and what has ended."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from colacli.engines.engine import Done, Failed, Started, Told
from colacli.errors import ColacliError
from colacli.events import Epoch, Note, Step, Work
from colacli.render import experiment_progress
from colacli.render.experiment_progress import follow
from colacli.workflows.experiment import Estimate

RUNS = [SimpleNamespace(key=str(number), label=f"arm, seed {number}") for number in range(3)]
PLAN = SimpleNamespace(runs=RUNS, missing=RUNS[1:])
EPOCH = Epoch(2, 0.001, 100, 0.5, 0.6, 0.1, 0.4, 0.75, 0.25)
REPORTS = [
    Started("1", "process 1"),
    Told("1", Work("tokens", 5, 10)),
    Told("1", Note("the teacher is stored")),
    Told("1", Step(1, 2, 3, 4, 10, 0.5, 0.5, 0.0)),
    Told("1", EPOCH),
    Done("1", False, 3.0),
    Started("2", "node-7"),
    Failed("2", ColacliError("out of memory")),
]


def test_a_pipe_gets_a_line_an_event():
    """Steps and progress are none; the counts add up; the reports pass through."""
    stream = io.StringIO()

    assert list(follow(REPORTS, PLAN, Estimate({}, 0.0), stream)) == REPORTS
    assert stream.getvalue().splitlines() == [
        "arm, seed 1: started on process 1",
        "arm, seed 1: the teacher is stored",
        "arm, seed 1: epoch 2, dev accuracy 0.7500, MCC 0.2500",
        "arm, seed 1: done in 3.0 s (2 of 3 runs stored, 0 running, 1 waiting)",
        "arm, seed 2: started on node-7",
        "arm, seed 2: failed: out of memory (2 of 3 runs stored, 0 running, 1 failed)",
    ]


@pytest.mark.parametrize("estimate", [Estimate({}, 0.0), Estimate({"1": 60.0, "2": 60.0}, 120.0)])
def test_a_terminal_shows_what_is_running(monkeypatch, estimate):
    """Above it stays what has ended; the time left is said as soon as there is a ground for it."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    monkeypatch.setattr(experiment_progress, "make_console", lambda _: console)
    state = experiment_progress._State(PLAN, estimate.seconds if estimate.known else None)
    for report in REPORTS[:4]:
        state.after(report)
    with console.capture() as captured:
        console.print(state.view())
    shown = captured.get()

    assert "1 of 3 runs stored, 1 running, 1 waiting" in shown
    assert "arm, seed 1  epoch 1/2, 37 %  (process 1)" in shown
    assert ("left" in shown) == bool(estimate.known)

    assert list(follow(REPORTS, PLAN, estimate, stream)) == REPORTS
    assert "arm, seed 1: done in 3.0 s" in stream.getvalue()
    assert "epoch 2, dev accuracy" not in stream.getvalue().replace("\x1b[2K", "").split("arm, seed 1: done")[1]
