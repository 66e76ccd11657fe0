"""`colacli experiment`: all runs of a recipe's arms, and its claims."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from colacli.cli.arguments import argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.remotes import find_remote
from colacli.engines.engine import Engine
from colacli.engines.kinds import EngineOptions, open_engine
from colacli.sharing.address import Address
from colacli.store.store import Store
from colacli.workflows import experiment
from colacli.workflows.experiment import Estimate
from colacli.workflows.experiment_plan import ExperimentOptions, ExperimentPlan, plan_experiment
from colacli.workflows.overrides import parse_overrides
from colacli.workflows.recipe import Recipe
from colacli.workflows.recipe_file import read_recipe
from colacli.workflows.search import Rounds, SearchResult

app = typer.Typer(add_completion=False)


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
    output: Annotated[
        Path | None, option("--out", "--output", "-o", metavar="DIR", help="Folder for the results.")
    ] = None,
    dry_run: Annotated[bool, option("--dry-run", help="Print the plan: hits, misses, about how long.")] = False,
    force: Annotated[bool, option("--force", help="Replace the folder of another experiment.")] = False,
) -> None:
    """Make all runs of an experiment's arms, here or on a cluster, and compare its claims."""
    from colacli.render.experiment import show_experiment, show_plan, write_experiment

    store, found = out.store(), read_recipe(recipe, parse_overrides(set or []))
    asked = Asked(options, engine, find_remote(context, through) if through else None)
    if output is not None:
        experiment.check_folder(output, found, store, force=force)
    if dry_run:
        return show_plan(*_plan_unmade(found, asked, store, out), engine.jobs, out.show)
    plan, searched, ends = _conduct(found, asked, store, out)
    result = experiment.compare_claims(plan, store)
    if output is not None and result is not None:
        write_experiment(output, plan, searched, result, store)
    show_experiment(plan, ends, searched, result, out.show)
    if ends.failed:
        _fail(ends, debug=context.obj.debug)
    return None


@dataclass(frozen=True)
class Asked:
    """What the command line says beside the recipe."""

    options: ExperimentOptions
    engine: EngineOptions
    remote: Address | None


def _plan(recipe: Recipe, asked: Asked, store: Store, out: Output) -> tuple[ExperimentPlan, Estimate]:
    with out.progress() as on_event:
        plan = plan_experiment(recipe, asked.options, store, on_event)
    return plan, experiment.estimate(plan, asked.engine.jobs, store)


def _plan_unmade(recipe: Recipe, asked: Asked, store: Store, out: Output) -> tuple[ExperimentPlan, Estimate]:
    """What is to be made first: a search's next round, or the arms."""
    if recipe.search is not None:
        with out.progress() as on_event:
            rounds = Rounds(recipe, asked.options, store, on_event)
            plan = rounds.next_to_make()
        if plan is not None:
            return plan, experiment.estimate(plan, asked.engine.jobs, store)
        recipe = recipe.settled(rounds.result().chosen.setting)
    return _plan(recipe, asked, store, out)


def _conduct(
    recipe: Recipe, asked: Asked, store: Store, out: Output
) -> tuple[ExperimentPlan, SearchResult | None, experiment.Ends]:
    """Search where the recipe says so, then make what is missing."""
    searched = None
    with ExitStack() as stack:
        if recipe.search is not None:
            engine = stack.enter_context(open_engine(asked.engine, store, asked.remote))
            searched = _search(recipe, asked, engine, store, out)
            recipe = recipe.settled(searched.chosen.setting)
        plan, time = _plan(recipe, asked, store, out)
        if not plan.missing:
            with out.progress() as on_event:
                return plan, searched, experiment.finished(plan, store, on_event)
        if searched is None:
            engine = stack.enter_context(open_engine(asked.engine, store, asked.remote))
        return plan, searched, _make(plan, engine, time, store)


def _fail(ends: experiment.Ends, *, debug: bool) -> NoReturn:
    """End with a failure's status; the tracebacks of processes come with `--debug`."""
    for failed in ends.failed.values() if debug else ():
        print(*getattr(failed.error, "__notes__", []), sep="\n", file=sys.stderr)
    raise typer.Exit(1)


def _search(recipe: Recipe, asked: Asked, engine: Engine, store: Store, out: Output) -> SearchResult:
    """Make a search's trials, round by round."""
    with out.progress() as on_event:
        rounds = Rounds(recipe, asked.options, store, on_event)
    while (plan := rounds.next_to_make()) is not None:
        _make(plan, engine, experiment.estimate(plan, asked.engine.jobs, store), store)
        rounds.tell()
    return rounds.end()


def _make(plan: ExperimentPlan, engine: Engine, time: Estimate, store: Store) -> experiment.Ends:
    """Make what is missing, shown as it goes on."""
    from colacli.render.experiment_progress import follow

    return experiment.ends_of(follow(experiment.make_runs(plan, engine, store), plan, time, sys.stderr))
