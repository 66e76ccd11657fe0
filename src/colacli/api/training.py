"""The verbs that make runs: a request as the command line makes it, and handles of what was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colacli.api.boundary import python_errors
from colacli.api.progress import reported, without_progress
from colacli.api.references import reference_of
from colacli.api.run import Run
from colacli.api.runs import Runs
from colacli.errors import UsageError
from colacli.options import request_of
from colacli.store.store import Store


def train(verb: str, options: Mapping[str, Any], store: Store) -> Run | Runs:
    """One run, or with `seeds` several."""
    from colacli.training.plan import RunResult
    from colacli.workflows.seeds import each_seed
    from colacli.workflows.verbs import VERBS

    name = verb.replace("-", "_")
    others, progress = without_progress(options)
    with python_errors(), reported(progress) as on_event:
        if "dry_run" in others:
            raise UsageError(f"{name} has no option 'dry_run'", f"`colacli {verb} --dry-run` says what it would do")
        if (start := others.get("student_base")) is not None:
            others["student_base"] = reference_of(start, store)
        request = request_of(VERBS[verb].request, others, name)
        results = each_seed(VERBS[verb], request, store, on_event)
    made = [result for result in results if isinstance(result, RunResult)]  # nothing here is a dry run
    runs = Runs([Run(result.run, store, cached=result.cached) for result in made])
    return runs if "seeds" in options else runs[0]


def train_one(verb: str, options: Mapping[str, Any], store: Store) -> Run:
    """The run of a verb that has no seeds."""
    run = train(verb, options, store)
    assert isinstance(run, Run)
    return run
