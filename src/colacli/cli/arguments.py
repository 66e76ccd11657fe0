"""Options and arguments that several commands share, and short forms to declare others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def option(*names: str, help: str, metavar: str | None = None, min: float | None = None) -> Any:  # noqa: A002
    """An option of a command."""
    return typer.Option(*names, help=help, metavar=metavar, min=min, show_envvar=False)


def argument(metavar: str, help: str) -> Any:  # noqa: A002
    """An argument of a command."""
    return typer.Argument(metavar=metavar, help=help)


Reference = Annotated[str, argument("REF", "A run: key digits, a name, latest, latest~N, a path.")]
Force = Annotated[bool, option("--force", help="Replace the file if there is one.")]
Save = Annotated[
    Path | None, option("--save", metavar="FILE", help="Draw a figure too, .svg or .png; needs the extra plots.")
]
RunName = Annotated[str | None, option("--name", help="Name to give to the runs.")]
