"""What `compare` shows: curves over each other, a row an arm, a row and a verdict a pair."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, duration, percent, points, say, size
from colacli.render.curves import show_curves
from colacli.render.metrics import remarks
from colacli.render.training import ledger_document

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.render.console import Show
    from colacli.statistics import Comparison
    from colacli.workflows.compare import Arm, CompareResult


def show_comparison(result: CompareResult, show: Show) -> None:
    """Arms and pairs."""
    document = {
        "split": result.split,
        "arms": [_arm_document(arm) for arm in result.arms],
        "pairs": [_pair_document(pair) for pair in result.pairs],
    }
    show("compare", document, lambda console: _show(result, console))


def _show(result: CompareResult, console: Console) -> None:
    show_curves({arm.label: arm.run.history for arm in result.arms}, console)
    _arms_table(result).show(console)
    _pairs_table(result).show(console)
    for arm in result.arms:
        for remark in remarks({result.split: arm.metrics}, arm.label):
            say(console, remark)
    for pair in result.pairs:
        say(console, pair.verdict)
    if len(result.pairs) > 1:
        say(console, f"the {len(result.pairs)} p-values are not corrected for there being {len(result.pairs)} of them")


def _arms_table(result: CompareResult) -> Table:
    columns = ["run", "accuracy", "majority", "MCC", "F1", "parameters", "size", "time"]
    return Table(columns, [_arm_row(arm) for arm in result.arms], f"on {result.split}")


def _arm_row(arm: Arm) -> list[str]:
    run, metrics = arm.run, arm.metrics
    return [
        arm.label,
        percent(metrics.accuracy),
        percent(metrics.majority_accuracy),
        f"{metrics.mcc:.4f}",
        f"{metrics.f1:.4f}",
        f"{run.ledger.total:,}",
        size(run.manifest.size),
        duration(run.manifest.seconds),
    ]


def _pairs_table(result: CompareResult) -> Table:
    columns = [
        "a",
        "b",
        "only a right",
        "only b right",
        "accuracy difference",
        "95 % interval",
        "MCC difference",
        "mid-p",
    ]
    return Table(columns, [_pair_row(pair) for pair in result.pairs], "pair by pair, in points of accuracy")


def _pair_row(pair: Comparison) -> list[str]:
    low, high = pair.interval
    return [
        pair.a,
        pair.b,
        str(pair.paired.only_a_right),
        str(pair.paired.only_b_right),
        points(pair.accuracy_difference),
        f"{points(low)} to {points(high)}",
        f"{pair.mcc_difference:+.4f}",
        _p(pair.mcnemar.mid_p),
    ]


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "< 0.0001"


def _arm_document(arm: Arm) -> dict[str, Any]:
    run = arm.run
    return {
        "label": arm.label,
        "key": run.key,
        "command": run.spec.command,
        "seed": run.spec.training.seed,
        "best_epoch": run.best_epoch,
        "parameters": ledger_document(run.ledger),
        "bytes": run.manifest.size,
        "seconds": run.manifest.seconds,
        "metrics": asdict(arm.metrics),
        "history": [asdict(epoch) for epoch in run.history],
    }


def _pair_document(pair: Comparison) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "n": pair.paired.n,
        "only_a_right": pair.paired.only_a_right,
        "only_b_right": pair.paired.only_b_right,
        "accuracy_difference": pair.accuracy_difference,
        "mcc_difference": pair.mcc_difference,
        "mcnemar": asdict(pair.mcnemar),
        "interval": list(pair.interval),
        "verdict": pair.verdict,
    }
