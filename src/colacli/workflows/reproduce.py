"""The commands that make stored runs again, from what their specs and manifests say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from colacli.config import Labels, Lora, Student, Training, flag_of
from colacli.data.layout import AS_USUAL, LAYOUT, parse_layout
from colacli.distillation import Distillation
from colacli.errors import UnknownReferenceError
from colacli.models.base import VARIANTS
from colacli.ngrams import Ngrams
from colacli.pretraining import Optimisation, Pretraining
from colacli.store.artifact import RUNS
from colacli.store.refs import names
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.pretraining import TEXT
from colacli.training.requests import FitOptions
from colacli.workflows.verbs import VERBS


@dataclass(frozen=True)
class Recipe:
    """One command, and the runs that it makes."""

    arguments: tuple[str, ...]
    """What comes after `colacli`; empty where the command is not known to this version."""
    runs: tuple[Run, ...]
    """In the order of their seeds."""


def with_ancestors(runs: Iterable[Run], store: Store) -> list[Run]:
    """Runs and their teachers, teachers first, else in the order given.

    Raises:
        UnknownReferenceError: a teacher is not in the store.
        IntegrityError: a run is damaged.
    """
    ordered: dict[str, Run] = {}

    def add(run: Run) -> None:
        for key in run.manifest.parents.values():
            if key not in ordered:
                add(_parent(run, key, store))
        ordered.setdefault(run.key, run)

    for run in runs:
        add(run)
    return list(ordered.values())


def recipes(runs: Sequence[Run], store: Store) -> list[Recipe]:
    """The commands that make these runs, in their order; one for all seeds of a training that follow one another."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        groups.setdefault((_without_seed(run.spec), *sorted(run.manifest.sources.items())), []).append(run)
    keys_by_name = names(store)
    return [recipe for group in groups.values() for recipe in _of_group(group, keys_by_name)]


def _parent(run: Run, key: str, store: Store) -> Run:
    """From the run's own store: it may be another than the user's."""
    if (parent := store.find_run(key)) is not None:
        return parent
    beside = run.path.parent / key
    if run.path.parent.name == RUNS and beside.is_dir():
        return Run(beside)
    raise UnknownReferenceError(
        f"run {key[:12]}, a parent of {run.key[:12]}, is not in {store.root}", "import it, or leave its descendant out"
    )


def _without_seed(spec: Spec) -> str:
    return replace(spec, training=replace(spec.training, seed=0)).key


def _of_group(group: list[Run], keys_by_name: dict[str, list[str]]) -> Iterator[Recipe]:
    ordered = sorted(group, key=_seed)
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(ordered)) if _seed(b) != _seed(a) + 1), len(ordered)]
    for start, end in pairwise(starts):
        runs = tuple(ordered[start:end])
        yield Recipe(tuple(_arguments(runs, keys_by_name)), runs)


def _seed(run: Run) -> int:
    return run.spec.training.seed


def _arguments(runs: Sequence[Run], keys_by_name: dict[str, list[str]]) -> Iterator[str]:
    run, spec = runs[0], runs[0].spec
    if spec.command not in VERBS:
        return
    yield from spec.command.split(".")
    if spec.adapter:
        yield f"ADAPTER-WITH-SHA256-{spec.adapter.weights}"
    if spec.distillation:
        yield from ("--teacher", _named(spec.teachers, keys_by_name))
    elif spec.base:
        yield from _base(run.manifest.sources.get("base", ""))
    yield from (f"--{TEXT if spec.pretraining else 'data'}", run.manifest.sources.get("data", ""))
    if start := spec.student_base:
        yield from ("--student-base", f"run:{start[:12]}")
    if layout := run.manifest.sources.get(LAYOUT):
        yield from _options(parse_layout(layout), AS_USUAL)
    for chosen, default in _choices(spec):
        yield from _options(chosen, default)
    if spec.transfer:
        # A file that was read is known by its digest alone.
        file = [f"FILE-WITH-SHA256-{spec.transfer.sentences}"] if spec.transfer.sentences else []
        sources = ",".join([*file, *spec.transfer.recipes])
        yield from ("--transfer", sources, "--transfer-size", str(spec.transfer.size))
        yield from ("--transfer-seed", str(spec.transfer.seed)) if spec.transfer.seed else ()
        yield from ("--train-repeats", str(spec.transfer.train_repeats)) if spec.transfer.train_repeats > 1 else ()
    yield from ("--seeds", str(len(runs))) if len(runs) > 1 else ()
    keys = {run.key for run in runs}
    yield from (part for name, of in keys_by_name.items() if set(of) == keys for part in ("--name", name))


def _base(source: str) -> tuple[str, str]:
    return ("--variant", source) if source in VARIANTS else ("--base", source)


def _named(keys: list[str], keys_by_name: dict[str, list[str]]) -> str:
    """A reference to a teacher; to several a name that stands for them."""
    if len(keys) == 1:
        return f"run:{keys[0][:12]}"
    return next((name for name, of in keys_by_name.items() if set(of) == set(keys)), "NAME-OF-ITS-TEACHERS")


def _choices(spec: Spec) -> Iterator[tuple[Any, Any]]:
    """The options of a spec beside their defaults. Precision always differs: its default depends on the device."""
    if spec.ngrams:
        yield spec.ngrams, Ngrams()
    if spec.is_baseline:
        yield FitOptions(validation=spec.training.validation), FitOptions()
    if spec.is_baseline or spec.adapter:
        return
    if spec.lora:
        yield spec.lora, replace(Lora().resolved(), alpha=float(spec.lora.rank))
    if spec.student:
        yield spec.student, Student()
    if spec.labels:
        yield spec.labels, Labels()
    if spec.distillation:
        yield spec.distillation, Distillation().resolved()
    if spec.pretraining:
        yield spec.pretraining, Pretraining()
        yield Optimisation.of(spec.training), Optimisation()
    else:
        yield spec.training, Training()


def _options(chosen: Any, default: Any) -> Iterator[str]:
    for option in fields(chosen):
        value, flag = getattr(chosen, option.name), flag_of(option.name, option.metadata)
        if value is None or value == getattr(default, option.name):
            continue
        if isinstance(value, bool):
            yield f"--{flag}" if value else f"--no-{flag}"
        else:
            yield from (f"--{flag}", ",".join(value) if isinstance(value, tuple) else str(value))
