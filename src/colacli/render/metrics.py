"""Metrics and parameter counts in words, tables and documents; the majority class stands beside every accuracy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, decimals, percent
from colacli.store.reading import plain

if TYPE_CHECKING:
    from colacli.metrics import Metrics
    from colacli.parameters import ParameterCounts
    from colacli.perplexity import NextTokenMetrics

LABELS = {0: "not acceptable", 1: "acceptable"}


def metrics_table(metrics: dict[str, Metrics], title: str, of: str = "split") -> Table:
    """One row per split, or per whatever else the metrics are `of`."""
    columns = [of, "n", "accuracy", "majority", "MCC", "F1", "loss", "TP/FP/FN/TN"]
    return Table(columns, [_row(split, measured) for split, measured in metrics.items()], title)


def perplexity_table(by_direction: dict[str, NextTokenMetrics]) -> Table:
    """One row per direction of pretrained layers."""
    rows = [
        [name, f"{m.n:,}", decimals(m.loss), f"{m.perplexity:.6g}", percent(m.accuracy)]
        for name, m in by_direction.items()
    ]
    return Table(["direction", "tokens", "loss", "perplexity", "accuracy"], rows, "next tokens of held-out text")


def _row(split: str, metrics: Metrics) -> list[str]:
    counts = metrics.confusion
    cells = (counts.true_positive, counts.false_positive, counts.false_negative, counts.true_negative)
    return [
        split,
        str(metrics.n),
        percent(metrics.accuracy),
        percent(metrics.majority_accuracy),
        *map(decimals, (metrics.mcc, metrics.f1, metrics.loss)),
        "/".join(map(str, cells)),
    ]


def remarks(metrics: dict[str, Metrics], label: str = "it") -> list[str]:
    """A warning for each split on which the run `label` gives a constant answer."""
    return [
        f"{label} calls every sentence of {split} {LABELS[measured.constant_prediction]}: "
        "a constant answer, not a judgement"
        for split, measured in metrics.items()
        if measured.constant_prediction is not None
    ]


def remarks_over_seeds(runs: Iterable[tuple[int, dict[str, Metrics]]], label: str = "") -> list[str]:
    """The same for several runs, one line for all that give the same answer.

    Args:
        runs: seed and metrics by split of each.
        label: the arm that they belong to; empty where there is only one.
    """
    seeds: dict[tuple[str, int], list[str]] = {}
    for seed, metrics in runs:
        for split, measured in metrics.items():
            if measured.constant_prediction is not None:
                seeds.setdefault((split, measured.constant_prediction), []).append(str(seed))
    arm = f"{label}, " if label else ""
    return [
        f"{arm}seed {', '.join(constant)}: every sentence of {split} is called {LABELS[answer]}: "
        "a constant answer, not a judgement"
        for (split, answer), constant in seeds.items()
    ]


def metrics_documents(metrics: dict[str, Metrics]) -> dict[str, Any]:
    """By split, as plain JSON values."""
    return {split: plain(measured) for split, measured in metrics.items()}


def parameters_document(parameters: ParameterCounts) -> dict[str, Any]:
    """Counts, and the reduction in percent."""
    return {**plain(parameters), "reduction_percent": parameters.reduction_percent}


def parameters_line(parameters: ParameterCounts) -> str:
    """'675,840 of 125,031,168 parameters are trained (99.46 % fewer)'."""
    if parameters.trainable == parameters.total:
        if parameters.total == 1:
            return "its one parameter is trained"
        return f"all {parameters.total:,} parameters are trained"
    fewer = f"{parameters.reduction_percent:.2f} % fewer"
    return f"{parameters.trainable:,} of {parameters.total:,} parameters are trained ({fewer})"
