"""`colacli experiment`: all runs of a recipe's arms, and its claims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.remotes import find_remote
from colacli.cli.verbs import app
from colacli.engines.kinds import EngineOptions, open_engine
from colacli.workflows import experiment
from colacli.workflows.experiment_plan import ExperimentOptions, parse_overrides, plan_experiment
from colacli.workflows.recipe import read_recipe


@command(app, "experiment")
def run_experiment(
    context: typer.Context,
    recipe: Annotated[Path, argument("FILE", "A recipe: arms, claims, seeds, in TOML.")],
    options: ExperimentOptions,
    engine: EngineOptions,
    out: Output,
    set: Annotated[  # noqa: A002
        list[str] | None, option("--set", metavar="OPTION=VALUE", help="For every arm whose command has the option.")
    ] = None,
    through: Annotated[
        str | None, option("--through", metavar="REMOTE", help="Ray, SLURM: where the machines' own stores meet.")
    ] = None,
    output: Annotated[Path | None, option("--out", metavar="DIR", help="Folder for the results.")] = None,
    dry_run: Annotated[bool, option("--dry-run", help="Print the plan: hits, misses, about how long.")] = False,
    force: Annotated[bool, option("--force", help="Replace the folder of another experiment.")] = False,
) -> None:
    """Make all runs of an experiment's arms, here or on a cluster, and compare its claims."""
    from colacli.render.experiment import show_experiment, show_plan, write_experiment
    from colacli.render.experiment_progress import follow

    store, found = out.store(), read_recipe(recipe)
    remote = find_remote(context, through) if through else None
    if output is not None:
        experiment.check_folder(output, found, store, force=force)
    with out.progress() as on_event:
        plan = plan_experiment(found, options, parse_overrides(set or []), store, on_event)
    time = experiment.estimate(plan, engine.jobs, store)
    if dry_run:
        return show_plan(plan, time, engine.jobs, out.show)
    with open_engine(engine, store, remote) as opened:
        ends = experiment.ends_of(follow(experiment.make_runs(plan, opened, store), plan, time, sys.stderr))
    result = experiment.compare_claims(plan, store)
    if output is not None and result is not None:
        write_experiment(output, plan, result, store)
    show_experiment(plan, ends, result, out.show)
    if ends.failed:
        raise typer.Exit(1)
    return None
