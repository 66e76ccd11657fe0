"""Does a judge know how sure it may be? Brier score and calibration error of its probabilities.

Computed from stored predictions when asked for, never stored: a run's `metrics.json` stays what it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS = 10
DRAWS = 1000


@dataclass(frozen=True)
class Bin:
    """A tenth of the sentences, those of neighbouring probabilities."""

    n: int
    probability: float
    """Mean probability that they are acceptable, in the model's eyes."""
    acceptable: float
    """Share of them that are."""


@dataclass(frozen=True)
class Calibration:
    """How far probabilities can be taken at their word."""

    brier: float
    """Mean squared error of the probabilities, 0 to 1; 0.25 for always saying one half (Brier 1950)."""
    expected_error: float
    """Expected calibration error: the bins' mean distance of probability and share, weighted by their sizes."""
    floor: float
    """What that comes to, on average, for a model with these probabilities that is perfectly calibrated."""
    bins: list[Bin]
    """From the least to the most acceptable."""


def probabilities(logits: Sequence[Sequence[float]]) -> list[float]:
    """softmax(logits)[1] for each row of (n, 2): that a sentence is acceptable."""
    return [_sigmoid(row[1] - row[0]) for row in logits]


def calibrate(labels: Sequence[int], logits: Sequence[Sequence[float]], draws: int = DRAWS) -> Calibration | None:
    """Measure the calibration of logits (n, 2) against labels (n,); None for no sentence.

    The bins hold equally many sentences, to one: equal widths would leave most of them empty (Nguyen and O'Connor
    2015, "Posterior calibration and exploratory analysis for natural language processing models", EMNLP). Of equal
    probabilities the earlier in the split comes first. A finite sample is never calibrated to the letter, so the
    error has a floor above 0: its mean over `draws` sets of labels drawn with these very probabilities, from a fixed
    seed (consistency resampling: Bröcker and Smith 2007, "Increasing the reliability of reliability diagrams",
    Weather and Forecasting 22:651).

    Args:
        labels: 1 acceptable, 0 not.
        logits: of not acceptable, acceptable.
        draws: of labels, for the floor.

    Raises:
        ValueError: the two differ in length.
    """
    judged = sorted(zip(probabilities(logits), labels, strict=True), key=lambda one: one[0])
    if not judged:
        return None
    sorted_probabilities = [probability for probability, _ in judged]
    bounds = sorted({round(index * len(judged) / BINS) for index in range(BINS + 1)})
    bins = [_bin(judged[start:end]) for start, end in pairwise(bounds)]
    return Calibration(
        brier=math.fsum((probability - label) ** 2 for probability, label in judged) / len(judged),
        expected_error=sum(one.n * abs(one.probability - one.acceptable) for one in bins) / len(judged),
        floor=_floor(sorted_probabilities, bounds[:-1], draws),
        bins=bins,
    )


def _bin(judged: Sequence[tuple[float, int]]) -> Bin:
    n = len(judged)
    return Bin(n, math.fsum(probability for probability, _ in judged) / n, sum(label for _, label in judged) / n)


def _floor(sorted_probabilities: Sequence[float], starts: Sequence[int], draws: int) -> float:
    """The mean error of labels that were drawn with the probabilities; `starts` are the bins' first rows."""
    import numpy as np  # slow to import, and only this needs it

    generator = np.random.default_rng(0)
    chances = np.array(sorted_probabilities)
    total = 0.0
    for _ in range(draws):
        gaps = (generator.random(len(chances)) < chances) - chances
        total += float(np.abs(np.add.reduceat(gaps, starts)).sum())
    return total / (draws * len(chances))


def _sigmoid(margin: float) -> float:
    if margin >= 0:
        return 1 / (1 + math.exp(-margin))
    odds = math.exp(margin)
    return odds / (1 + odds)
