"""A search for an arm's settings: trials in rounds, the best by sentences held out of train, and what that is worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from colacli.data.corpus import HOLDOUT
from colacli.errors import ColacliError, IntegrityError, UsageError
from colacli.events import OnEvent, ignore
from colacli.results import metrics_of, name_runs, predictions_of
from colacli.statistics.choice import ChoiceBias, ExpectedBest, choice_bias, expected_best
from colacli.store.canonical import canonical
from colacli.store.folders import CACHE
from colacli.store.reading import convert, from_json
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.workflows.experiment_plan import (
    ExperimentOptions,
    ExperimentPlan,
    check_setting,
    plan_experiment,
)
from colacli.workflows.planned_arm import PlannedRun
from colacli.workflows.recipe import LARGER, TRIALS, Recipe, Search
from colacli.workflows.samplers import sampler_of
from colacli.workflows.search_space import Setting

KIND = "search"
_FILE = "search.json"
_REVISION = 1
TRIAL_SEEDS = 100_000
"""Added to the arm's seed for trials: the runs that are compared in the end are then not those that were chosen."""


@dataclass(frozen=True)
class Trial:
    """A setting that was tried."""

    setting: Setting
    key: str
    """Of its run."""
    value: float | None
    """The measure on the held-out sentences; None where the run failed."""


@dataclass(frozen=True)
class SearchResult:
    """What a search has found, with everything that it tried."""

    search: Search
    space: dict[str, str]
    """Bounds by option, in words."""
    trials: list[Trial]
    chosen: Trial
    expected: list[ExpectedBest]
    """The best of 1, 2, ... trials."""
    bias: ChoiceBias | None
    """None with fewer than two trials."""


@dataclass
class Rounds:
    """A search under way: plan a round, make its runs, tell how they did, until there are no more.

    Args:
        recipe: with a search.
        options: of the experiment.
        store: where the trials go.
        on_event: told of downloads.
    """

    recipe: Recipe
    options: ExperimentOptions
    store: Store
    on_event: OnEvent
    _trials: list[Trial] = field(default_factory=list)
    _made: list[PlannedRun] = field(default_factory=list)
    _asked: list[tuple[Setting, PlannedRun]] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert self.recipe.search is not None, "a recipe with a search"
        self._search = self.recipe.search
        self._check_bounds()
        self._sampler = sampler_of(self._search.sampler, self.recipe.space, self._search.seed)

    def next(self) -> ExperimentPlan | None:
        """The runs of the next trials, and those that they descend from; None when the budget or the space is used up.

        Raises:
            ColacliError: a setting can't be.
        """
        count = min(self._search.round, self._search.budget - len(self._trials))
        settings = self._sampler.ask(count) if count else []
        if not settings:
            return None
        plan = plan_experiment(self._with_trials(settings), self.options, self.store, self.on_event)
        self._asked = [
            (setting, replace(plan.arms[_name(number)][0], label=self._label(number, setting)))
            for number, setting in enumerate(settings)
        ]
        trials = {f"{self._search.arm}{TRIALS}": self._made + [run for _, run in self._asked]}
        others = {name: runs for name, runs in plan.arms.items() if name in self.recipe.arms}
        return ExperimentPlan(replace(self.recipe, claims=[]), {**others, **trials})

    def next_to_make(self) -> ExperimentPlan | None:
        """The first round with runs that are not stored; None where all are."""
        while (plan := self.next()) is not None and not plan.missing:
            self.tell()
        return plan

    def tell(self) -> None:
        """Read how the trials of this round did; one that is not stored has failed."""
        for setting, planned in self._asked:
            run = self.store.find_run(planned.key)
            value = getattr(metrics_of(run)[HOLDOUT], self._search.by) if run is not None else None
            if run is not None:
                self._made.append(replace(planned, stored=run))
            self._sampler.tell(setting, value)
            self._trials.append(Trial(setting, planned.key, value))

    def end(self) -> SearchResult:
        """The result, stored; the trials get a name.

        Raises:
            ColacliError: no trial could be made.
        """
        result = self.result()
        keys = [planned.key for planned in self._made]
        name_runs(self.store, self.recipe.run_name(f"{self._search.arm}{TRIALS}"), keys, ignore)
        _store(result, self.store)
        return result

    def result(self) -> SearchResult:
        """The best of the trials so far, the earlier of equals, and all others.

        Raises:
            ColacliError: none could be made.
        """
        made = [trial for trial in self._trials if trial.value is not None]
        if not made:
            raise ColacliError("every trial of the search failed", "mend what failed, and give the command again")
        values = [trial.value for trial in made if trial.value is not None]
        chosen = made[values.index(max(values))]
        held_out = [predictions_of(run.stored, HOLDOUT) for run in self._made if run.stored is not None]
        bias = choice_bias(held_out[0].labels, [one.predicted for one in held_out], self._search.by)
        space = {option: dimension.text for option, dimension in self.recipe.space.items()}
        return SearchResult(self._search, space, self._trials, chosen, expected_best(values), bias)

    def _check_bounds(self) -> None:
        """See before the first trial that none is outside of an option's limits."""
        arm = self.recipe.arms[self._search.arm]
        if arm.settings.get("variant") == LARGER and self.options.larger is None:
            raise UsageError(f"the search is of {arm.name}, which needs a larger base model", "name it by --larger")
        for option, dimension in self.recipe.space.items():
            for value in dimension.bounds:
                try:
                    check_setting(arm, self.options, option, value)
                except UsageError as error:
                    raise UsageError(f"[space] {option}: {error.message}", error.hint) from error

    def _label(self, number: int, setting: Setting) -> str:
        """Of a trial of this round, for people."""
        values = ", ".join(f"{option} {value}" for option, value in setting.items())
        return f"{self._search.arm}, trial {len(self._trials) + number + 1} ({values})"

    def _with_trials(self, settings: list[Setting]) -> Recipe:
        """The arm's line of descent, and an arm of one run for each setting."""
        arm = self.recipe.arms[self._search.arm]
        needed = self.recipe.ancestors(arm)
        seed = arm.settings.get("seed", 0) + TRIAL_SEEDS
        for number, setting in enumerate(settings):
            needed[_name(number)] = replace(
                arm, name=_name(number), settings={**arm.settings, **setting, "seed": seed}, seeds=1
            )
        return replace(self.recipe, arms=needed, claims=[], search=None)


def search_of(run: Run, store: Store) -> SearchResult | None:
    """The search that a run's settings come from, if the store has one."""
    for path in sorted(store.folder(f"{CACHE}/{KIND}").glob(f"*/{_FILE}")):
        try:
            result = convert(from_json(path.read_bytes()), SearchResult)
            trial = store.find_run(result.chosen.key)
        except (OSError, ValueError, IntegrityError):
            continue
        if trial is not None and _without_seed(trial.spec) == _without_seed(run.spec):
            return result
    return None


def _name(number: int) -> str:
    """Of a trial's arm in its round; no arm of a recipe is called so."""
    return f"trial.{number}"


def _without_seed(spec: Spec) -> str:
    return replace(spec, training=replace(spec.training, seed=0)).key


def _store(result: SearchResult, store: Store) -> None:
    """Keep a search in the store, known by its bounds, its budget and the keys of its trials."""
    spec = {
        "kind": KIND,
        "revision": _REVISION,
        "search": asdict(result.search),
        "space": result.space,
        "trials": [{"key": trial.key, "setting": trial.setting} for trial in result.trials],
    }
    store.put_cached(KIND, spec, _FILE, canonical(result), seconds=0.0, device="cpu")
