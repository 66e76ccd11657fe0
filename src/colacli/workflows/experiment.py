"""An experiment: the runs of a recipe's arms, made where they are to be made, then compared claim by claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.engines.engine import Done, Engine, Failed, Report, Told
from colacli.engines.schedule import run_jobs
from colacli.events import Note, OnEvent
from colacli.output_files import check_output_folder
from colacli.results import likeness, predictions_of, scan_runs
from colacli.statistics.choice import ChoiceBias, choice_bias
from colacli.statistics.comparison import Comparison, corrected
from colacli.store.protection import protecting
from colacli.store.reading import read_json
from colacli.store.refs import set_name
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.compare import Arm, CompareResult, compare, measured_arm, shared_splits
from colacli.workflows.experiment_plan import ExperimentPlan
from colacli.workflows.planned_arm import PlannedRun
from colacli.workflows.recipe import Recipe
from colacli.workflows.splits import stored_predictions

RESULTS = "results.json"
"""The file that every experiment's folder has; its `experiment` says of which."""


@dataclass(frozen=True)
class Ends:
    """How the runs of a plan ended."""

    done: dict[str, Done]
    """By key; what was stored before is not among them."""
    failed: dict[str, Failed]


@dataclass(frozen=True)
class Estimate:
    """How long the missing runs will take, from stored runs like them."""

    known: dict[str, float]
    """Seconds by key, of those that there are runs like."""
    seconds: float
    """Of all of these, so many at once."""


def check_folder(folder: Path, recipe: Recipe, store: Store, *, force: bool) -> None:
    """See that the results can be written, before anything is made; those of the same experiment are replaced.

    Raises:
        UsageError: another folder is there, or none can be made.
    """
    same = False
    with suppress(OSError, ValueError, AttributeError):
        same = read_json(folder / RESULTS).get("experiment") == recipe.name
    check_output_folder(folder, force=force or same, store=store.root, marker=RESULTS)


def make_runs(plan: ExperimentPlan, engine: Engine, store: Store) -> Iterator[Report]:
    """Make what is not stored, and report on it; an arm whose runs are all there gets its name.

    A run that fails stops those that descend from it alone. Until all is done none of the runs is garbage.
    """
    with protecting(store, [run.key for run in plan.runs]):
        missing = {arm: {run.key for run in runs if run.stored is None} for arm, runs in plan.arms.items()}
        arms_of: dict[str, list[str]] = {}
        for arm, keys in missing.items():
            for key in keys:
                arms_of.setdefault(key, []).append(arm)
        yield from _name(plan, [arm for arm, keys in missing.items() if not keys], store)
        for report in run_jobs([run.job for run in plan.missing], engine):
            if isinstance(report, Done):
                for arm in arms_of[report.key]:
                    missing[arm].remove(report.key)
                yield from _name(plan, [arm for arm in arms_of[report.key] if not missing[arm]], store)
            yield report


def finished(plan: ExperimentPlan, store: Store, on_event: OnEvent) -> Ends:
    """Name the arms of a plan whose runs are all stored."""
    for told in _name(plan, plan.arms, store):
        on_event(told.event)
    return Ends({}, {})


def ends_of(reports: Iterable[Report]) -> Ends:
    """Go through all reports."""
    ends = Ends({}, {})
    for report in reports:
        if isinstance(report, Done):
            ends.done[report.key] = report
        elif isinstance(report, Failed):
            ends.failed[report.key] = report
    return ends


def compare_claims(plan: ExperimentPlan, store: Store) -> CompareResult | None:
    """Every arm whose runs are all stored, on the in-domain dev split, and the claims, corrected for their number.

    A claim is compared where its arms have no run in common.

    Returns:
        None where no arm is whole.

    Raises:
        DataError: they were not measured on the same sentences.
        IntegrityError: a run is damaged.
    """
    runs = {name: found for name, arm in plan.arms.items() if (found := _stored_runs(arm, store)) is not None}
    if not runs:
        return None
    arms = [_arm(name, found) for name, found in runs.items()]
    comparable = [pair for pair in plan.recipe.claims if set(pair) <= runs.keys() and not plan.share_a_run(pair)]
    claims = [_claim(pair, runs, store) for pair in comparable]
    predictions = {run.key: predictions_of(run, IN_DOMAIN_DEV) for arm in arms for run in arm.runs}
    return CompareResult(IN_DOMAIN_DEV, arms, corrected(claims), predictions)


def bias_of_the_best(result: CompareResult) -> ChoiceBias | None:
    """What it would be worth to report the best of all runs by accuracy; None with fewer than two."""
    runs = list(result.predictions.values())
    return choice_bias(runs[0].labels, [run.predicted for run in runs], "accuracy")


def estimate(plan: ExperimentPlan, jobs: int, store: Store) -> Estimate:
    """The time of the missing runs: the median of stored runs that differ in their seed, or in seed and epochs.

    Args:
        plan: of the experiment.
        jobs: runs at once.
        store: whose runs are looked at.
    """
    times: dict[str, list[tuple[float, int]]] = {}
    for made in scan_runs(store)[0]:
        times.setdefault(made.likeness, []).append((made.seconds, made.epochs))
    known: dict[str, float] = {}
    for run in plan.missing:
        epochs = run.spec.training.epochs
        if alike := times.get(likeness(run.spec)):
            same = [seconds for seconds, asked in alike if asked == epochs]
            known[run.key] = median(same) if same else epochs * median(seconds / asked for seconds, asked in alike)
    return Estimate(known, max(sum(known.values()) / jobs, _longest_chain(plan, known)))


def _name(plan: ExperimentPlan, arms: Iterable[str], store: Store) -> Iterator[Told]:
    """Name arms whose runs are all stored; tell of names that other runs lose."""
    for arm in arms:
        name, keys = plan.recipe.run_name(arm), [run.key for run in plan.arms[arm]]
        before = set_name(store, name, keys)
        if lost := [key[:12] for key in before if key not in keys]:
            text = f"'{name}' stands for this experiment's runs now, no longer for {', '.join(lost)}"
            yield Told(keys[0], Note(text))


def _stored_runs(planned: Sequence[PlannedRun], store: Store) -> list[Run] | None:
    """An arm's runs; None where one is missing."""
    runs = [store.find_run(one.key) for one in planned]
    return None if None in runs else [run for run in runs if run is not None]


def _arm(name: str, runs: list[Run]) -> Arm:
    splits = shared_splits(runs, IN_DOMAIN_DEV)
    return measured_arm(name, runs, {run.key: stored_predictions(run, splits) for run in runs})


def _claim(pair: tuple[str, str], runs: Mapping[str, list[Run]], store: Store) -> Comparison:
    references = [",".join(f"run:{run.key}" for run in runs[name]) for name in pair]
    (comparison,) = compare(references, IN_DOMAIN_DEV, store).pairs
    return replace(comparison, a=pair[0], b=pair[1])


def _longest_chain(plan: ExperimentPlan, known: Mapping[str, float]) -> float:
    """Seconds of the longest line of descent."""
    until: dict[str, float] = {}
    for run in plan.missing:  # parents first
        before = max((until.get(parent, 0.0) for parent in (run.spec.parents or {}).values()), default=0.0)
        until[run.key] = before + known.get(run.key, 0.0)
    return max(until.values(), default=0.0)
