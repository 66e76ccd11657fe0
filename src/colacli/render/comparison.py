"""What `compare` shows: curves over each other, a row an arm, a row and a verdict a pair."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from colacli.render.comparison_document import comparison_document
from colacli.render.console import Table, duration, percent, points, say, size
from colacli.render.curves import show_curves
from colacli.render.forest import Row, show_forest
from colacli.render.metrics import remarks, remarks_over_seeds
from colacli.statistics.seeds import summary
from colacli.statistics.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from colacli.render.console import Show
    from colacli.statistics.comparison import Comparison
    from colacli.workflows.compare import Arm, CompareResult


def show_comparison(result: CompareResult, show: Show) -> None:
    """Arms and pairs."""
    show("compare", comparison_document(result), lambda console: _show(result, console))


def _show(result: CompareResult, console: Console) -> None:
    show_curves({arm.label: [run.history for run in arm.runs] for arm in result.arms}, console)
    _arms_table(result).show(console)
    _pairs_table(result.pairs).show(console)
    if len(result.pairs) > 1:
        rows = [(pair, pair.accuracy_difference, pair.interval) for pair in result.pairs]
        show_forest([_forest_row(*row) for row in rows], "points of accuracy, a less b", console)
        rows = [(pair, pair.mcc_difference, pair.mcc_interval) for pair in result.pairs]
        show_forest([_forest_row(*row) for row in rows], "hundredths of MCC, a less b", console)
    for arm in result.arms:
        for remark in _remarks(result.split, arm):
            say(console, remark)
    for pair in result.pairs:
        say(console, verdict(pair))


def _arms_table(result: CompareResult) -> Table:
    title = f"on {result.split}"
    if all(len(arm.runs) == 1 for arm in result.arms):
        columns = ["run", "accuracy", "majority", "MCC", "F1", "parameters", "size", "time"]
        return Table(columns, [_run_row(arm) for arm in result.arms], title)
    columns = ["arm", "runs", "accuracy", "sd", "lowest", "highest", "majority", "MCC", "sd", "F1"]
    return Table(columns, [_arm_row(arm) for arm in result.arms], f"{title}: means over seeds")


def _run_row(arm: Arm) -> list[str]:
    (run,), (metrics,) = arm.runs, arm.metrics
    return [
        arm.label,
        percent(metrics.accuracy),
        percent(metrics.majority_accuracy),
        f"{metrics.mcc:.4f}",
        f"{metrics.f1:.4f}",
        f"{run.parameters.total:,}",
        size(run.manifest.size),
        duration(run.manifest.seconds),
    ]


def _arm_row(arm: Arm) -> list[str]:
    accuracy = summary([one.accuracy for one in arm.metrics])
    mcc = summary([one.mcc for one in arm.metrics])
    return [
        arm.label,
        str(len(arm.runs)),
        percent(accuracy.mean),
        "—" if accuracy.standard_deviation is None else percent(accuracy.standard_deviation),
        percent(accuracy.minimum),
        percent(accuracy.maximum),
        percent(arm.metrics[0].majority_accuracy),
        f"{mcc.mean:.4f}",
        "—" if mcc.standard_deviation is None else f"{mcc.standard_deviation:.4f}",
        f"{fmean(one.f1 for one in arm.metrics):.4f}",
    ]


def _pairs_table(pairs: Sequence[Comparison]) -> Table:
    columns = ["a", "b", "only a right", "only b right", "accuracy", "95 % interval", "MCC", "95 % interval", "p"]
    correction = "; p by Holm's correction" if len(pairs) > 1 else ""
    return Table(columns, [_pair_row(pair) for pair in pairs], f"a less b, in points of accuracy{correction}")


def _pair_row(pair: Comparison) -> list[str]:
    (low, high), (mcc_low, mcc_high) = pair.interval, pair.mcc_interval
    return [
        pair.a,
        pair.b,
        str(pair.paired.only_a_right) if pair.paired else "—",
        str(pair.paired.only_b_right) if pair.paired else "—",
        points(pair.accuracy_difference),
        f"{100 * low:+.1f} to {100 * high:+.1f}",
        f"{pair.mcc_difference:+.4f}",
        f"{mcc_low:+.2f} to {mcc_high:+.2f}",
        _p(pair.holm_p),
    ]


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "< 0.0001"


def _forest_row(pair: Comparison, difference: float, interval: tuple[float, float]) -> Row:
    low, value, high = (100 * one for one in (interval[0], difference, interval[1]))
    return Row(f"{pair.a} − {pair.b}", low, value, high)


def _remarks(split: str, arm: Arm) -> list[str]:
    """On an arm's runs that give a constant answer."""
    if len(arm.runs) == 1:
        return remarks({split: arm.metrics[0]}, arm.label)
    by_split = [{split: metrics} for metrics in arm.metrics]
    return remarks_over_seeds(zip(arm.seeds, by_split, strict=True), arm.label)
