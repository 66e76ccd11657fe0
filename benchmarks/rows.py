"""All rows: what is compared with what, and what is asked of it."""

from __future__ import annotations

from benchmarks import gpu_rows, inference_rows, student, training_rows
from benchmarks.row import Claim, Contender, Row, Settings, figure


def all_rows(settings: Settings) -> dict[str, Row]:
    """Every row of a device, by name."""
    if settings.device != "cpu":
        return {row.name: row for row in (make(settings) for make in gpu_rows.MAKERS)}
    makers = (
        training_rows.step,
        training_rows.distil,
        student.row,
        inference_rows.evaluate,
        inference_rows.judge,
        inference_rows.pairs,
        inference_rows.generate,
        _start,
        training_rows.scaling,
        training_rows.profile,
    )
    return {row.name: row for row in (make(settings) for make in makers)}


def _start(_settings: Settings) -> Row:
    goals = {"help": ("colacli --help", 0.25), "runs list": ("colacli runs list", 0.35), "cache hit": ("a hit", 0.35)}
    contenders = tuple(Contender(what, "ours.start", {"what": what}) for what in goals)
    claims = tuple(
        Claim(title, "the clock", figure("seconds", what), goal, unit="s", at_most=True)
        for what, (title, goal) in goals.items()
    )
    return Row(
        "start",
        "Starting",
        {"seconds": "s", "imports_torch": "imports torch"},
        contenders,
        claims,
        teachers=True,
    )
