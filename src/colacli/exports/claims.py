"""What an exported page says of its student: who made it, how right it is and where not, and examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colacli import __version__
from colacli.data.pairs import sample_pairs
from colacli.metrics import Metrics
from colacli.results import metrics_of
from colacli.statistics.distributions import normal_quantile
from colacli.statistics.proportions import wilson_interval
from colacli.store.run import Run

_EXAMPLES = 4
"""Minimal pairs shown of a construction."""


@dataclass(frozen=True)
class Measurement:
    """How right a run is on some sentences, with 95 % intervals."""

    name: str
    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    mcc: float
    mcc_interval: tuple[float, float] | None
    """None where it is undefined."""
    majority: float
    """Accuracy of always the more common label."""

    @classmethod
    def of(cls, name: str, metrics: Metrics) -> Measurement:
        """With Wilson's interval of the accuracy, and the delta method's of the MCC."""
        counts = metrics.confusion
        right, error = counts.true_positive + counts.true_negative, counts.mcc_error
        margin = None if error is None else normal_quantile(0.975) * error
        return cls(
            name=name,
            n=counts.n,
            accuracy=counts.accuracy,
            accuracy_interval=wilson_interval(right, counts.n),
            mcc=counts.mcc,
            mcc_interval=None if margin is None else (max(-1.0, counts.mcc - margin), min(1.0, counts.mcc + margin)),
            majority=counts.majority_accuracy,
        )


def about(run: Run) -> list[tuple[str, str]]:
    """Who made a student, and of what; folders of this machine are named by their last part."""
    student, training = run.spec.student, run.spec.training
    assert student is not None
    parents = sorted((run.spec.parents or {}).items())
    parameters = run.manifest.result.parameters if run.manifest.result else None
    directions = "both directions" if student.bidirectional else "left to right"
    rows = [
        ("key", run.key),
        ("command", run.spec.command),
        *[(role, key) for role, key in parents],
        ("network", f"{student.cell.upper()}, {student.layers} × {student.hidden}, {directions}, {student.pooling}"),
        *([("parameters", f"{parameters.total:,}")] if parameters else []),
        ("epoch", f"{run.best_epoch} of at most {training.epochs}, seed {training.seed}"),
        *[(role, Path(source).name) for role, source in sorted(run.manifest.sources.items())],
        ("exported by", f"colacli {__version__}"),
    ]
    return rows if run.spec.teachers else [*rows[:2], ("teacher", "none"), *rows[2:]]


def measurements(run: Run) -> list[Measurement]:
    """Of each split that the run was measured on."""
    return [Measurement.of(split, metrics) for split, metrics in metrics_of(run).items()]


def examples() -> list[dict[str, Any]]:
    """Bundled minimal pairs by construction: an acceptable and an unacceptable sentence each."""
    by_construction: dict[str, list[tuple[str, str]]] = {}
    for pair in sample_pairs().pairs:
        by_construction.setdefault(pair.phenomenon, []).append((pair.good, pair.bad))
    return [{"construction": name, "pairs": pairs[:_EXAMPLES]} for name, pairs in sorted(by_construction.items())]
