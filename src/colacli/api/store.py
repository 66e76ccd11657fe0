"""An opened store, and the verbs: each makes its request as the command line does, and gives a handle of the result."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from colacli.api.boundary import python_errors
from colacli.api.frames import frame
from colacli.api.progress import reported, without_progress
from colacli.api.references import Reference, corpus_of, label_of, reference_of
from colacli.api.run import Run
from colacli.api.runs import Runs
from colacli.api.training import train, train_one
from colacli.errors import UsageError
from colacli.options import request_of
from colacli.store.files import expanded
from colacli.store.refs import resolve, resolve_one
from colacli.store.store import Store as RunStore
from colacli.store.store import open_store

if TYPE_CHECKING:
    import pandas as pd

    from colacli.api.call import Pathlike
    from colacli.api.comparison import Comparison
    from colacli.api.options import (
        AdoptOptions,
        BaselineOptions,
        DistilOptions,
        FinetuneOptions,
        GenerateOptions,
        PairsOptions,
        PretrainStudentOptions,
        ReportOptions,
        TrainStudentOptions,
    )
    from colacli.api.pairs import Pairs


class Store:
    """A store of runs; its methods are also functions of `colacli`, on the default store.

    A call takes the options of its command, under the flags' names with underscores. A second identical call finds the
    run in the store and computes nothing. Ctrl-C leaves a run that the same call resumes.

    Raises:
        ColacliError: in all methods; see `colacli.errors`.
    """

    def __init__(self, path: Pathlike | None = None) -> None:
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
        return train("finetune", options, self._store)

    @overload
    def train_student(self, *, seeds: int, **options: Unpack[TrainStudentOptions]) -> Runs: ...
    @overload
    def train_student(self, **options: Unpack[TrainStudentOptions]) -> Run: ...
    def train_student(self, **options: Any) -> Run | Runs:
        """Train the small recurrent student alone: the baseline for distillation.

        Args:
            options: of `colacli train-student`: variant, data, cell, epochs, … With `seeds` there are several runs.
        """
        return train("train-student", options, self._store)

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
        store = self._store
        reference = reference_of(teacher, store)
        return train("distil", {"teacher": reference, **corpus_of(reference, options, store), **options}, store)

    @overload
    def pretrain_student(self, text: Pathlike, *, seeds: int, **options: Unpack[PretrainStudentOptions]) -> Runs: ...
    @overload
    def pretrain_student(self, text: Pathlike, **options: Unpack[PretrainStudentOptions]) -> Run: ...
    def pretrain_student(self, text: Pathlike, **options: Any) -> Run | Runs:
        """Train a student's recurrent layers as a language model of a text; `student_base=` starts students from it.

        Args:
            text: a file, a sentence a line.
            options: of `colacli pretrain-student`: variant, cell, epochs, … With `seeds` there are several runs.
        """
        return train("pretrain-student", {"text": text, **options}, self._store)

    def adopt(self, adapter: Pathlike, **options: Unpack[AdoptOptions]) -> Run:
        """Make a run of a PEFT adapter that was trained elsewhere: it is measured here.

        Args:
            adapter: a folder of PEFT's, for sequence classification.
            options: of `colacli adopt`.
        """
        return train_one("adopt", {"adapter": adapter, **options}, self._store)

    def baseline(self, kind: Literal["majority", "ngrams", "lm"], **options: Unpack[BaselineOptions]) -> Run:
        """A judge that is no tuned network, as a run.

        Args:
            kind: the more common label; a regression on n-grams; one on a language model's probabilities.
            options: of `colacli baseline KIND`.
        """
        from colacli.workflows.verbs import VERBS

        if f"baseline.{kind}" not in VERBS:
            raise UsageError(f"there is no baseline '{kind}'", "there are majority, ngrams and lm")
        return train_one(f"baseline.{kind}", options, self._store)

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
            store = self._store
            return Comparison(compare([label_of(arm, store) for arm in arms], split, store))

    def report(
        self,
        *arms: Reference,
        output: Pathlike,
        force: bool = False,
        **options: Unpack[ReportOptions],
    ) -> Path:
        """Write a report of runs: models, curves, comparison, mistakes; its path. Needs the extra report.

        Args:
            arms: one or more; several runs are one arm.
            output: the file: .html, .md or .tex.
            force: whether a report that is there is replaced.
            options: of `colacli report`: title, split, pairs, mistakes.
        """
        from colacli.render.report.write import check_report, write_report
        from colacli.workflows.report import ReportOptions, report

        store, path = self._store, Path(output)
        others, progress = without_progress(options)
        with python_errors(), reported(progress) as on_event:
            check_report(path, store, force=force)
            request = request_of(ReportOptions, others, "report")
            return write_report(report([label_of(arm, store) for arm in arms], request, store, on_event), path)[0]

    def pairs(self, run: str | Run | None = None, **options: Unpack[PairsOptions]) -> Pairs:
        """Minimal pairs: how often does a model prefer the acceptable sentence?

        Args:
            run: the model; without one the language model of `variant` or `base`.
            options: of `colacli pairs`: data (blimp, sample, a folder or a file), score, …
        """
        from colacli.api.pairs import Pairs
        from colacli.workflows.pairs import PairsOptions, pairs

        store = self._store
        others, progress = without_progress(options)
        reference = reference_of(run, store) if run is not None else None
        with python_errors(), reported(progress) as on_event:
            return Pairs(pairs(reference, request_of(PairsOptions, others, "pairs"), store, on_event))

    def generate(self, prompt: str, run: str | Run | None = None, **options: Unpack[GenerateOptions]) -> pd.DataFrame:
        """A row a text that continues a prompt: text, without the prompt, and tokens, how many were added.

        Args:
            prompt: the beginning; empty text begins a new one.
            run: a teacher; without one the language model of `variant` or `base` writes.
            options: of `colacli generate`: max_new_tokens, temperature, seed, num_samples, …
        """
        from colacli.workflows.generate import GenerateRequest, generate

        store = self._store
        others, progress = without_progress(options)
        reference = reference_of(run, store) if run is not None else None
        with python_errors(), reported(progress) as on_event:
            request = request_of(GenerateRequest, {"prompt": prompt, "run": reference, **others}, "generate")
            return frame([asdict(sample) for sample in generate(request, store, on_event)], ["text", "tokens"])

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    @property
    def _store(self) -> RunStore:
        """The default one is looked for anew each time, so that a changed COLACLI_HOME counts."""
        with python_errors():
            return open_store(self._path)


DEFAULT: Store = Store()
"""The store of $COLACLI_HOME, else of the user's data folder."""


def open(path: Pathlike | None = None) -> Store:  # noqa: A001 # colacli.open
    """A store in a folder, which need not exist yet; without one the default.

    Raises:
        UsageError: a file is there.
    """
    store = Store(path)
    _ = store.path
    return store
