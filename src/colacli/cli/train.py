"""What all commands do that make runs of a request."""

from __future__ import annotations

from typing import Any

from colacli.cli.output import Output
from colacli.training.plan import Verb


def train(verb: Verb, request: Any, out: Output) -> None:
    """Make a run for each seed with the workflow of a verb, and show them."""
    from colacli.render.train import show_training
    from colacli.workflows.seeds import each_seed

    with out.progress() as on_event:
        results = each_seed(verb, request, out.store(), on_event)
    show_training(verb.command, results, out.show)
