"""What is measured on a split, or on both dev splits pooled; the predictions are stored by split alone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from colacli.data.corpus import DEV_SPLITS, POOLED_DEV
from colacli.metrics import Metrics, Predictions
from colacli.results import predictions_of
from colacli.store.run import Run

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.threshold_free import Estimate


@dataclass(frozen=True)
class SplitMeasures:
    """What is measured on every split that is shown."""

    metrics: Metrics
    threshold_free: dict[str, Estimate]
    """By measure."""


def parts_of(split: str) -> tuple[str, ...]:
    """The splits of a corpus that a name stands for."""
    return DEV_SPLITS if split == POOLED_DEV else (split,)


def dev_splits(names: Container[str]) -> list[str]:
    """The dev splits among these, and both pooled where both are there."""
    found = [name for name in DEV_SPLITS if name in names]
    return [*found, POOLED_DEV] if len(found) == len(DEV_SPLITS) else found


def pool(parts: Mapping[str, Predictions], splits: Iterable[str]) -> dict[str, Predictions]:
    """Predictions by the names of splits, from those on the splits of a corpus: one after the other where pooled."""
    return {split: reduce(add, [parts[part] for part in parts_of(split)]) for split in splits}


def stored_predictions(run: Run, splits: Sequence[str]) -> dict[str, Predictions]:
    """What a run was stored with, on splits or on both dev splits pooled; every file is read once.

    Raises:
        DataError: it was not measured on one of them.
        IntegrityError: the run is damaged.
    """
    parts = dict.fromkeys(part for split in splits for part in parts_of(split))
    return pool({part: predictions_of(run, part) for part in parts}, splits)


def measure_split(predictions: Predictions) -> SplitMeasures:
    """All metrics, and the measures that need no threshold."""
    from colacli.statistics.threshold_free import estimates, measure_scores

    scores = measure_scores(predictions.labels, predictions.margins)
    return SplitMeasures(predictions.measure(), estimates(scores))
