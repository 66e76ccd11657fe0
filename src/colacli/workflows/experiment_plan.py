"""From a recipe to the runs that it takes: each with its key before anything is made, and what is stored of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from colacli.config import Checked, setting
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device
from colacli.engines.engine import Job
from colacli.errors import ColacliError, UsageError
from colacli.events import OnEvent
from colacli.models.base import Base, find_base
from colacli.options import options_of, request_of
from colacli.store.refs import check_free
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.plan import Plan
from colacli.training.requests import DEVICE, VARIANT
from colacli.training.student_base import StudentBaseChoice, find_student_base, of_seed
from colacli.training.transfer import absolute, source_of
from colacli.workflows.distil import DistilRequest, check_teachers, distil_spec
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
class PlannedRun:
    """A run of an arm, made or not."""

    arm: str
    spec: Spec
    request: Any
    """What its verb is asked, on any machine."""
    base: Base | None
    stored: Run | None
    label: str
    """Arm and seed, for people."""

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return self.spec.key

    @property
    def job(self) -> Job:
        """For an engine."""
        parents = tuple((self.spec.parents or {}).values())
        return Job(self.key, self.spec.command, self.request, parents, self.label)


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
        UsageError: an arm's settings can't be, or arms are one another's teachers.
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
            planned[name] = list(_planned_arm(arm, _settings(arm, options), seeds, planned, store, on_event))
        except ColacliError as error:
            raise type(error)(f"arm {name}: {error.message}", error.hint) from error
    return ExperimentPlan(recipe, {name: planned[name] for name in recipe.arms})


def _in_order(recipe: Recipe) -> list[str]:
    """Arms after their teachers.

    Raises:
        UsageError: they are one another's.
    """
    teachers = {name: {other for other in recipe.arms if other == arm.teacher} for name, arm in recipe.arms.items()}
    try:
        return list(TopologicalSorter(teachers).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise UsageError(
            f"arms are one another's teachers: {circle}", "let one of them have another teacher"
        ) from error


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


def _planned_arm(
    arm: Arm,
    settings: dict[str, Any],
    seeds: int,
    planned: Mapping[str, list[PlannedRun]],
    store: Store,
    on_event: OnEvent,
) -> Iterator[PlannedRun]:
    """An arm's runs, one a seed counted up from its first."""
    teachers = sorted(planned.get(arm.teacher or "", []), key=lambda run: run.key)
    if teachers:
        settings = {**settings, "teacher": ",".join(f"run:{run.key}" for run in teachers)}
    request = _request(arm, settings)
    chosen: StudentBaseChoice | None = getattr(request, "start", None)
    base: Base | None
    if teachers:
        check_teachers(teachers, arm.teacher or "")
        spec, request, base = _planned_student(request, teachers, store, on_event)
    else:
        plan: Plan = VERBS[arm.command].plan(request, store, on_event)
        spec, request, base = plan.spec, _anywhere(plan.request, plan.corpus.origin), plan.base
    has_seed = "training" in {field.name for field in fields(request)}
    first = spec.training.seed
    for seed in range(first, first + (seeds if has_seed else 1)):
        start = find_student_base(chosen, store, seed) if chosen else None
        one = of_seed(spec, seed, start)
        asked = _of_seed(request, one, start) if has_seed else request
        label = f"{arm.name}, seed {seed}" if has_seed else arm.name
        yield PlannedRun(arm.name, one, asked, base, store.find_run(one.key), label)


def check_setting(arm: Arm, options: ExperimentOptions, option: str, value: Any) -> None:
    """See that an arm's option can have this value.

    Raises:
        UsageError: it is of another type, or outside its limits.
    """
    _request(arm, {**_settings(arm, options), option: value})


def _request(arm: Arm, settings: Mapping[str, Any]) -> Any:
    values = {name.replace("-", "_"): _parsed(value) for name, value in settings.items() if value is not None}
    return request_of(VERBS[arm.command].request, values, arm.command)


def _of_seed(request: Any, spec: Spec, start: Run | None) -> Any:
    """A request for one seed, in the precision that was found here: another machine's may be another."""
    training = replace(request.training, seed=spec.training.seed, precision=spec.training.precision)
    started = {} if start is None else {"start": request.start.pinned(start)}
    return replace(request, training=training, **started)


def _planned_student(
    request: DistilRequest, teachers: Sequence[PlannedRun], store: Store, on_event: OnEvent
) -> tuple[Spec, DistilRequest, Base]:
    """A student's spec before its teachers are made."""
    device = resolve_device(request.execution.device)
    moved = request.teacher.base
    base = find_base(store, None, moved, on_event) if moved else teachers[0].base
    assert base is not None, "a teacher that is no baseline has one"
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    transfer, _ = source_of(request.transfer)
    request = replace(request, transfer=absolute(request.transfer))
    start = find_student_base(request.start, store, request.training.seed)
    request = replace(request, start=request.start.pinned(start))
    spec = distil_spec(request, teachers, base, corpus, transfer, device, start)
    return spec, _anywhere(request, corpus.origin), base


def _anywhere(request: Any, corpus: str) -> Any:
    """The same request for any working folder: with absolute paths."""
    changed: dict[str, Any] = {}
    if hasattr(request, "data"):
        changed["data"] = replace(request.data, data=corpus)
    if hasattr(request, "text"):
        changed["text"] = replace(request.text, text=request.text.text.resolve())
    for section in ("base", "teacher"):
        choice = getattr(request, section, None)
        if choice is not None and choice.base is not None:
            changed[section] = replace(choice, base=choice.base.resolve())
    if hasattr(request, "adapter"):
        changed["adapter"] = request.adapter.resolve()
    return replace(request, **changed)


def _parsed(value: Any) -> Any:
    """A list of a recipe as a list of an option has it."""
    return ",".join(map(str, value)) if isinstance(value, list) else value
