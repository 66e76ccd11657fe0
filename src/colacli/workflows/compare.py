"""Compare finished runs, pair by pair, on the very same sentences. No torch: all it needs is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from colacli.data.corpus import IN_DOMAIN_DEV
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


def compare(references: Sequence[str], split: str | None, store: Store) -> CompareResult:
    """Compare two or more runs by their stored predictions.

    Args:
        references: of the runs; a name of several runs brings each of them.
        split: what they are compared on; None for in_domain_dev.
        store: where the runs are.

    Raises:
        UsageError: fewer than two runs, or the same one twice.
        DataError: they were not measured on the same sentences.
    """
    split = split or IN_DOMAIN_DEV
    labelled = [pair for reference in references for pair in _labelled(reference, store)]
    _check_distinct(labelled)
    _check_same_sentences(labelled, split)
    predictions = {label: run.predictions(split) for label, run in labelled}
    labels = next(iter(predictions.values())).labels
    pairs = [
        compare_pair(a, b, labels, predictions[a].predicted, predictions[b].predicted)
        for a, b in combinations(predictions, 2)
    ]
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
    """Every run has predictions on the split, and the split was the same.

    Raises:
        DataError: they have not, or it was not.
    """
    (first, reference), *others = labelled
    for _, run in labelled:
        run.predictions(split)
    for label, run in others:
        if run.spec.data.get(split) != reference.spec.data.get(split):
            raise DataError(
                f"'{first}' and '{label}' were measured on different sentences called {split}",
                "compare runs of one corpus, or measure both on one with `colacli eval --data`",
            )
    if split not in reference.spec.data and len({str(run.predictions(split).labels) for _, run in labelled}) > 1:
        raise DataError(f"the runs' {split} sentences differ", "compare them on in_domain_dev")
