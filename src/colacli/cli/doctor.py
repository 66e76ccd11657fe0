"""`colacli doctor`: what is there, and what is missing; or, with --probe, whether the device computes as it should."""

from __future__ import annotations

from typing import Annotated

import typer

from colacli.cli.arguments import option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.errors import UsageError

app = typer.Typer(add_completion=False)


@command(app, "doctor")
def run_doctor(
    context: typer.Context,
    out: Output,
    probe: Annotated[
        bool, option("--probe", help="Try out the device in some ten seconds, and print what to report.")
    ] = False,
    device: Annotated[
        str | None, option(help="Device for --probe, auto if not given: cpu, cuda, cuda:INDEX or mps.")
    ] = None,
) -> None:
    """Devices, precision, store and caches: what is there, what is missing and how to get it."""
    from colacli.cli.completion_install import completion_finding
    from colacli.render.doctor import show_diagnosis
    from colacli.workflows.doctor import diagnose

    if probe:
        return _probe(device or "auto", out)
    if device is not None:
        raise UsageError("--device is of --probe: what is here is said of every device", "add --probe, or leave it out")
    findings = [*diagnose(out.store), completion_finding(context.find_root().command)]
    return show_diagnosis(findings, out.show)


def _probe(device: str, out: Output) -> None:
    from colacli.render.probe import show_probe
    from colacli.workflows.probe import probe

    with out.progress() as on_event:
        result = probe(device, on_event)
    show_probe(result, out.show)
