"""Selection bias: epochs chosen on dev against epochs chosen elsewhere, and the optimism of the best of several runs.

python selection.py [--data cola] [--seeds 10]
"""

from __future__ import annotations

import random
from statistics import fmean

from experiment import Experiment, arm_of, conduct

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.results import history_of, predictions_of
from colacli.store.store import Store

HALVES = 1000
"""Random halvings of dev."""


def describe(experiment: Experiment, store: Store) -> str:
    """How optimistic each choice is: by epochs, then of the best run of all."""
    lines = ["## How optimistic a choice is\n", "| epoch chosen | best epoch | mean epoch |", "|---|---|---|"]
    for name in ("on-dev", "on-holdout"):
        histories = [history_of(run) for run in arm_of(experiment, name, store, IN_DOMAIN_DEV).runs]
        best = fmean(max(epoch.dev_accuracy for epoch in history) for history in histories)
        mean = fmean(epoch.dev_accuracy for history in histories for epoch in history)
        lines.append(f"| {name} | {100 * best:.2f} % | {100 * mean:.2f} % |")
    runs = [run for name in experiment.arms for run in arm_of(experiment, name, store, IN_DOMAIN_DEV).runs]
    predictions = [predictions_of(run, IN_DOMAIN_DEV) for run in runs]
    right = [
        [predicted == label for predicted, label in zip(run.predicted, run.labels, strict=True)] for run in predictions
    ]
    chosen, fresh = best_of(right)
    lines.append(
        f"\nThe best of these {len(runs)} runs by one half of dev has {100 * chosen:.2f} % there, on the other half\n"
        f"{100 * fresh:.2f} %: a bias of {100 * (chosen - fresh):.2f} points ({HALVES:,} random halvings).\n"
    )
    return "\n".join(lines)


def best_of(right: list[list[bool]]) -> tuple[float, float]:
    """Accuracy of the run that is best on a random half, there and on the other half; means over halvings.

    Args:
        right: for each run, whether the prediction of each sentence is right.
    """
    rng, rows = random.Random(0), list(range(len(right[0])))
    pairs = []
    for _ in range(HALVES):
        rng.shuffle(rows)
        half, other = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        best = max(right, key=lambda run: sum(run[row] for row in half))
        pairs.append((fmean(best[row] for row in half), fmean(best[row] for row in other)))
    return fmean(first for first, _ in pairs), fmean(second for _, second in pairs)


if __name__ == "__main__":
    conduct(__file__, describe)
