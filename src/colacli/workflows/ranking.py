"""Many arms side by side: the most accurate first, each beside the first that was named; and the same as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from colacli.output_files import check_output, open_output
from colacli.statistics.comparison import Comparison
from colacli.statistics.correlation import single_mcc_interval
from colacli.statistics.proportions import wilson_interval
from colacli.statistics.seeds import Summary, summary
from colacli.store.store import Store
from colacli.workflows.compare import Arm, CompareResult

COLUMNS = """
    arm same_as keys command seeds runs n accuracy accuracy_low accuracy_high accuracy_sd majority_accuracy
    mcc mcc_low mcc_high mcc_sd f1 loss parameters trainable_parameters
    difference difference_low difference_high p holm_p constant_runs
    """.split()  # noqa: SIM905
"""Of the CSV file. `difference` is that of accuracy from the first arm's."""


@dataclass(frozen=True)
class Ranked:
    """An arm, or another reference to an arm's runs."""

    label: str
    same_as: str | None
    """The label of the arm that has the same runs."""
    arm: Arm
    accuracy: Summary
    interval: tuple[float, float] | None
    """Wilson's 95 % interval of a single run's accuracy; None for several runs, which share their sentences."""
    mcc: Summary
    mcc_interval: tuple[float, float] | None
    """95 %, of a single run's; None for several runs."""
    f1: float
    beside_first: Comparison | None
    """Of the first arm and this one; None for the first itself."""

    @property
    def difference(self) -> tuple[float, float, float] | None:
        """Of accuracy, this arm's less the first's, and the ends of its interval."""
        if self.beside_first is None:
            return None
        low, high = self.beside_first.interval
        return -self.beside_first.accuracy_difference, -high, -low

    @property
    def constant(self) -> int:
        """Runs that give one answer for every sentence."""
        return sum(metrics.constant_prediction is not None for metrics in self.arm.metrics)


def ranked(result: CompareResult) -> list[Ranked]:
    """Every arm, and after it the references to the same runs: by accuracy, then by MCC."""
    beside_first = [None, *result.pairs[: len(result.arms) - 1]]  # those of the first arm come first
    rows = [_ranked(arm, pair) for arm, pair in zip(result.arms, beside_first, strict=True)]
    rows.sort(key=lambda row: (-row.accuracy.mean, -row.mcc.mean))
    again = {row.label: [label for label, arm in result.same.items() if arm == row.label] for row in rows}
    return [
        one
        for row in rows
        for one in (row, *(replace(row, label=label, same_as=row.label) for label in again[row.label]))
    ]


def _ranked(arm: Arm, beside_first: Comparison | None) -> Ranked:
    counts = arm.metrics[0].confusion
    right, single = counts.true_positive + counts.true_negative, len(arm.runs) == 1
    return Ranked(
        label=arm.label,
        same_as=None,
        arm=arm,
        accuracy=summary([metrics.accuracy for metrics in arm.metrics]),
        interval=wilson_interval(right, arm.metrics[0].n) if single else None,
        mcc=summary([metrics.mcc for metrics in arm.metrics]),
        mcc_interval=single_mcc_interval(counts) if single else None,
        f1=fmean(metrics.f1 for metrics in arm.metrics),
        beside_first=beside_first,
    )


def check_csv(path: Path | None, store: Store, *, force: bool) -> None:
    """See that the CSV file can be written, before anything is computed.

    Raises:
        UsageError: it can't be, or is there and `force` is not set.
    """
    if path is not None:
        check_output(path, force=force, store=store.root)


def write_csv(result: CompareResult, path: Path | None) -> None:
    """A line an arm, in the order of `ranked`; numbers have all their digits, what is not defined is empty.

    Raises:
        DataError: the file can't be written.
    """
    if path is None:
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_line(row) for row in ranked(result))
    with open_output(path) as stream:
        stream.write(text.getvalue().encode())


def _line(row: Ranked) -> Sequence[object]:
    arm, beside = row.arm, row.beside_first
    losses = [metrics.loss for metrics in arm.metrics]
    return [
        row.label,
        row.same_as,
        " ".join(run.key for run in arm.runs),
        " ".join(sorted({run.spec.command for run in arm.runs})),
        " ".join(map(str, arm.seeds)),
        len(arm.runs),
        arm.metrics[0].n,
        row.accuracy.mean,
        *(row.interval or (None, None)),
        row.accuracy.standard_deviation,
        arm.metrics[0].majority_accuracy,
        row.mcc.mean,
        *(row.mcc_interval or (None, None)),
        row.mcc.standard_deviation,
        row.f1,
        None if None in losses else fmean(loss for loss in losses if loss is not None),
        arm.runs[0].parameters.total,
        arm.runs[0].parameters.trainable,
        *(row.difference or (None, None, None)),
        *((beside.p, beside.holm_p) if beside else (None, None)),
        row.constant,
    ]
