"""What `report` says when it has written a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from colacli.render.console import Show, say
from colacli.render.report.commands import command_lines
from colacli.statistics.verdict import verdict

if TYPE_CHECKING:
    from colacli.workflows.report import Report


def show_report(report: Report, written: Sequence[Path], show: Show) -> None:
    """The files, the runs, the verdicts."""
    document = {
        "path": str(written[0]),
        "files": [str(path) for path in written],
        "split": report.comparison.split,
        "arms": [{"label": arm.label, "runs": [run.key for run in arm.runs]} for arm in report.arms],
        "verdicts": [verdict(pair) for pair in report.comparison.pairs],
        "missing": report.missing or None,
        "commands": command_lines(report),
    }
    show("report", document, lambda console: _view(report, written, console))


def _view(report: Report, written: Sequence[Path], console: Console) -> None:
    if report.missing:
        say(console, f"without sentences: {report.missing}")
    count = len(report.runs)
    beside = f", its {len(written) - 1} figures in {written[1].parent}" if len(written) > 1 else ""
    runs = "1 run" if count == 1 else f"{count} runs"
    say(console, f"the report of {runs} is in {written[0]}{beside}")
