"""`colacli data`: corpora that are here, what is in them, and how more come in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.command import command
from colacli.cli.output import Output

app = typer.Typer(no_args_is_help=True, help="Corpora: list, show, fetch, import.")


@command(app, "list")
def list_corpora(out: Output) -> None:
    """Corpora that can be used by name."""
    from colacli.render.data import show_corpora
    from colacli.workflows import data as workflow

    show_corpora(workflow.listing(out.store()), out.show)


@command(app, "show")
def show_corpus(
    out: Output,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="cola, sample, an imported name, a folder or a file.")
    ] = "cola",
) -> None:
    """A corpus: sizes, balance, lengths, sources, duplicate and contradictory sentences."""
    from colacli.render.data import show_summary
    from colacli.workflows import data as workflow

    with out.watching() as on_event:
        summary = workflow.summary(out.store(), data, on_event)
    show_summary(summary, out.show)


@command(app, "fetch")
def fetch_corpus(
    out: Output,
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="The only one there is to fetch: cola.")] = "cola",
) -> None:
    """Download CoLA from its official site and check every byte."""
    from colacli.render.data import show_arrival
    from colacli.workflows import data as workflow

    with out.watching() as on_event:
        arrival = workflow.fetch(out.store(), corpus, on_event)
    show_arrival("data.fetch", arrival, out.show)


@command(app, "import")
def import_corpus(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder or file with the corpus.")],
    out: Output,
    name: Annotated[
        str, typer.Option(show_envvar=False, help="Name to use it by; 'cola' must be the public release.")
    ] = "cola",
) -> None:
    """Copy a corpus into the store, to be used by name."""
    from colacli.render.data import show_arrival
    from colacli.workflows import data as workflow

    show_arrival("data.import", workflow.bring_in(out.store(), folder, name), out.show)
