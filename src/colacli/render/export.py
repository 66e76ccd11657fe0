"""What `export` shows."""

from __future__ import annotations

from collections.abc import Iterator
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
        say(console, export_line(result))

    show("export", export_document(result), view)


def export_line(result: ExportResult) -> str:
    """Of which runs it is, and where."""
    keys = ", ".join(run.key[:12] for run in result.runs)
    return f"{keys} as {result.kind} is in {result.path}"


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
    for block in export_blocks(result):
        if isinstance(block, Table):
            block.show(console)
        else:
            say(console, block)


def export_blocks(result: ExportResult) -> Iterator[Table | str]:
    """The same as tables and sentences."""
    yield Table(["file", "size"], [[name, size(record.size)] for name, record in result.files.items()])
    for written in result.written:
        yield from _written_blocks(written)


def _written_blocks(written: Written) -> Iterator[Table | str]:
    if agreement := written.agreement:
        rows = [
            ["compared on", f"{agreement.sentences:,} {agreement.on}"],
            ["largest difference of a logit", f"{agreement.largest_difference:.1e}"],
        ]
        yield facts(rows, "agreement with the run")
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
        yield Table(columns, rows, "export − run")
    yield from written.notes


def _interval(interval: tuple[float, float], factor: float, places: int) -> str:
    low, high = (f"{factor * bound:+.{places}f}" for bound in interval)
    return f"{low} to {high}"
