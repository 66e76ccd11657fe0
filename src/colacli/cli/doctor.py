"""`colacli doctor`: what is there, and what is missing."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output

app = typer.Typer(add_completion=False)


@command(app, "doctor")
def run_doctor(out: Output) -> None:
    """Devices, precision, store and caches: what is there, what is missing and how to get it."""
    from colacli.render.doctor import show_diagnosis
    from colacli.workflows.doctor import diagnose

    show_diagnosis(diagnose(out.store), out.show)
