"""An opened store, and the verbs: each makes its request as the command line does, and gives a handle of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from colacli.api.boundary import python_errors
from colacli.api.progress import reported, without_progress
from colacli.api.run import Run
from colacli.api.runs import Runs
from colacli.data.layout import Layout
from colacli.errors import UsageError
from colacli.options import request_of
from colacli.store.files import expanded
from colacli.store.refs import names, resolve, resolve_one
from colacli.store.store import Store as RunStore
from colacli.store.store import open_store

if TYPE_CHECKING:
    from colacli.api.comparison import Comparison
    from colacli.api.options import (
        AdoptOptions,
        BaselineOptions,
        DistilOptions,
        FinetuneOptions,
        PairsOptions,
        TrainStudentOptions,
    )
    from colacli.api.pairs import Pairs

Reference = str | Run | Sequence["str | Run"]
"""Runs: a handle, several, or what a reference on the command line may be (a name, digits of a key, latest, a path)."""


class Store:
    """A store of runs; its methods are also functions of `colacli`, on the default store.

    A call takes the options of its command, under the flags' names with underscores. A second identical call finds the
    run in the store and computes nothing. Ctrl-C leaves a run that the same call resumes.

    Raises:
        ColacliError: in all methods; see `colacli.errors`.
    """

    def __init__(self, path: str | PathLike[str] | None = None) -> None:
        with python_errors():
            self._path = expanded(Path(path), "a store's folder") if path is not None else None

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._store.root

    @overload
    def finetune(self, *, seeds: int, **options: Unpack[FinetuneOptions]) -> Runs: ...
    @overload
    def finetune(self, **options: Unpack[FinetuneOptions]) -> Run: ...
    def finetune(self, **options: Any) -> Run | Runs:
        """Tune GPT-2 with LoRA to judge whether a sentence is acceptable: the teacher.

        Args:
            options: of `colacli finetune`: variant, data, epochs, lr, rank, … With `seeds` there are several runs.
        """
        return self._train("finetune", options)

    @overload
    def train_student(self, *, seeds: int, **options: Unpack[TrainStudentOptions]) -> Runs: ...
    @overload
    def train_student(self, **options: Unpack[TrainStudentOptions]) -> Run: ...
    def train_student(self, **options: Any) -> Run | Runs:
        """Train the small recurrent student alone: the baseline for distillation.

        Args:
            options: of `colacli train-student`: variant, data, cell, epochs, … With `seeds` there are several runs.
        """
        return self._train("train-student", options)

    @overload
    def distil(self, teacher: Reference, *, seeds: int, **options: Unpack[DistilOptions]) -> Runs: ...
    @overload
    def distil(self, teacher: Reference, **options: Unpack[DistilOptions]) -> Run: ...
    def distil(self, teacher: Reference, **options: Any) -> Run | Runs:
        """Train the same student from a tuned teacher's logits and the labels.

        Args:
            teacher: a run; of several the logits are averaged. Where no `data` is given, its corpus is taken.
            options: of `colacli distil`: cell, temperature, kd_weight, data, … With `seeds` there are several runs.
        """
        reference = self._reference(teacher)
        return self._train("distil", {"teacher": reference, **self._corpus_of(reference, options), **options})

    def adopt(self, adapter: str | PathLike[str], **options: Unpack[AdoptOptions]) -> Run:
        """Make a run of a PEFT adapter that was trained elsewhere: it is measured here.

        Args:
            adapter: a folder of PEFT's, for sequence classification.
            options: of `colacli adopt`.
        """
        return self._train_one("adopt", {"adapter": adapter, **options})

    def baseline(self, kind: Literal["majority", "ngrams", "lm"], **options: Unpack[BaselineOptions]) -> Run:
        """A judge that is no tuned network, as a run.

        Args:
            kind: the more common label; a regression on n-grams; one on a language model's probabilities.
            options: of `colacli baseline KIND`.
        """
        from colacli.workflows.verbs import VERBS

        if f"baseline.{kind}" not in VERBS:
            raise UsageError(f"there is no baseline '{kind}'", "there are majority, ngrams and lm")
        return self._train_one(f"baseline.{kind}", options)

    def run(self, reference: str) -> Run:
        """The run of a reference: a name, four or more digits of a key, latest, latest~N, REF^teacher, a path.

        Raises:
            UnknownReferenceError: there is none, or more than one.
        """
        with python_errors():
            return Run(resolve_one(self._store, reference), self._store)

    def runs(self, reference: str | None = None) -> Runs:
        """The runs that a reference stands for; without one, all that can be read, the oldest first."""
        from colacli.results import scan_runs

        with python_errors():
            if reference is not None:
                found = resolve(self._store, reference)
            else:
                opened = (self._store.find_run(summary.key) for summary in scan_runs(self._store)[0])
                found = [run for run in opened if run]  # not removed meanwhile
        return Runs([Run(run, self._store) for run in found])

    def compare(self, *arms: Reference, split: str = "in_domain_dev") -> Comparison:
        """Compare runs, or arms of several seeds, on the same sentences, and say whether their difference is real.

        Args:
            arms: two or more; several runs are one arm.
            split: whose stored predictions are compared; pooled_dev is both dev splits.
        """
        from colacli.api.comparison import Comparison
        from colacli.workflows.compare import compare

        with python_errors():
            return Comparison(compare([self._label(arm) for arm in arms], split, self._store))

    def pairs(self, run: str | Run | None = None, **options: Unpack[PairsOptions]) -> Pairs:
        """Minimal pairs: how often does a model prefer the acceptable sentence?

        Args:
            run: the model; without one the language model of `variant` or `base`.
            options: of `colacli pairs`: data (blimp, sample, a folder or a file), score, …
        """
        from colacli.api.pairs import Pairs
        from colacli.workflows.pairs import PairsOptions, pairs

        others, progress = without_progress(options)
        reference = self._reference(run) if run is not None else None
        with python_errors(), reported(progress) as on_event:
            return Pairs(pairs(reference, request_of(PairsOptions, others, "pairs"), self._store, on_event))

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    @property
    def _store(self) -> RunStore:
        """The default one is looked for anew each time, so that a changed COLACLI_HOME counts."""
        with python_errors():
            return open_store(self._path)

    def _train(self, verb: str, options: Mapping[str, Any]) -> Run | Runs:
        """One run, or with `seeds` several."""
        from colacli.training.plan import RunResult
        from colacli.workflows.seeds import each_seed
        from colacli.workflows.verbs import VERBS

        store, name = self._store, verb.replace("-", "_")
        others, progress = without_progress(options)
        with python_errors(), reported(progress) as on_event:
            if "dry_run" in others:
                raise UsageError(f"{name} has no option 'dry_run'", f"`colacli {verb} --dry-run` says what it would do")
            request = request_of(VERBS[verb].request, others, name)
            results = each_seed(verb, request, store, on_event)
        made = [result for result in results if isinstance(result, RunResult)]  # nothing here is a dry run
        runs = Runs([Run(result.run, store, cached=result.cached) for result in made])
        return runs if "seeds" in options else runs[0]

    def _train_one(self, verb: str, options: Mapping[str, Any]) -> Run:
        run = self._train(verb, options)
        assert isinstance(run, Run)
        return run

    def _corpus_of(self, teacher: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options that name a teacher's corpus, where none is named; an imported run's path is not read."""
        from colacli.data.locate import COLA, imported
        from colacli.data.sample import SAMPLE
        from colacli.store.imports import import_of
        from colacli.workflows.breakdown import layout_of

        layout = [field.name for field in fields(Layout)]
        if options.keys() & {"data", *layout}:
            return {}
        store = self._store
        with python_errors():
            run = resolve(store, teacher)[0]
            name = run.manifest.sources.get("data", "")
            if not name or (import_of(store, run) and name not in (COLA, SAMPLE, *imported(store))):
                return {}
            return {"data": name} | {option: getattr(layout_of(run), option) for option in layout}

    def _reference(self, runs: Reference, digits: int = 64) -> str:
        """Text that stands for runs, as on the command line, with so many digits of a key."""
        if isinstance(runs, str):
            return runs
        if isinstance(runs, Run):
            return runs.key[:digits] if runs.path.parent.parent == self.path else str(runs.path)
        if not isinstance(runs, Sequence) or not runs:
            raise UsageError(f"{runs!r} is not a run", "give a Run, several of them, or a reference")
        return ",".join(self._reference(run, digits) for run in runs)

    def _label(self, runs: Reference) -> str:
        """The same, short, since it is shown: a name that stands for these very runs, where there is one."""
        reference = self._reference(runs, digits=12)
        handles = [run for run in ([runs] if isinstance(runs, Run) else runs) if isinstance(run, Run)]
        keys = sorted(run.key for run in handles)
        if len(handles) != reference.count(",") + 1:  # some are references already
            return reference
        return next((name for name, named in names(self._store).items() if sorted(named) == keys), reference)


DEFAULT: Store = Store()
"""The store of $COLACLI_HOME, else of the user's data folder."""


def open(path: str | PathLike[str] | None = None) -> Store:  # noqa: A001 # colacli.open
    """A store in a folder, which need not exist yet; without one the default.

    Raises:
        UsageError: a file is there.
    """
    store = Store(path)
    _ = store.path
    return store
