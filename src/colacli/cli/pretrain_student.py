"""`colacli pretrain-student`: what students can start from."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.train import train
from colacli.workflows.pretrain_student import PRETRAIN_STUDENT, PretrainStudentRequest

app = typer.Typer(add_completion=False)


@command(app, "pretrain-student")
def run_pretrain_student(request: PretrainStudentRequest, out: Output) -> None:
    """Train a student's recurrent layers as a language model of a text, for students to start from."""
    train(PRETRAIN_STUDENT, request, out)
