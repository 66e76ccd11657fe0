"""`colacli baseline`: majority, ngrams and lm, what tuned networks are measured against."""

from __future__ import annotations

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.train import train
from colacli.workflows.baseline_lm import BASELINE_LM, LmRequest
from colacli.workflows.baseline_majority import BASELINE_MAJORITY, MajorityRequest
from colacli.workflows.baseline_ngrams import BASELINE_NGRAMS, NgramsRequest

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Judges that are no tuned networks, as runs: majority, ngrams, lm."
)


@command(app, "majority")
def run_majority(request: MajorityRequest, out: Output) -> None:
    """The more common label of train, for every sentence."""
    train(BASELINE_MAJORITY, request, out)


@command(app, "ngrams")
def run_ngrams(request: NgramsRequest, out: Output) -> None:
    """Logistic regression on TF-IDF of word and character n-grams: without a network. Needs the extra baselines."""
    train(BASELINE_NGRAMS, request, out)


@command(app, "lm")
def run_lm(request: LmRequest, out: Output) -> None:
    """Logistic regression on the probabilities of an untuned language model. Needs the extra baselines."""
    train(BASELINE_LM, request, out)
