"""`colacli report`: runs described, compared and documented in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import Force, argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.workflows.report import ReportOptions

app = typer.Typer(add_completion=False)


@command(app, "report")
def run_report(
    references: Annotated[list[str], argument("REF...", "Runs; a name of several is one arm.")],
    options: ReportOptions,
    out: Output,
    output: Annotated[Path, option("--output", "-o", metavar="FILE", help="The report: .html, .md or .tex.")],
    force: Force = False,
) -> None:
    """Write a report of runs: models, curves, comparison, checklist, and the commands that make them again."""
    from colacli.render.report.show import show_report
    from colacli.render.report.write import check_report, write_report
    from colacli.workflows.report import report

    store = out.store()
    check_report(output, store, force=force)
    with out.progress() as on_event:
        result = report(references, options, store, on_event)
        written = write_report(result, output)
    show_report(result, written, out.show)
