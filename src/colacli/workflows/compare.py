"""Compare finished runs, pair by pair, on the very same sentences. No torch: all it needs is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from colacli.data.corpus import HOLDOUT, TRAIN
from colacli.errors import DataError, UsageError
from colacli.statistics import Comparison, compare_pair
from colacli.store.refs import resolve

if TYPE_CHECKING:
    from colacli.metrics import Metrics
    from colacli.store.run import Run
    from colacli.store.store import Store


@dataclass(frozen=True)
class Arm:
    """One side of a comparison."""

    label: str
    """The reference it was called by; with the seed where a name stands for several runs."""
    run: Run
    metrics: Metrics


@dataclass(frozen=True)
class CompareResult:
    """All arms, and every pair of them."""

    split: str
    arms: list[Arm]
    pairs: list[Comparison]


def compare(references: Sequence[str], split: str, store: Store) -> CompareResult:
    """Compare two or more runs by their stored predictions.

    Args:
        references: of the runs; a name of several runs brings each of them.
        split: what they are compared on.
        store: where the runs are.

    Raises:
        UsageError: fewer than two runs, or the same one twice.
        DataError: they were not measured on the same sentences.
    """
    labelled = [pair for reference in references for pair in _labelled(reference, store)]
    _check_distinct(labelled)
    stored = {label: run.predictions(split) for label, run in labelled}
    _check_same_sentences(labelled, split)
    labels = next(iter(stored.values())).labels
    predicted = {label: predictions.predicted for label, predictions in stored.items()}
    pairs = [compare_pair(a, b, labels, predicted[a], predicted[b]) for a, b in combinations(predicted, 2)]
    return CompareResult(split, [Arm(label, run, run.metrics[split]) for label, run in labelled], pairs)


def _labelled(reference: str, store: Store) -> list[tuple[str, Run]]:
    runs = resolve(store, reference)
    if len(runs) == 1:
        return [(reference, runs[0])]
    return [(f"{reference}[seed {run.spec.training.seed}, {run.key[:6]}]", run) for run in runs]


def _check_distinct(labelled: list[tuple[str, Run]]) -> None:
    if len(labelled) < 2:
        raise UsageError("compare needs two runs or more", "`colacli runs list` shows what there is")
    seen: dict[str, str] = {}
    for label, run in labelled:
        if run.key in seen:
            raise UsageError(f"'{seen[run.key]}' and '{label}' are the same run, {run.key[:12]}", "name different runs")
        seen[run.key] = label


def _check_same_sentences(labelled: list[tuple[str, Run]], split: str) -> None:
    """The split was the same for every run. A holdout is a part of train, always the same part.

    Raises:
        DataError: it was not.
    """
    source = TRAIN if split == HOLDOUT else split
    (first, reference), *others = labelled
    for label, run in others:
        if run.spec.data.get(source) != reference.spec.data.get(source):
            raise DataError(
                f"'{first}' and '{label}' were measured on different sentences called {split}",
                "compare runs that were trained on one corpus",
            )
