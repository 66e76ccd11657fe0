"""Calibration of a classifier's probabilities: Brier score and expected calibration error.

Computed from stored predictions when asked for, never stored: `metrics.json` does not change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

BINS = 10
DRAWS = 1000


@dataclass(frozen=True)
class Bin:
    """A tenth of the sentences, with neighbouring probabilities."""

    n: int
    probability: float
    """Mean of the predicted probabilities that they are acceptable."""
    acceptable: float
    """Fraction of them that are."""


@dataclass(frozen=True)
class Calibration:
    """How well probabilities agree with the labels."""

    brier: float
    """Mean squared error of the probabilities, 0 to 1; 0.25 for a constant one half (Brier 1950)."""
    expected_error: float
    """Expected calibration error: mean distance of probability and fraction over the bins, weighted by their sizes."""
    floor: float
    """Its mean for a perfectly calibrated model with these probabilities."""
    bins: list[Bin]
    """From the least to the most acceptable."""


def probabilities(logits: Sequence[Sequence[float]]) -> list[float]:
    """softmax(logits)[1] for each row of (n, 2): that a sentence is acceptable."""
    return [_sigmoid(row[1] - row[0]) for row in logits]


def calibrate(labels: Sequence[int], logits: Sequence[Sequence[float]], draws: int = DRAWS) -> Calibration | None:
    """Measure the calibration of logits (n, 2) against labels (n,); None for no sentence.

    The bins have equal sizes, to one sentence: equal widths would leave most of them empty (Nguyen and O'Connor
    2015, "Posterior calibration and exploratory analysis for natural language processing models", EMNLP). Of equal
    probabilities the earlier in the split comes first. In a finite sample the
    error has a floor above 0: its mean over `draws` sets of labels drawn with these probabilities, from a fixed seed
    (consistency resampling: Bröcker and Smith 2007, "Increasing the reliability of reliability diagrams",
    Weather and Forecasting 22:651).

    Args:
        labels: 1 acceptable, 0 not.
        logits: of not acceptable, acceptable.
        draws: of labels, for the floor.

    Raises:
        ValueError: the two differ in length.
    """
    ranked = sorted(zip(probabilities(logits), labels, strict=True), key=itemgetter(0))
    if not ranked:
        return None
    sorted_probabilities = [probability for probability, _ in ranked]
    bounds = sorted({round(index * len(ranked) / BINS) for index in range(BINS + 1)})
    bins = [_bin(ranked[start:end]) for start, end in pairwise(bounds)]
    return Calibration(
        brier=math.fsum((probability - label) ** 2 for probability, label in ranked) / len(ranked),
        expected_error=sum(group.n * abs(group.probability - group.acceptable) for group in bins) / len(ranked),
        floor=_floor(sorted_probabilities, bounds[:-1], draws),
        bins=bins,
    )


def _bin(ranked: Sequence[tuple[float, int]]) -> Bin:
    n = len(ranked)
    return Bin(n, math.fsum(probability for probability, _ in ranked) / n, sum(label for _, label in ranked) / n)


def _floor(sorted_probabilities: Sequence[float], starts: Sequence[int], draws: int) -> float:
    """Mean error of labels drawn with the probabilities; `starts` are the bins' first rows."""
    import numpy as np  # slow to import, and only this needs it

    generator = np.random.default_rng(0)
    chances = np.array(sorted_probabilities)
    total = 0.0
    for _ in range(draws):
        errors = (generator.random(len(chances)) < chances) - chances
        total += float(np.abs(np.add.reduceat(errors, starts)).sum())
    return total / (draws * len(chances))


def _sigmoid(margin: float) -> float:
    if margin >= 0:
        return 1 / (1 + math.exp(-margin))
    odds = math.exp(margin)
    return odds / (1 + odds)
