"""`colacli doctor`: what is there, and what is missing; or, with --probe, whether the device computes as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from colacli.cli.arguments import option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.errors import UsageError

if TYPE_CHECKING:
    from colacli.training.rates import Rates

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
    measure: Annotated[
        bool, option("--measure", help="Measure how fast the CPU multiplies in fp32 and bf16, and remember it.")
    ] = False,
) -> None:
    """Devices, precision, store and caches: what is there, what is missing and how to get it."""
    from colacli.cli.completion_install import completion_finding
    from colacli.render.doctor import show_diagnosis
    from colacli.workflows.doctor import diagnose

    if device is not None and not probe:
        raise UsageError("--device is of --probe: what is here is said of every device", "add --probe, or leave it out")
    if probe and measure:
        raise UsageError("--probe and --measure are two reports", "give one after the other")
    rates = _measured() if measure else None
    if probe:
        return _probe(device or "auto", out)
    findings = [*diagnose(out.store, rates), completion_finding(context.find_root().command)]
    return show_diagnosis(findings, out.show)


def _measured() -> Rates:
    from colacli.training.rates import measure_rates

    return measure_rates()


def _probe(device: str, out: Output) -> None:
    from colacli.render.probe import show_probe
    from colacli.workflows.probe import probe

    with out.progress() as on_event:
        result = probe(device, on_event)
    show_probe(result, out.show)
