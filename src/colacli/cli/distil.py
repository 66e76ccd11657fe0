"""`colacli distil`: the student, from a teacher."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.train import train
from colacli.workflows.distil import DISTIL, DistilRequest

app = typer.Typer(add_completion=False)


@command(app, "distil")
def run_distil(request: DistilRequest, out: Output) -> None:
    """Train the same student from a tuned teacher's logits and the labels."""
    train(DISTIL, request, out)
