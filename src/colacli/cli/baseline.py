"""`colacli baseline`: majority, ngrams and lm, what tuned networks are measured against."""

from __future__ import annotations

from typing import Any

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.workflows.baseline_lm import LmRequest
from colacli.workflows.baseline_majority import MajorityRequest
from colacli.workflows.baseline_ngrams import NgramsRequest
from colacli.workflows.seeds import each_seed

app = typer.Typer(no_args_is_help=True, help="Judges that are no tuned networks, as runs: majority, ngrams, lm.")


@command(app, "majority")
def run_majority(request: MajorityRequest, out: Output) -> None:
    """The more common label of train, for every sentence."""
    _fit("baseline.majority", request, out)


@command(app, "ngrams")
def run_ngrams(request: NgramsRequest, out: Output) -> None:
    """Logistic regression on TF-IDF of word and character n-grams: without a network. Needs the extra baselines."""
    _fit("baseline.ngrams", request, out)


@command(app, "lm")
def run_lm(request: LmRequest, out: Output) -> None:
    """Logistic regression on the probabilities of an untuned language model. Needs the extra baselines."""
    _fit("baseline.lm", request, out)


def _fit(verb: str, request: Any, out: Output) -> None:
    from colacli.render.train import show_training

    with out.progress() as on_event:
        results = each_seed(verb, request, out.store(), on_event)
    show_training(verb, results, out.show)
