"""Measures that need no threshold, and their differences: tables and documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, decimals, say

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.threshold_free import Estimate

NAMES = {"auc": "ROC AUC", "average_precision": "average precision", "point_biserial": "point-biserial r"}


def estimates_document(estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    """Value, interval and, where one of them is null, the reason; by measure."""
    return {name: asdict(estimate) for name, estimate in estimates.items()}


def show_estimates(
    columns: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Mapping[str, Estimate]]],
    title: str,
    console: Console,
    *,
    signed: bool = False,
) -> None:
    """A row for each, of its own cells and every measure with its interval; below it why something is missing."""
    measures = [cell for name in NAMES.values() for cell in (name, "95 % interval")]
    cells = [[*own, *(cell for name in NAMES for cell in _cells(found[name], signed=signed))] for own, found in rows]
    Table([*columns, *measures], cells, title).show(console)
    for own, found in rows:
        for missing, reason in _missing(found):
            say(console, f"{' − '.join(own)}: no {missing}: {reason}")


def _missing(found: Mapping[str, Estimate]) -> Iterator[tuple[str, str]]:
    """What is not there, and why: together where it has one reason."""
    undefined = {(estimate.value is None, estimate.reason) for estimate in found.values() if estimate.reason}
    for has_no_value, reason in sorted(undefined, key=str):
        names = [
            NAMES[name] for name, one in found.items() if (one.value is None, one.reason) == (has_no_value, reason)
        ]
        yield ("" if has_no_value else "interval of ") + ", ".join(names), str(reason)


def _cells(estimate: Estimate, *, signed: bool) -> tuple[str, str]:
    value = decimals(estimate.value) if estimate.value is None or not signed else f"{estimate.value:+.4f}"
    if estimate.interval is None:
        return value, "—"
    low, high = estimate.interval
    return value, f"{low:+.2f} to {high:+.2f}" if signed else f"{low:.3f} to {high:.3f}"
