"""`colacli export`: a run as other programs read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from colacli.cli.arguments import Reference, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.verbs import app
from colacli.exports.kinds import KINDS, ExportOptions
from colacli.workflows import export


@command(app, "export")
def run_export(
    reference: Reference,
    options: ExportOptions,
    out: Output,
    to: Annotated[str, option("--to", metavar="KIND", help=f"What to write: {', '.join(KINDS)}.")],
    output: Annotated[Path, option("--output", "-o", metavar="PATH", help="The new folder or file.")],
    force: Annotated[bool, option("--force", help="Replace an export that is there.")] = False,
) -> None:
    """Write a run as other programs read it; `colacli.json` in it says of which run it is.

    `colacli runs verify --export PATH` checks it against its run.
    """
    from colacli.render.export import show_export

    with out.progress() as on_event:
        result = export.export(reference, to, output, options, out.store(), on_event, force=force)
    show_export(result, out.show)
