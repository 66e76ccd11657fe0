"""`colacli data`: list, show, fetch and import corpora."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.data.layout import Layout

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Corpora: list, show, fetch, import.")


@command(app, "list")
def list_corpora(out: Output) -> None:
    """Corpora that can be used by name."""
    from colacli.render.data import show_corpora
    from colacli.workflows import data as workflow

    show_corpora(workflow.listing(out.store()), out.show)


@command(app, "show")
def show_corpus(
    out: Output,
    layout: Layout,
    data: Annotated[str, argument("DATA", "cola, sample, an imported name, a folder or a file.")] = "cola",
) -> None:
    """A corpus: sizes, balance, lengths, sources, duplicate and contradictory sentences, and how it was read."""
    from colacli.render.data import show_summary
    from colacli.workflows import data as workflow

    with out.progress() as on_event:
        summary = workflow.summary(out.store(), data, on_event, layout)
    show_summary(summary, out.show)


@command(app, "fetch")
def fetch_corpus(
    out: Output,
    corpus: Annotated[str, argument("CORPUS", "cola, rucola, itacola, jcola or blimp.")] = "cola",
) -> None:
    """Download a corpus from its official site or its public repository and check every byte."""
    from colacli.render.data import show_arrival
    from colacli.workflows import data as workflow

    with out.progress() as on_event:
        arrival = workflow.fetch(out.store(), corpus, on_event)
    show_arrival("data.fetch", arrival, out.show)


@command(app, "import")
def import_corpus(
    out: Output,
    layout: Layout,
    folder: Annotated[Path | None, argument("[FOLDER]", "Folder, archive or file with the corpus.")] = None,
    name: Annotated[str, option(help="Name to use it by; 'cola' must be the public release.")] = "cola",
    features: Annotated[
        Path | None,
        option(metavar="FILE", help="Columns of 0/1 that mark constructions, by sentence; without FOLDER for NAME's."),
    ] = None,
    force: Annotated[bool, option("--force", help="Replace the corpus' features if there are any.")] = False,
) -> None:
    """Copy a corpus into the store, to be used by name; or an annotation of its sentences' constructions."""
    from colacli.render.data import show_arrival
    from colacli.workflows.features import import_data

    arrival = import_data(out.store(), folder, name, features, layout, force=force)
    show_arrival("data.import", arrival, out.show)
