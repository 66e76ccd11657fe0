"""From a recipe to the runs that it takes: each with its key before anything is made, and what is stored of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from colacli.config import Checked, setting
from colacli.errors import ColacliError, UsageError
from colacli.events import OnEvent
from colacli.options import options_of
from colacli.store.refs import check_free
from colacli.store.store import Store
from colacli.training.requests import DEVICE, VARIANT
from colacli.workflows.planned_arm import PlannedRun, planned_arm, request_for
from colacli.workflows.recipe import LARGER, Arm, Recipe
from colacli.workflows.verbs import VERBS


@dataclass(frozen=True, kw_only=True)
class ExperimentOptions(Checked):
    """What every arm is made of and on, where the recipe doesn't say."""

    variant: str | None = VARIANT
    base: Path | None = setting(None, "Base model's folder, instead of --variant.", shown_default="none")
    larger: str | None = setting(
        None, "A larger base model by name, for the arms that want one.", shown_default="without these arms"
    )
    data: str = setting("cola", "Corpus: cola, sample, an imported name, a folder or a file.")
    seeds: int = setting(3, "Runs of every arm that doesn't say how many.", minimum=1, maximum=10_000)
    device: str = DEVICE


@dataclass(frozen=True)
class ExperimentPlan:
    """All runs of an experiment, by arm."""

    recipe: Recipe
    arms: dict[str, list[PlannedRun]]

    @property
    def runs(self) -> list[PlannedRun]:
        """Each once, parents before their students, else in the order of the arms."""
        by_key: dict[str, PlannedRun] = {}
        for runs in self.arms.values():
            for run in runs:
                by_key.setdefault(run.key, run)
        return sorted(by_key.values(), key=lambda run: _generation(run, by_key))

    def share_a_run(self, pair: tuple[str, str]) -> bool:
        """Whether two arms have a run in common, and so can't be compared."""
        a, b = ({run.key for run in self.arms[name]} for name in pair)
        return bool(a & b)

    @property
    def missing(self) -> list[PlannedRun]:
        """Those that are not stored."""
        return [run for run in self.runs if run.stored is None]


def _generation(run: PlannedRun, by_key: Mapping[str, PlannedRun]) -> int:
    """How many of its ancestors in one line are of the plan."""
    parents = [by_key[key] for key in (run.spec.parents or {}).values() if key in by_key]
    return 1 + max((_generation(parent, by_key) for parent in parents), default=0)


def plan_experiment(recipe: Recipe, options: ExperimentOptions, store: Store, on_event: OnEvent) -> ExperimentPlan:
    """Everything that can be decided before anything is computed.

    Args:
        recipe: arms and claims.
        options: of the whole.
        store: where runs are looked for.
        on_event: told of downloads.

    Raises:
        UsageError: an arm's settings can't be, or arms come from one another.
        ColacliError: a base or the corpus can't be used.
    """
    if options.larger is None:
        recipe = recipe.without(name for name, arm in recipe.arms.items() if arm.settings.get("variant") == LARGER)
    planned: dict[str, list[PlannedRun]] = {}
    for name in _in_order(recipe):
        arm = recipe.arms[name]
        seeds = arm.seeds or options.seeds
        try:
            check_free(store, recipe.run_name(name))
            planned[name] = list(planned_arm(arm, _settings(arm, options), seeds, planned, store, on_event))
        except ColacliError as error:
            raise type(error)(f"arm {name}: {error.message}", error.hint) from error
    return ExperimentPlan(recipe, {name: planned[name] for name in recipe.arms})


def _in_order(recipe: Recipe) -> list[str]:
    """Arms after those that they come from.

    Raises:
        UsageError: they come from one another.
    """
    needed = {name: arm.comes_from & recipe.arms.keys() for name, arm in recipe.arms.items()}
    try:
        return list(TopologicalSorter(needed).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        message = f"arms come from one another, as teacher or student-base: {circle}"
        raise UsageError(message, "let one of them come from another") from error


def _settings(arm: Arm, options: ExperimentOptions) -> dict[str, Any]:
    """What an arm's command is asked, by option: the recipe's over the experiment's."""
    known = {option.flag for option in options_of(VERBS[arm.command].request)}
    settings: dict[str, Any] = {"data": options.data, "device": options.device}
    if arm.teacher is None:
        settings |= {"base": options.base} if options.base else {"variant": options.variant}
    if arm.settings.keys() & {"variant", "base"}:
        settings.pop("base", None)
    settings |= arm.settings
    if settings.get("variant") == LARGER:
        settings["variant"] = options.larger
    return {name: value for name, value in settings.items() if name in known}


def check_setting(arm: Arm, options: ExperimentOptions, option: str, value: Any) -> None:
    """See that an arm's option can have this value.

    Raises:
        UsageError: it is of another type, or outside its limits.
    """
    request_for(arm, {**_settings(arm, options), option: value})
