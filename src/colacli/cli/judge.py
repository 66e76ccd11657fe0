"""`colacli judge`: is a sentence acceptable?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from colacli.cli.arguments import Reference, argument
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.errors import UsageError
from colacli.workflows.judge import JudgeOptions

app = typer.Typer(add_completion=False)


@command(app, "judge")
def run_judge(
    reference: Reference,
    options: JudgeOptions,
    out: Output,
    sentences: Annotated[
        list[str] | None, argument("[SENTENCE]...", "Sentences; without any, standard input is read.")
    ] = None,
) -> None:
    """Is each sentence acceptable? Prints label and probability, one line per sentence."""
    from colacli.render.judge import show_judgements
    from colacli.workflows.judge import judge, sentences_of

    store = out.store()
    with out.streaming() as on_event:
        texts, source = sentences_of(sentences, options, store, on_event) or (_standard_input(), "standard input")
        batches = judge(reference, texts, source, options, store, on_event)
        show_judgements(batches, out.show_batches)


def _standard_input() -> Iterator[str]:
    """Its lines, without their ends.

    Raises:
        UsageError: it is a terminal, or closed.
        DataError: a line is not UTF-8, or longer than any sentence.
    """
    from colacli.data.lines import decoded_lines

    if sys.stdin is None or sys.stdin.isatty():
        hint = 'give some, or pipe them in: `echo "A sentence." | colacli judge REF`'
        raise UsageError("judge has no sentence", hint)
    return (line.removesuffix("\r") for line in decoded_lines(sys.stdin.buffer, "standard input"))
