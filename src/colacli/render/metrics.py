"""Metrics as a table and as a document, always with the majority class beside them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colacli.metrics import Metrics

LABELS = {0: "not acceptable", 1: "acceptable"}


def metrics_table(metrics: dict[str, Metrics], title: str = "") -> Table:
    """One row a split."""
    columns = ["split", "n", "accuracy", "majority", "MCC", "F1", "loss", "TP/FP/FN/TN"]
    return Table(columns, [_row(name, one) for name, one in metrics.items()], title)


def _row(name: str, one: Metrics) -> list[str]:
    counts = one.confusion
    cells = (counts.true_positive, counts.false_positive, counts.false_negative, counts.true_negative)
    return [
        name,
        str(one.n),
        percent(one.accuracy),
        percent(one.majority_accuracy),
        f"{one.mcc:.4f}",
        f"{one.f1:.4f}",
        f"{one.loss:.4f}",
        "/".join(map(str, cells)),
    ]


def remarks(metrics: dict[str, Metrics], who: str = "it") -> list[str]:
    """What must be said of these numbers: a constant answer is no judge."""
    return [
        f"{who} calls every sentence of {name} {LABELS[one.constant_prediction]}: a constant answer, not a judgement"
        for name, one in metrics.items()
        if one.constant_prediction is not None
    ]


def remarks_over_seeds(runs: Iterable[tuple[int, dict[str, Metrics]]], who: str = "") -> list[str]:
    """The same of several runs, a line for all that give the same answer.

    Args:
        runs: seed and metrics by split of each.
        who: whose seeds they are; empty where that is clear.
    """
    constant: dict[tuple[str, int], list[str]] = {}
    for seed, metrics in runs:
        for name, one in metrics.items():
            if one.constant_prediction is not None:
                constant.setdefault((name, one.constant_prediction), []).append(str(seed))
    whose = f"{who}, " if who else ""
    return [
        f"{whose}seed {', '.join(seeds)}: every sentence of {name} is called {LABELS[label]}: a constant answer, "
        "not a judgement"
        for (name, label), seeds in constant.items()
    ]


def metrics_documents(metrics: dict[str, Metrics]) -> dict[str, Any]:
    """By split, as plain JSON values."""
    return {name: asdict(one) for name, one in metrics.items()}
