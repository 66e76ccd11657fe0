"""`colacli pairs`: a model on minimal pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import Force, Save, argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.workflows.pairs import PairsOptions

app = typer.Typer(add_completion=False)


@command(app, "pairs")
def run_pairs(
    options: PairsOptions,
    out: Output,
    reference: Annotated[str | None, argument("[REF]", "A run; without one, a base model's language model.")] = None,
    beside: Annotated[
        Path | None, option("--beside", metavar="FILE", help="Published scores, as BLiMP's models_summary.jsonl.")
    ] = None,
    save: Save = None,
    force: Force = False,
) -> None:
    """Minimal pairs: how often does a model prefer the acceptable sentence? By paradigm, phenomenon and field."""
    from colacli.data.published_scores import read_published
    from colacli.render.figures import check_figure, save_pairs
    from colacli.render.pairs import show_pairs
    from colacli.workflows.pairs import pairs

    store = out.store()
    check_figure(save, store, force=force)
    published = read_published(beside) if beside is not None else {}
    with out.progress() as on_event:
        result = pairs(reference, options, store, on_event)
    if save is not None:
        save_pairs(result, save)
    show_pairs(result, published, out.show)
