"""What `export` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Show, Table, facts, points, say, size

if TYPE_CHECKING:
    from colacli.exports.kinds import Written
    from colacli.statistics.comparison import Comparison
    from colacli.workflows.export import ExportResult


def show_export(result: ExportResult, show: Show) -> None:
    """The files, and how the export agrees with its run."""

    def view(console: Console) -> None:
        view_export(result, console)
        keys = ", ".join(run.key[:12] for run in result.runs)
        say(console, f"{keys} as {result.kind} is in {result.path}")

    show("export", export_document(result), view)


def export_document(result: ExportResult) -> dict[str, Any]:
    """An export as a JSON object."""
    return {
        "kind": result.kind,
        "path": str(result.path),
        "runs": [
            {"key": run.key, "content": run.content, **_document(written)}
            for run, written in zip(result.runs, result.written, strict=True)
        ],
        "files": {name: asdict(record) for name, record in result.files.items()},
    }


def _document(written: Written) -> dict[str, Any]:
    changes = [{"split": split, **_change(comparison)} for split, comparison in written.changes]
    agreement = asdict(written.agreement) if written.agreement else None
    return {"agreement": agreement, "changes": changes, "notes": list(written.notes)}


def _change(comparison: Comparison) -> dict[str, Any]:
    return {
        "n": comparison.n,
        "accuracy_difference": comparison.accuracy_difference,
        "interval": list(comparison.interval),
        "mcc_difference": comparison.mcc_difference,
        "mcc_interval": list(comparison.mcc_interval),
    }


def view_export(result: ExportResult, console: Console) -> None:
    """Its files, and what was said of each run."""
    Table(["file", "size"], [[name, size(record.size)] for name, record in result.files.items()]).show(console)
    for written in result.written:
        _view_written(written, console)


def _view_written(written: Written, console: Console) -> None:
    if agreement := written.agreement:
        rows = [
            ["compared on", f"{agreement.sentences:,} {agreement.on}"],
            ["largest difference of a logit", f"{agreement.largest_difference:.1e}"],
        ]
        facts(rows, "agreement with the run").show(console)
    rows = [
        [
            split,
            str(one.n),
            points(one.accuracy_difference),
            _interval(one.interval, 100, 2),
            f"{one.mcc_difference:+.4f}",
            _interval(one.mcc_interval, 1, 4),
        ]
        for split, one in written.changes
    ]
    if rows:
        columns = ["split", "n", "accuracy, points", "95 % interval", "MCC", "95 % interval"]
        Table(columns, rows, "export − run").show(console)
    for note in written.notes:
        say(console, note)


def _interval(interval: tuple[float, float], factor: float, places: int) -> str:
    low, high = (f"{factor * bound:+.{places}f}" for bound in interval)
    return f"{low} to {high}"
