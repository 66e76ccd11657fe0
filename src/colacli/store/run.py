"""A run is an artifact with results: spec, metrics, history, predictions and weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Annotated

from msgspec import Meta

from colacli.errors import DataError, IntegrityError
from colacli.events import Epoch
from colacli.metrics import Metrics, Predictions
from colacli.parameters import ParameterCounts
from colacli.store.artifact import REMAKE, SPEC, Artifact
from colacli.store.manifest import Result
from colacli.store.reading import Name, decode, from_json
from colacli.store.spec import Spec, parse_spec

METRICS = "metrics.json"
HISTORY = "history.jsonl"
_EPOCHS = 1_000_000
"""Lines a history may have."""
_MetricsBySplit = Annotated[dict[Name, Metrics], Meta(min_length=1)]


class Run(Artifact):
    """One finished training.

    Raises:
        IntegrityError: in all methods, what they read is damaged, or contradicts the rest of the run.
    """

    @cached_property
    def spec(self) -> Spec:
        """What identifies it."""
        with self._decoding(SPEC) as content:
            return parse_spec(from_json(content), str(self.path / SPEC))

    @cached_property
    def metrics(self) -> dict[str, Metrics]:
        """Final numbers by split."""
        with self._decoding(METRICS) as content:
            by_split = decode(content, _MetricsBySplit)
            for metrics in by_split.values():
                metrics.check(Metrics.of(metrics.confusion, metrics.loss))
            return by_split

    @cached_property
    def history(self) -> list[Epoch]:
        """One record an epoch."""
        with self._decoding(HISTORY) as content:
            if content.count(b"\n") > _EPOCHS:
                raise ValueError(f"it has more than {_EPOCHS:,} lines")
            return [decode(line, Epoch) for line in content.splitlines()]

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights were chosen, counted from 1."""
        return self._result.best_epoch

    @property
    def parameters(self) -> ParameterCounts:
        """Its parameters, counted."""
        return self._result.parameters

    @property
    def _result(self) -> Result:
        if self.manifest.result is None:
            raise IntegrityError(f"{self.path}'s manifest has no result", "it is not a run")
        return self.manifest.result

    def predictions(self, split: str) -> Predictions:
        """Logits on a split.

        Raises:
            DataError: the run was not measured on it.
        """
        name = predictions_file(split)
        if name not in self.manifest.files:
            raise DataError(
                f"run {self.key[:12]} has no predictions on '{split}'; it has {', '.join(self.metrics)}",
                "name another split with --split",
            )
        predictions = Predictions.from_bytes(self.read(name), str(self.path / name))
        count = len(predictions.labels)
        if split in self.metrics and count != self.metrics[split].n:
            message = f"{self.path / name} has {count} lines where the metrics say {self.metrics[split].n}"
            raise IntegrityError(message, REMAKE)
        return predictions

    def check(self) -> None:
        """See that its files have their sizes, and check its documents."""
        for name in self.manifest.files:
            self.file(name)
        self.check_documents()

    def check_documents(self) -> None:
        """See that what is shown of a run can be read, and that its manifest names the parents that its key covers."""
        _ = self.spec, self.metrics
        if self.manifest.parents != (self.spec.parents or {}):
            raise IntegrityError(f"{self.path} has other parents in its manifest than in its spec", REMAKE)
        if self.best_epoch > len(self.history):
            raise IntegrityError(f"{self.path}: its best epoch is none of its history", REMAKE)

    def check_numbers(self) -> None:
        """Compute its metrics once more from the predictions of every split, and compare."""
        for split, metrics in self.metrics.items():
            try:
                metrics.check(self.predictions(split).measure())
            except (ValueError, DataError) as error:
                raise IntegrityError(f"{self.path / METRICS} contradicts the predictions: {error}", REMAKE) from error

    @contextmanager
    def _decoding(self, name: str) -> Iterator[bytes]:
        """A file's bytes; a ValueError from decoding them means that they are damaged."""
        content = self.read(name)
        try:
            yield content
        except ValueError as error:
            raise IntegrityError(f"{self.path / name} is damaged: {error}", REMAKE) from error


def predictions_file(split: str) -> str:
    """Name of the file with the predictions on a split."""
    return f"predictions-{split}.tsv"
