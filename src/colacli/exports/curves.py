"""A run's curves and settings, for programs that draw those of many runs; no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from colacli.results import history_of, metrics_of
from colacli.store.canonical import document
from colacli.store.run import Run

_FINAL = ("accuracy", "mcc", "f1", "loss")


def scalars(run: Run) -> Iterator[tuple[int, str, float]]:
    """Epoch, name and value of every number; the final ones stand at the epoch whose weights were chosen."""
    for epoch in history_of(run):
        for name, value in asdict(epoch).items():
            if name != "epoch" and value is not None:
                yield epoch.epoch, name.replace("_", "/", 1) if name.startswith(("train_", "dev_")) else name, value
    for split, metrics in metrics_of(run).items():
        for name in _FINAL:
            yield run.best_epoch, f"final/{split}/{name}", getattr(metrics, name)


def settings(run: Run) -> dict[str, bool | int | float | str]:
    """The settings in the run's spec, by dotted names."""
    return dict(_flat(document(run.spec), ""))


def _flat(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, bool | int | float | str]]:
    for name, value in sorted(values.items()):
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield prefix + name, value if isinstance(value, bool | int | float | str) else str(value)


def epoch_times(run: Run) -> list[float]:
    """The start of a run and the end of each epoch, in seconds since 1970: spread evenly over the run's duration."""
    start = datetime.fromisoformat(run.manifest.created).timestamp() - run.manifest.seconds
    epochs = max(1, len(history_of(run)))
    return [start + run.manifest.seconds * epoch / epochs for epoch in range(epochs + 1)]


def no_history(run: Run) -> tuple[str, ...]:
    """What is said of a run without curves."""
    return () if history_of(run) else (f"run {run.key[:12]} has no history: its final numbers alone are there",)
