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
    from colacli.workflows.breakdown import SourceMetrics
    from colacli.workflows.evaluate import Evaluation

_MOST = 30
"""How many sources a terminal shows."""
_WORST = 20
"""How many it shows where there are more."""


def show_evaluation(result: Evaluation, show: Show) -> None:
    """Metrics of one run on one split, then of each source in it."""
    document = {
        "key": result.run.key,
        "data": result.data,
        "split": result.split,
        "cached": result.cached,
        "metrics": asdict(result.metrics),
        "by_source": None if result.by_source is None else [_document(part) for part in result.by_source],
    }
    show("eval", document, lambda console: _show(result, console))


def _document(part: SourceMetrics) -> dict[str, Any]:
    return {"source": part.source, **asdict(part.metrics), "interval": list(part.interval)}


def _show(result: Evaluation, console: Console) -> None:
    metrics = {result.split: result.metrics}
    metrics_table(metrics, f"{result.run.spec.command} {result.run.key[:12]} on {result.data}").show(console)
    for remark in remarks(metrics):
        say(console, remark)
    if result.by_source is None:
        say(console, f"no breakdown by source: {result.missing}")
    elif len(result.by_source) > 1:  # a single one is the whole again
        _show_sources(result.by_source, console)


def _show_sources(parts: Sequence[SourceMetrics], console: Console) -> None:
    """In a pipe all of them; in a terminal the worst where there are many, as a table and as bars."""
    shown = parts[:_WORST] if console.is_terminal and len(parts) > _MOST else parts
    columns = ["source", "n", "accuracy", "95 % interval", "MCC", "majority"]
    Table(columns, [_row(part) for part in shown], "by source, the least accurate first").show(console)
    bars = [Bar(_name(part), part.metrics.accuracy, part.metrics.majority_accuracy) for part in shown]
    show_bars(bars, "accuracy", "majority: always the source's more common label", console)
    if len(shown) < len(parts):
        say(console, f"{len(parts) - len(shown)} more sources are at least as accurate; --json gives all")


def _row(part: SourceMetrics) -> list[str]:
    metrics, (low, high) = part.metrics, part.interval
    return [
        _name(part),
        str(metrics.n),
        percent(metrics.accuracy),
        f"{100 * low:.1f} to {100 * high:.1f} %",
        f"{metrics.mcc:.4f}",
        percent(metrics.majority_accuracy),
    ]


def _name(part: SourceMetrics) -> str:
    return part.source or "—"
