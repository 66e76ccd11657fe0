"""`colacli compare`: is the difference between runs real?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import Force, Save, argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.workflows.compare import FEW, compare

app = typer.Typer(add_completion=False)


@command(app, "compare")
def run_compare(
    references: Annotated[list[str], argument("REF REF...", "Two runs or more; a name of several is one arm.")],
    out: Output,
    split: Annotated[
        str, option(help="Split whose stored predictions are compared; pooled_dev is both dev splits.")
    ] = IN_DOMAIN_DEV,
    disagreements: Annotated[bool, option("--disagreements", help="Show what only one gets right.")] = False,
    most: Annotated[
        int | None, option(metavar="N", min=1, help="Show the N surest disagreements of each kind.")
    ] = None,
    pairs: Annotated[
        str | None, option(metavar="DATA", help="Compare on minimal pairs too: blimp, sample, a folder or a file.")
    ] = None,
    all_pairs: Annotated[
        bool, option("--all-pairs", help=f"Test every two of more than {FEW} arms, not each beside the first.")
    ] = False,
    csv: Annotated[Path | None, option(metavar="FILE", help="CSV to write with a line an arm.")] = None,
    save: Save = None,
    force: Force = False,
) -> None:
    """Compare runs, or arms of several seeds, on the same sentences, and say whether their difference is real."""
    from colacli.render.compare import show_comparison
    from colacli.render.figures import check_figure, save_comparison
    from colacli.workflows.compare_pairs import compare_pairs
    from colacli.workflows.compare_sentences import compare_sentences
    from colacli.workflows.ranking import check_csv, write_csv

    store = out.store()
    check_figure(save, store, force=force)
    check_csv(csv, store, force=force)
    result = compare(references, split, store, all_pairs=all_pairs)
    sentences = compare_sentences(result, store, listed=disagreements or most is not None)
    with out.progress() as on_event:
        on_pairs = compare_pairs(result, pairs, store, on_event) if pairs is not None else None
    if save is not None:
        save_comparison(result, save)
    write_csv(result, csv)
    show_comparison(result, out.show, sentences, most, on_pairs)
