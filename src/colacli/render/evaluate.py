"""What `eval` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.bars import Bar, show_bars
from colacli.render.console import Show, Table, decimals, percent, say
from colacli.render.metrics import metrics_table, remarks
from colacli.render.mistakes import mistakes_document, show_mistakes, written_line
from colacli.render.threshold_free import estimates_document, show_estimates

if TYPE_CHECKING:
    from colacli.statistics.calibration import Calibration
    from colacli.workflows.breakdown import Breakdown, Part
    from colacli.workflows.evaluate import Evaluation
    from colacli.workflows.mistakes import Mistakes

_MOST = 30
"""Sources, or constructions, that a terminal shows at most."""
_WORST = 20
"""Those that it shows where there are more."""


@dataclass(frozen=True)
class Extras:
    """What was asked for beside the numbers."""

    mistakes: Mistakes | None = None
    file: Path | None = None
    """That every sentence was written to."""


def show_evaluation(result: Evaluation, show: Show, extras: Extras | None = None, *, briefly: bool = False) -> None:
    """Metrics of a run on a split, their breakdown and calibration; `briefly` shows people only metrics and sources."""
    counts, parts, extras = result.metrics.confusion, result.breakdown, extras or Extras()
    unit = parts.length_unit if parts else None
    document = {
        "key": result.run.key,
        "data": result.data,
        "split": result.split,
        "cached": result.cached,
        "metrics": asdict(result.metrics),
        "balanced_accuracy": counts.balanced_accuracy,
        "standard_errors": {"accuracy": counts.accuracy_error, "mcc": counts.mcc_error},
        "calibration": asdict(result.calibration) if result.calibration else None,
        "splits": {
            name: {"metrics": asdict(one.metrics), "threshold_free": estimates_document(one.threshold_free)}
            for name, one in result.splits.items()
        },
        "by_source": _part_documents("source", parts.by_source if parts else None),
        "length_unit": unit,
        "by_length": _part_documents(unit or "", parts.by_length if parts else None),
        "by_overlap": _part_documents("overlap", parts.by_overlap if parts else None),
        "by_construction": _construction_documents(parts),
        "errors": mistakes_document(extras.mistakes) if extras.mistakes else None,
        "per_sentence": {"file": str(extras.file), "n": result.metrics.n} if extras.file else None,
    }
    show("eval", document, lambda console: _show(result, extras, console, briefly=briefly))


def _construction_documents(parts: Breakdown | None) -> list[dict[str, Any]] | None:
    documents = _part_documents("construction", parts.by_construction if parts else None)
    if parts is None or documents is None:
        return None
    return [{**document, "mcc": part.mcc} for document, part in zip(documents, parts.by_construction, strict=True)]


def _part_documents(name: str, parts: Sequence[Part] | None) -> list[dict[str, Any]] | None:
    if parts is None:
        return None
    return [{name: part.name, **asdict(part.metrics), "interval": list(part.interval)} for part in parts]


def _show(result: Evaluation, extras: Extras, console: Console, *, briefly: bool) -> None:
    metrics, parts = {name: one.metrics for name, one in result.splits.items()}, result.breakdown
    metrics_table(metrics, f"{result.run.spec.command} {result.run.key[:12]} on {result.data}").show(console)
    if not briefly:
        ranked = [([name], one.threshold_free) for name, one in result.splits.items()]
        show_estimates(["split"], ranked, "without a threshold", console)
        _uncertainty_table(result).show(console)
    for remark in remarks(metrics):
        say(console, remark)
    if parts is None:
        say(console, f"no breakdown by source: {result.missing}")
    elif len(parts.by_source) > 1:  # one source is the whole split
        _show_worst("source", parts.by_source, console)
    if briefly:
        return
    if parts and parts.by_construction:
        _show_worst("construction", parts.by_construction, console)
    if parts and len(parts.by_length) > 1:
        title = f"by length in {parts.length_unit}"
        if parts.length_unit != "words":
            title += ": the sentences have no spaces between words"
        _parts_table(parts.length_unit, parts.by_length, title).show(console)
    if parts and len(parts.by_overlap or []) > 1:
        _parts_table("sentences", parts.by_overlap or [], "by overlap with the training sentences").show(console)
    if result.calibration:
        _show_reliability(result.calibration, console)
    if extras.mistakes:
        show_mistakes(extras.mistakes, console)
    if extras.file:
        say(console, written_line([result], extras.file))


def _uncertainty_table(result: Evaluation) -> Table:
    counts, calibration = result.metrics.confusion, result.calibration
    measures = (calibration.brier, calibration.expected_error, calibration.floor) if calibration else (None,) * 3
    columns = ["standard error", "of MCC", "balanced accuracy", "Brier score", "calibration error", "its floor"]
    row = [
        percent(counts.accuracy_error),
        decimals(counts.mcc_error),
        percent(counts.balanced_accuracy),
        *map(decimals, measures),
    ]
    return Table(columns, [row], f"uncertainty and calibration on {result.split}")


def _show_worst(name: str, parts: Sequence[Part], console: Console) -> None:
    """Every part in a pipe; in a terminal the least accurate where there are many, as a table and as bars."""
    shown = parts[:_WORST] if console.is_terminal and len(parts) > _MOST else parts
    _parts_table(name, shown, f"by {name}, the least accurate first").show(console)
    bars = [Bar(part.name or "—", part.metrics.accuracy, part.metrics.majority_accuracy) for part in shown]
    show_bars(bars, "accuracy", f"majority: always the {name}'s more common label", console)
    if len(shown) < len(parts):
        say(console, f"{len(parts) - len(shown)} more {name}s are at least as accurate; --json gives all")


def _show_reliability(calibration: Calibration, console: Console) -> None:
    """One row per bin: bars that end at their marks are calibrated; a table in a pipe."""
    if console.is_terminal:
        bars = [Bar(f"{bin_.probability:.2f}", bin_.acceptable, bin_.probability) for bin_ in calibration.bins]
        show_bars(bars, "fraction that is acceptable", "predicted P(acceptable)", console)
        return
    rows = [[str(bin_.n), decimals(bin_.probability), percent(bin_.acceptable)] for bin_ in calibration.bins]
    Table(["n", "P(acceptable)", "acceptable"], rows, "calibration, a tenth of the sentences per row").show(console)


def _parts_table(name: str, parts: Sequence[Part], title: str) -> Table:
    rows = [
        [
            part.name or "—",
            str(part.metrics.n),
            percent(part.metrics.accuracy),
            "{:.1f} to {:.1f} %".format(*(100 * end for end in part.interval)),
            decimals(part.mcc if name == "construction" else part.metrics.mcc),
            percent(part.metrics.majority_accuracy),
        ]
        for part in parts
    ]
    return Table([name, "n", "accuracy", "95 % interval", "MCC", "majority"], rows, title)
