"""`colacli eval`: a run on a split, or on a benchmark's test file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import Force, Reference, Save, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.errors import UsageError
from colacli.workflows.evaluate import EvaluateOptions
from colacli.workflows.submit import Form

app = typer.Typer(add_completion=False)


@command(app, "eval")
def run_eval(
    reference: Reference,
    options: EvaluateOptions,
    out: Output,
    submission: Annotated[
        Form | None, option(help="Label the unlabelled test file --data, for this benchmark.")
    ] = None,
    output: Annotated[Path | None, option("--output", "-o", help="File for these labels.")] = None,
    errors: Annotated[int, option(metavar="N", min=0, help="Show the N surest mistakes of each kind.")] = 0,
    per_sentence: Annotated[
        Path | None, option(metavar="FILE", help="CSV to write with every sentence; REF may stand for several runs.")
    ] = None,
    save: Save = None,
    force: Force = False,
) -> None:
    """Measure a run on a split and its parts: accuracy, MCC and F1 beside the majority class, and calibration."""
    from colacli.render.evaluate import Extras, show_evaluation
    from colacli.render.figures import check_figure, save_evaluation
    from colacli.render.mistakes import show_written
    from colacli.render.submit import show_submission
    from colacli.workflows.mistakes import surest_mistakes
    from colacli.workflows.per_sentence import examine
    from colacli.workflows.submit import submit

    store = out.store()
    check_figure(save, store, force=force)
    with out.progress() as on_event:
        if submission is not None or output is not None:
            _check_unlabelled(errors, per_sentence)
            written = submit(reference, submission, output, options, store, on_event, force=force)
            return show_submission(written, out.show)
        alone = per_sentence is None or errors > 0 or save is not None
        results = examine(reference, options, per_sentence, store, on_event, force=force, alone=alone)
    if len(results) > 1 and per_sentence is not None:
        return show_written(results, per_sentence, out.show)
    if save is not None:
        save_evaluation(results[0], save)
    mistakes = surest_mistakes(results[0], errors) if errors else None
    return show_evaluation(results[0], out.show, Extras(mistakes, per_sentence))


def _check_unlabelled(errors: int, per_sentence: Path | None) -> None:
    """See that nothing is asked of a submission that needs labels."""
    if errors or per_sentence:
        raise UsageError("--errors and --per-sentence need labels, and a test file has none", "leave them out")
