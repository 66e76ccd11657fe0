"""What `compare` shows of many arms: one table, the most accurate first, and what was tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from colacli.render.console import Table, percent, say
from colacli.render.retained import retained_lines
from colacli.statistics.power import LEVEL, POWER
from colacli.workflows.ranking import Ranked, ranked

if TYPE_CHECKING:
    from colacli.statistics.comparison import Comparison
    from colacli.workflows.compare import CompareResult


def show_many_arms(result: CompareResult, console: Console) -> None:
    """The table with the majority class in its place, then which arms differ, repeat one another or judge nothing."""
    rows = ranked(result)
    table = many_arms_table(result, rows)
    if not table.fits(console):
        table = many_arms_table(result, rows, mcc_interval=False)
    table.show(console)
    for line in (*_findings(result), *retained_lines(result), *same_remarks(result), *_constant(rows)):
        say(console, line)


def many_arms_table(result: CompareResult, rows: Sequence[Ranked], *, mcc_interval: bool = True) -> Table:
    """A row an arm; that of the majority class stands above those that are no more accurate.

    Without the interval of MCC it is narrow enough for 80 columns and names of ten letters.
    """
    majority = result.arms[0].metrics[0].majority_accuracy
    several = any(len(arm.runs) > 1 for arm in result.arms)
    columns = ["arm", *(["runs"] if several else []), "accuracy", "95 % interval", "MCC"]
    columns += [*(["95 % interval"] if mcc_interval else []), "F1", "a − b", "95 % interval", "p"]
    cells = [_cells(row, several=several, mcc_interval=mcc_interval) for row in rows]
    constant = ["majority", *(["—"] if several else []), percent(majority), "—", "0.000"]
    constant += ["—"] * (len(columns) - len(constant))
    cells.insert(sum(row.accuracy.mean > majority for row in rows), constant)
    title = f"on {result.split}; b: {result.arms[0].label}; in points of accuracy, p by Holm's correction"
    return Table(columns, cells, title)


def _cells(row: Ranked, *, several: bool, mcc_interval: bool) -> list[str]:
    cells = [row.label, *([str(len(row.arm.runs))] if several else []), percent(row.accuracy.mean)]
    cells += [f"{100 * row.interval[0]:.1f}–{100 * row.interval[1]:.1f}" if row.interval else "—"]
    cells += [f"{row.mcc.mean:z.3f}"]
    if mcc_interval:
        cells += ["{:z.2f} to {:z.2f}".format(*row.mcc_interval) if row.mcc_interval else "—"]
    cells += [f"{row.f1:.3f}"]
    if row.difference is None or row.beside_first is None:
        return [*cells, "—", "—", "—"]
    difference, low, high = (f"{100 * value:+z.1f}" for value in row.difference)
    p = row.beside_first.holm_p
    return [*cells, difference, f"{low} to {high}", f"{p:.3f}" if p >= 0.001 else "< 0.001"]


def _findings(result: CompareResult) -> list[str]:
    """Which arms differ from the first, and how many pairs were tested."""
    first, pairs = result.arms[0].label, result.pairs[: len(result.arms) - 1]
    real = [pair for pair in pairs if pair.holm_p < LEVEL]
    lines = [
        f"{word} than {first}: {', '.join(names)}"
        for word, names in (
            ("better", [pair.b for pair in real if pair.accuracy_difference < 0]),
            ("worse", [pair.b for pair in real if pair.accuracy_difference > 0]),
        )
        if names
    ]
    if len(real) < len(pairs):
        lines.append(f"inconclusive beside {first}: {len(pairs) - len(real)} of {len(pairs)}{_could_show(pairs)}")
    if result.tests_all:
        different = sum(pair.holm_p < LEVEL for pair in result.pairs)
        return [*lines, f"{different} of all {len(result.pairs)} pairs differ after the correction"]
    return [*lines, f"{len(pairs)} pairs were tested, each arm beside the first named; --all-pairs tests every two"]


def _could_show(pairs: Sequence[Comparison]) -> str:
    detectable = [pair.detectable for pair in pairs if pair.detectable is not None]
    if not detectable:
        return ""
    least = f"{100 * min(detectable):.1f} points ({100 * POWER:.0f} % power, before the correction)"
    return f"; the smallest difference that could show in one of them is {least}"


def same_remarks(result: CompareResult) -> list[str]:
    """Which references stand for the same runs."""
    keys = {arm.label: ", ".join(run.key[:12] for run in arm.runs) for arm in result.arms}
    return [
        f"{label} and {first} are the same, {keys[first]}: they are one arm in the tests"
        for label, first in result.same.items()
    ]


def _constant(rows: Sequence[Ranked]) -> list[str]:
    constant = [
        row.label if len(row.arm.runs) == 1 else f"{row.label} ({row.constant} of {len(row.arm.runs)} runs)"
        for row in rows
        if row.constant
    ]
    return [f"one answer for every sentence, not a judgement: {', '.join(constant)}"] if constant else []
