"""What `compare` shows: training curves, one row per arm, one row and a verdict per pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from statistics import fmean
from typing import TYPE_CHECKING

from rich.console import Console

from colacli.render.comparison_document import comparison_document, values_of
from colacli.render.console import Show, Table, decimals, duration, percent, points, say, size
from colacli.render.constructions import (
    constructions_document,
    disagreements_document,
    show_constructions,
    show_disagreements,
)
from colacli.render.curves import show_curves
from colacli.render.forest import Interval, show_forest
from colacli.render.many_arms import same_remarks, show_many_arms
from colacli.render.metrics import remarks, remarks_over_seeds
from colacli.render.minimal_pairs import minimal_pairs_document, show_minimal_pairs
from colacli.render.retained import retained_lines
from colacli.render.threshold_free import NAMES, show_estimates
from colacli.results import history_of
from colacli.statistics.seeds import summary
from colacli.statistics.verdict import conclusion, few_answers
from colacli.workflows.compare import FEW, Arm, CompareResult
from colacli.workflows.compare_sentences import SentenceComparison

if TYPE_CHECKING:
    from colacli.statistics.comparison import Comparison
    from colacli.workflows.compare_pairs import PairsComparison


def show_comparison(
    result: CompareResult,
    show: Show,
    sentences: SentenceComparison | None = None,
    most: int | None = None,
    on_pairs: PairsComparison | None = None,
) -> None:
    """Arms and pairs, constructions, at most so many disagreements of each kind, and minimal pairs."""
    sentences = sentences or SentenceComparison()
    document = comparison_document(result)
    document["by_construction"] = constructions_document(sentences.constructions)
    document["disagreements"] = None
    if sentences.disagreements is not None:
        document["disagreements"] = disagreements_document(sentences.disagreements, most)
    if on_pairs is not None:
        document["minimal_pairs"] = minimal_pairs_document(on_pairs)
    show("compare", document, lambda console: _show_all(result, sentences, most, on_pairs, console))


def _show_all(
    result: CompareResult,
    sentences: SentenceComparison,
    most: int | None,
    on_pairs: PairsComparison | None,
    console: Console,
) -> None:
    view_comparison(result, console)
    show_constructions(sentences.constructions or [], console)
    show_disagreements(sentences.disagreements or [], most, console)
    if on_pairs is not None:
        show_minimal_pairs(on_pairs, console)


def view_comparison(result: CompareResult, console: Console) -> None:
    """Curves, arms, pairs, intervals and verdicts; of many arms one table."""
    if len(result.arms) <= FEW:
        return view_every_pair(result, console)
    show_many_arms(result, console)
    return pairs_table(result.pairs).show(console) if result.tests_all else None


def view_every_pair(result: CompareResult, console: Console) -> None:
    """Curves of few arms; every arm and split, every pair with its conclusion, whichever pairs these are."""
    curves = {arm.label: [history_of(run) for run in arm.runs] for arm in result.arms if arm.has_epochs}
    if curves and len(result.arms) <= FEW:
        show_curves(curves, console)
    arms_table(result).show(console)
    splits_table(result).show(console)
    if result.pairs:
        pairs_table(result.pairs).show(console)
        ranked = [([pair.a, pair.b], pair.threshold_free) for pair in result.pairs]
        show_estimates(["a", "b"], ranked, "a − b, without a threshold", console, signed=True)
    if len(result.pairs) > 1:
        accuracy = [_interval(pair, pair.accuracy_difference, pair.interval) for pair in result.pairs]
        show_forest(accuracy, "points of accuracy, a − b", console)
        mcc = [_interval(pair, pair.mcc_difference, pair.mcc_interval) for pair in result.pairs]
        show_forest(mcc, "hundredths of MCC, a − b", console)
    for line in (*map(conclusion, result.pairs), *retained_lines(result)):
        say(console, line)
    of_arms = [remark for arm in result.arms for remark in arm_remarks(result.split, arm)]
    of_pairs = [remark for pair in result.pairs for remark in few_answers(pair)]
    for remark in dict.fromkeys((*of_arms, *of_pairs, *same_remarks(result))):  # an arm is in several pairs
        say(console, remark)


def arms_table(result: CompareResult) -> Table:
    """A row an arm."""
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
        decimals(metrics.mcc),
        decimals(metrics.f1),
        f"{run.parameters.total:,}",
        size(run.manifest.size),
        duration(run.manifest.seconds),
    ]


def _arm_row(arm: Arm) -> list[str]:
    accuracy = summary([metrics.accuracy for metrics in arm.metrics])
    mcc = summary([metrics.mcc for metrics in arm.metrics])
    return [
        arm.label,
        str(len(arm.runs)),
        *map(percent, astuple(accuracy)),
        percent(arm.metrics[0].majority_accuracy),
        decimals(mcc.mean),
        decimals(mcc.standard_deviation),
        decimals(fmean(metrics.f1 for metrics in arm.metrics)),
    ]


def splits_table(result: CompareResult) -> Table:
    """A row an arm and split: means over its runs."""
    rows = [
        [
            arm.label,
            split,
            str(runs[0].metrics.n),
            percent(fmean(run.metrics.accuracy for run in runs)),
            decimals(fmean(run.metrics.mcc for run in runs)),
            *(decimals(fmean(values) if values else None) for values in (values_of(name, runs) for name in NAMES)),
        ]
        for arm in result.arms
        for split, runs in arm.splits.items()
    ]
    return Table(["arm", "split", "n", "accuracy", "MCC", *NAMES.values()], rows, "by split")


def pairs_table(pairs: Sequence[Comparison]) -> Table:
    """A row a pair."""
    columns = ["a", "b", "only a right", "only b right", "accuracy", "95 % interval", "MCC", "95 % interval", "p"]
    correction = "; p by Holm's correction" if len(pairs) > 1 else ""
    return Table(columns, [_pair_row(pair) for pair in pairs], f"a − b, in points of accuracy{correction}")


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
        decimals(pair.holm_p) if pair.holm_p >= 0.0001 else "< 0.0001",
    ]


def _interval(pair: Comparison, difference: float, interval: tuple[float, float]) -> Interval:
    low, high = interval
    return Interval(f"{pair.a} − {pair.b}", 100 * low, 100 * difference, 100 * high)


def arm_remarks(split: str, arm: Arm) -> list[str]:
    """Remarks on the runs of an arm that give a constant answer."""
    if len(arm.runs) == 1:
        return remarks({split: arm.metrics[0]}, arm.label)
    by_split = [{split: metrics} for metrics in arm.metrics]
    return remarks_over_seeds(zip(arm.seeds, by_split, strict=True), arm.label)
