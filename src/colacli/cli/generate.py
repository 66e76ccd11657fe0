"""`colacli generate`: text that a model continues."""

from __future__ import annotations

import sys

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.workflows.generate import GenerateRequest

app = typer.Typer(add_completion=False)


@command(app, "generate")
def run_generate(request: GenerateRequest, out: Output) -> None:
    """Continue a prompt with the base model, or with a tuned one."""
    from colacli.render.generate import TextStream, show_samples
    from colacli.workflows.generate import generate

    stream = TextStream(sys.stdout, request.prompt)
    with out.streaming(stream) as on_event:
        samples = generate(request, out.store(), on_event)
    show_samples(request.prompt, samples, stream, out.show)
