"""`colacli train-student`: the student alone."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.train import train
from colacli.workflows.train_student import TRAIN_STUDENT, TrainStudentRequest

app = typer.Typer(add_completion=False)


@command(app, "train-student")
def run_train_student(request: TrainStudentRequest, out: Output) -> None:
    """Train the small recurrent student alone: the baseline for distillation."""
    train(TRAIN_STUDENT, request, out)
