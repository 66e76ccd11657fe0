"""`colacli init`: a commented `colacli.toml` in the working folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import Force, argument
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.settings import LOCAL

app = typer.Typer(add_completion=False)


@command(app, "init")
def run_init(
    context: typer.Context,
    out: Output,
    commands: Annotated[
        list[str] | None, argument("[COMMAND]...", "Commands to write settings for, like distil; none for all.")
    ] = None,
    force: Force = False,
) -> None:
    """Write a commented colacli.toml into this folder: every option with its help and its default."""
    from colacli.cli.settings_template import template
    from colacli.output_files import check_output, open_output
    from colacli.render.settings import show_written

    text = template(context.find_root().command, commands or [])
    check_output(Path(LOCAL), force=force, store=out.store().root)
    with open_output(LOCAL) as stream:
        stream.write(text.encode())
    show_written(LOCAL.absolute(), text, out.show)
