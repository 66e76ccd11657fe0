"""`colacli finetune`: the teacher."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.train import train
from colacli.workflows.finetune import FINETUNE, FinetuneRequest

app = typer.Typer(add_completion=False)


@command(app, "finetune")
def run_finetune(request: FinetuneRequest, out: Output) -> None:
    """Tune GPT-2 with LoRA to judge whether a sentence is acceptable: the teacher."""
    train(FINETUNE, request, out)
