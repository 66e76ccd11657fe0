"""`colacli export`: a run as other programs read it, in a folder, a file, or a repository of the hub."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from colacli.cli.arguments import Reference, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.errors import ColacliError, UsageError
from colacli.exports.kinds import KINDS, ExportOptions
from colacli.workflows import export, publish
from colacli.workflows.publish import Upload, UploadOptions

app = typer.Typer(add_completion=False)


@command(app, "export")
def run_export(
    reference: Reference,
    options: ExportOptions,
    upload: UploadOptions,
    out: Output,
    to: Annotated[str, option("--to", metavar="KIND", help=f"What to write: {', '.join(KINDS)}.")],
    output: Annotated[Path | None, option("--output", "-o", metavar="PATH", help="The new folder or file.")] = None,
    force: Annotated[bool, option("--force", help="Replace an export that is there.")] = False,
    yes: Annotated[bool, option("--yes", help="Send without asking.")] = False,
) -> None:
    """Write a run as other programs read it; `colacli.json` in it says of which run it is.

    `colacli runs verify --export PATH` checks it against its run. `--to hub --repo USER/NAME` sends it, after it
    has shown what would be sent and you have said yes.
    """
    from colacli.render.export import show_export

    publish.check_upload(to, output, upload)
    if output is None:
        return _send(reference, options, upload, out, yes=yes)
    with out.progress() as on_event:
        result = export.export(reference, to, output, options, out.store(), on_event, force=force)
    show_export(result, out.show)
    return None


def _send(reference: str, options: ExportOptions, upload_options: UploadOptions, out: Output, *, yes: bool) -> None:
    """Send a run to the hub."""
    from colacli.render.publish import show_uploaded

    if not yes and (out.as_json or not _is_terminal()):
        hint = "look at it with --output PATH in place of --repo, then give --yes"
        raise UsageError(f"nothing was sent to {upload_options.repo}: there is nobody to ask", hint)
    with TemporaryDirectory(prefix="colacli-") as folder:
        with out.progress() as on_event:
            upload = publish.prepare_upload(
                reference, Path(folder) / "export", options, upload_options, out.store(), on_event
            )
        if not yes:
            _ask(upload)
        with out.progress() as on_event:
            uploaded = publish.send(upload, on_event)
    show_uploaded(uploaded, out.show)


def _is_terminal() -> bool:
    """Whether somebody can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _ask(upload: Upload) -> None:
    """Show what would be sent, and wait for a yes.

    Raises:
        ColacliError: it was another answer.
    """
    from colacli.render.console import make_console
    from colacli.render.publish import view_upload

    console = make_console(sys.stderr)
    view_upload(upload, console)
    console.print(f"Send this to {upload.repository}? [y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ColacliError(f"nothing was sent to {upload.repository}", "answer y, or give --yes")
