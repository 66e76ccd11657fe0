"""`colacli config`: what is set, where it comes from, and which folder's settings are trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.settings import LOCAL, survey
from colacli.cli.trust import trust, untrust

app = typer.Typer(help="Every setting that is set, and where it comes from; trust of a folder's settings.")
Folder = Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Folder with a colacli.toml.", show_default=False)]


@command(app, None)
def show_settings(context: typer.Context, out: Output) -> None:
    """Every setting that is set, and where it comes from: a variable, or one of the files."""
    from colacli.render.settings import show_settings as show

    show(survey(context), out.show)


@command(app, "trust")
def trust_folder(out: Output, folder: Folder = Path()) -> None:
    """Let a folder's colacli.toml set everything, as long as it stays as it is: read it first."""
    from colacli.render.console import say

    path = str(trust(folder / LOCAL))
    out.show("config.trust", {"path": path}, lambda console: say(console, f"{path} is trusted as it is now"))


@command(app, "untrust")
def untrust_folder(out: Output, folder: Folder = Path()) -> None:
    """Trust a folder's colacli.toml no longer, whatever it says."""
    from colacli.render.console import say

    path = str(untrust(folder / LOCAL))
    out.show("config.untrust", {"path": path}, lambda console: say(console, f"{path} is not trusted"))
