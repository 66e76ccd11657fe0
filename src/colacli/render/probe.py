"""What `doctor --probe` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from colacli.render.console import Show, Table

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.workflows.probe import ProbeResult


def show_probe(result: ProbeResult, show: Show) -> None:
    """One row per model; the document is what a report should have."""
    probes = [{**asdict(probe), "passed": probe.passed} for probe in result.probes]
    show(
        "doctor.probe",
        {**asdict(result), "probes": probes, "passed": result.passed},
        lambda console: _view(result, console),
    )


def _difference(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.1e}"


def _view(result: ProbeResult, console: Console) -> None:
    console.print(f"{result.device}: {result.hardware}", markup=False, highlight=False)
    columns = ["model", "precision", "logits differ by", "gradients differ by", "allowed", "repeats", "tokens/s", ""]
    rows = [
        [
            probe.model,
            probe.precision,
            _difference(probe.logits_difference),
            _difference(probe.gradients_difference),
            f"{probe.tolerance:.0e}",
            "yes" if probe.repeats else "no",
            f"{probe.tokens_per_second:,.0f}",
            "passed" if probe.passed else "failed",
        ]
        for probe in result.probes
    ]
    Table(columns, rows).show(console)
    if result.peak_memory_bytes is not None:
        console.print(f"peak memory {result.peak_memory_bytes / 1e6:,.0f} MB", highlight=False)
    console.print("To report it, send the output of `colacli doctor --probe --json`: it names no person and no folder.")
