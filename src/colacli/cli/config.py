"""`colacli config`: what is set and where, and which folder's settings are trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.settings import LOCAL, settings_document
from colacli.cli.trust import trust, untrust

app = typer.Typer(add_completion=False, help="Every setting and its source; trust of a folder's settings.")
Folder = Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Folder with a colacli.toml.", show_default=False)]


@command(app, None)
def list_settings(
    context: typer.Context,
    out: Output,
    defaults: Annotated[
        bool, option("--defaults/--changed", help="Every option of every command, or only what is set.")
    ] = True,
) -> None:
    """Every setting and its source: an environment variable, a file, or the default."""
    from colacli.cli.places import places
    from colacli.render.settings import show_settings

    show_settings({**settings_document(context, defaults=defaults), "places": places()}, out.show)


@command(app, "trust")
def trust_folder(out: Output, folder: Folder = Path()) -> None:
    """Let a folder's colacli.toml set everything until it changes: read it first."""
    from colacli.render.settings import show_trust

    show_trust("config.trust", trust(folder / LOCAL), "is trusted as it is now", out.show)


@command(app, "untrust")
def untrust_folder(out: Output, folder: Folder = Path()) -> None:
    """Stop trusting a folder's colacli.toml, whatever it contains."""
    from colacli.render.settings import show_trust

    show_trust("config.untrust", untrust(folder / LOCAL), "is not trusted", out.show)
