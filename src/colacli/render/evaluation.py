"""What `eval` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.bars import Bar, show_bars
from colacli.render.console import Table, percent, say
from colacli.render.metrics import metrics_table, remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from colacli.render.console import Show
    from colacli.statistics.calibration import Calibration
    from colacli.workflows.breakdown import Breakdown, Part
    from colacli.workflows.evaluate import Evaluation

_MOST = 30
"""How many sources a terminal shows."""
_WORST = 20
"""How many it shows where there are more."""


def show_evaluation(result: Evaluation, show: Show, *, briefly: bool = False) -> None:
    """Metrics of one run on one split, then its parts and its calibration; people get only the sources `briefly`."""
    counts = result.metrics.confusion
    document = {
        "key": result.run.key,
        "data": result.data,
        "split": result.split,
        "cached": result.cached,
        "metrics": asdict(result.metrics),
        "balanced_accuracy": counts.balanced_accuracy,
        "standard_errors": {"accuracy": counts.accuracy_error, "mcc": counts.mcc_error},
        "calibration": asdict(result.calibration) if result.calibration else None,
        **_breakdown_document(result.breakdown),
    }
    show("eval", document, lambda console: _show(result, console, briefly=briefly))


def _breakdown_document(found: Breakdown | None) -> dict[str, Any]:
    return {
        "by_source": _documents("source", found.by_source if found else None),
        "by_length": _documents("words", found.by_length if found else None),
        "by_overlap": _documents("overlap", found.by_overlap if found else None),
    }


def _documents(key: str, parts: Sequence[Part] | None) -> list[dict[str, Any]] | None:
    if parts is None:
        return None
    return [{key: part.name, **asdict(part.metrics), "interval": list(part.interval)} for part in parts]


def _show(result: Evaluation, console: Console, *, briefly: bool) -> None:
    metrics = {result.split: result.metrics}
    metrics_table(metrics, f"{result.run.spec.command} {result.run.key[:12]} on {result.data}").show(console)
    if not briefly:
        _sureness_table(result).show(console)
    for remark in remarks(metrics):
        say(console, remark)
    if result.breakdown is None:
        say(console, f"no breakdown by source: {result.missing}")
    elif len(result.breakdown.by_source) > 1:  # a single one is the whole again
        _show_sources(result.breakdown.by_source, console)
    if result.breakdown and not briefly:
        _show_part("words", result.breakdown.by_length, "by length in words", console)
        _show_part("sentences", result.breakdown.by_overlap or [], "with and without what it learnt from", console)
    if result.calibration and not briefly:
        _show_reliability(result.calibration, console)


def _sureness_table(result: Evaluation) -> Table:
    """How sure the metrics are, and how sure the model may be."""
    counts, calibration = result.metrics.confusion, result.calibration
    columns = ["standard error", "of MCC", "balanced accuracy", "Brier score", "calibration error", "its floor"]
    row = [
        percent(counts.accuracy_error),
        "—" if counts.mcc_error is None else f"{counts.mcc_error:.4f}",
        percent(counts.balanced_accuracy),
        *((f"{calibration.brier:.4f}", f"{calibration.expected_error:.4f}") if calibration else ("—", "—")),
        f"{calibration.floor:.4f}" if calibration else "—",
    ]
    return Table(columns, [row], "how sure these are, and how sure the model may be")


def _show_sources(parts: Sequence[Part], console: Console) -> None:
    """In a pipe all of them; in a terminal the worst where there are many, as a table and as bars."""
    shown = parts[:_WORST] if console.is_terminal and len(parts) > _MOST else parts
    _table("source", shown, "by source, the least accurate first").show(console)
    bars = [Bar(_name(part), part.metrics.accuracy, part.metrics.majority_accuracy) for part in shown]
    show_bars(bars, "accuracy", "majority: always the source's more common label", console)
    if len(shown) < len(parts):
        say(console, f"{len(parts) - len(shown)} more sources are at least as accurate; --json gives all")


def _show_part(what: str, parts: Sequence[Part], title: str, console: Console) -> None:
    if len(parts) > 1:
        _table(what, parts, title).show(console)


def _show_reliability(found: Calibration, console: Console) -> None:
    """A row a bin: bars that end at their marks are calibrated; in a pipe a table."""
    if console.is_terminal:
        bars = [Bar(f"{one.probability:.2f}", one.acceptable, one.probability) for one in found.bins]
        show_bars(bars, "share that is acceptable", "P(acceptable), as the model has it", console)
        return
    rows = [[str(one.n), f"{one.probability:.4f}", percent(one.acceptable)] for one in found.bins]
    Table(["n", "P(acceptable)", "acceptable"], rows, "calibration, a tenth of the sentences a row").show(console)


def _table(what: str, parts: Sequence[Part], title: str) -> Table:
    return Table([what, "n", "accuracy", "95 % interval", "MCC", "majority"], [_row(part) for part in parts], title)


def _row(part: Part) -> list[str]:
    metrics, (low, high) = part.metrics, part.interval
    return [
        _name(part),
        str(metrics.n),
        percent(metrics.accuracy),
        f"{100 * low:.1f} to {100 * high:.1f} %",
        f"{metrics.mcc:.4f}",
        percent(metrics.majority_accuracy),
    ]


def _name(part: Part) -> str:
    return part.name or "—"
