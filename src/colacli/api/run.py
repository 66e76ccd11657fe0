"""Handles of stored runs: cheap to have, and everything is read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from colacli.api.boundary import python_errors
from colacli.api.frames import answers, epochs, evaluated, final, frame, surest
from colacli.api.loaded import Loaded, listed
from colacli.api.plot import Plot, curves
from colacli.api.progress import Progress, reported, without_progress
from colacli.errors import UsageError
from colacli.options import request_of
from colacli.parameters import ParameterCounts
from colacli.results import history_of
from colacli.store.canonical import document
from colacli.store.refs import names_of, resolve
from colacli.store.run import Run as StoredRun
from colacli.store.store import Store as RunStore

if TYPE_CHECKING:
    import pandas as pd
    from tokenizers import Tokenizer
    from torch import nn

    from colacli.api.export import Export
    from colacli.api.options import EvaluateOptions, ExportOptions
    from colacli.kernels.packing import Batch
    from colacli.workflows.evaluate import Evaluation


class Run:
    """A stored run.

    Raises:
        IntegrityError: in all methods, what they read is damaged or was removed.
    """

    def __init__(self, run: StoredRun, store: RunStore, *, cached: bool = True) -> None:
        self._stored, self._store = run, store
        self.cached = cached
        """Whether it was in the store before it was asked for."""
        self._loaded = Loaded(run, store)

    @property
    def key(self) -> str:
        """64 hexadecimal digits, which stand for everything that made it."""
        return self._stored.key

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._stored.path

    @property
    def names(self) -> list[str]:
        """What it is called now."""
        return names_of(self._store, self.key)

    @property
    def command(self) -> str:
        """What made it: finetune, train-student, distil, adopt, baseline.majority and so on."""
        return self._stored.spec.command

    @property
    def seed(self) -> int:
        """Of its training."""
        return self._stored.spec.training.seed

    @property
    def spec(self) -> dict[str, Any]:
        """What the key is the hash of: every option that changes a number, and digests of what was read."""
        return dict(document(self._stored.spec))

    @property
    def parameters(self) -> ParameterCounts:
        """All parameters, and the trained ones."""
        return self._stored.parameters

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights were stored, counted from 1."""
        return self._stored.best_epoch

    @property
    def teachers(self) -> list[Run]:
        """Those of a distilled run; of others none."""
        with python_errors():
            found = resolve(self._store, f"run:{self.key}^teacher") if self._stored.spec.teachers else []
        return [Run(teacher, self._store) for teacher in found]

    @property
    def metrics(self) -> pd.DataFrame:
        """A row a split: n, accuracy, mcc, f1, loss in nats, majority_accuracy, counts of the confusion matrix.

        Of pretrained layers a row a direction: n tokens, loss, perplexity, accuracy of the likeliest token.
        """
        with python_errors():
            return final(self._stored)

    @property
    def history(self) -> pd.DataFrame:
        """A row an epoch: loss, accuracy and MCC on train and on the validation sentences, learning rate, tokens."""
        with python_errors():
            return epochs(history_of(self._stored))

    def predictions(self, split: str = "in_domain_dev") -> pd.DataFrame:
        """A row a sentence, in the split's order: label, logit_0, logit_1, probability of label 1, predicted.

        Raises:
            DataError: the run was not measured on this split.
        """
        from colacli.workflows.splits import stored_predictions

        with python_errors():
            return answers(stored_predictions(self._stored, [split])[split])

    def evaluate(self, **options: Unpack[EvaluateOptions]) -> pd.DataFrame:
        """A row a split of this corpus or another: metrics, and AUC, average precision and point-biserial correlation.

        Raises:
            ColacliError: the data or the base model can't be used.
        """
        with python_errors():
            return evaluated(self._evaluate(options).splits)

    def mistakes(self, most: int = 10, **options: Unpack[EvaluateOptions]) -> pd.DataFrame:
        """The surest mistakes, at most so many of each kind: sentence, source, label, probability of label 1.

        Raises:
            DataError: the run keeps answers alone, and its corpus is not to be had.
        """
        from colacli.workflows.mistakes import surest_mistakes

        if most < 0:
            raise UsageError(f"most={most} is below 0", "say how many of each kind")
        with python_errors():
            return surest(surest_mistakes(self._evaluate(options), most))

    def judge(
        self,
        sentences: str | Iterable[str],
        *,
        base: str | Path | None = None,
        device: str = "auto",
        progress: Progress = None,
    ) -> pd.DataFrame:
        """A row a sentence: sentence, label (1 acceptable), probability that it is acceptable. The model stays loaded.

        Args:
            sentences: one, or several.
            base: folder of the run's base model, if it has moved.
            device: auto, cpu, cuda, cuda:INDEX or mps.
            progress: who is told how it goes.

        Raises:
            DataError: there is no sentence, or one is empty or too long.
            ModelError: the run's base model is gone.
        """
        from colacli.workflows.judge import judge_with

        with python_errors(), reported(progress) as on_event:
            predictor = self._loaded.predictor(base, device, on_event)
            rows = [asdict(judgement) for judgement in judge_with(predictor, listed(sentences), "the list", on_event)]
        return frame(rows)

    def model(self, *, base: str | Path | None = None, device: str = "cpu") -> nn.Module:
        """The network as it was trained, in evaluation mode: `run.model()(run.batch(sentences))` has logits (B, 2).

        A teacher is `models.gpt2.Classifier` with its adapters, a student `models.student.RecurrentClassifier`. Both
        take a `Batch`, sentences packed without padding, and have `features(batch)`, the inputs of the head. It is
        yours: every call gives a new one.

        Raises:
            ModelError: the run is a baseline, or its base model is gone.
        """
        with python_errors():
            return self._loaded.network(base, device)

    def tokenizer(self, *, base: str | Path | None = None) -> Tokenizer:
        """That of its model, of the library `tokenizers`."""
        with python_errors():
            return self._loaded.tokens(base).tokenizer

    def batch(self, sentences: str | Iterable[str], *, base: str | Path | None = None) -> Batch:
        """Sentences as the model takes them: `ids` (N,) of all tokens, `lengths` (B,) in tokens.

        Raises:
            DataError: a sentence has no token, or too many.
        """
        with python_errors():
            return self._loaded.batch(listed(sentences), base)

    def export(
        self,
        to: Literal["transformers", "peft", "onnx", "page", "hub", "tensorboard", "trackio"],
        output: str | PathLike[str],
        *,
        force: bool = False,
        **options: Unpack[ExportOptions],
    ) -> Export:
        """Write it as other programs read it.

        Args:
            to: the kind; see `colacli export`.
            output: the new folder, or the file of a page.
            force: whether an export that is there is replaced.
            options: of `colacli export`: base, quantize, merged, licence.

        Raises:
            ColacliError: the kind or an option is not for this run, or a package is missing.
        """
        from colacli.api.export import export_runs

        return export_runs(self.key, self._store, to, output, options, force=force)

    def plot(self) -> Plot:
        """Loss, accuracy and MCC by epoch; needs the extra plots."""
        return curves({self._label: [self._stored]})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"<Run {self.key[:12]}: {', '.join([self.command, f'seed {self.seed}', *self.names])}>"

    def _repr_html_(self) -> str:
        from colacli.render.notebook import html
        from colacli.render.train import run_tables

        with python_errors():
            return html(*run_tables(self._stored, self.names))

    @property
    def _label(self) -> str:
        return next(iter(self.names), self.key[:12])

    def _evaluate(self, options: Mapping[str, Any]) -> Evaluation:
        from colacli.workflows.evaluate import EvaluateOptions, evaluate_run

        request, progress = without_progress(options)
        with reported(progress) as on_event:
            return evaluate_run(self._stored, request_of(EvaluateOptions, request, "evaluate"), self._store, on_event)
