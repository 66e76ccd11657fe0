"""What it means that one of several trials was chosen: how good the best of n is, and how much of that is luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ChosenBy = Literal["accuracy", "mcc"]

_HALVINGS = 1000


@dataclass(frozen=True)
class ExpectedBest:
    """The best validation measure of a random search with this many trials."""

    trials: int
    mean: float
    standard_deviation: float
    """Of the best, from one such search to another."""


@dataclass(frozen=True)
class ChoiceBias:
    """A measure of the trial that is best on one half of the validation sentences; means over random halvings."""

    chosen: float
    """On the half that it was chosen by."""
    fresh: float
    """On the other half."""

    @property
    def bias(self) -> float:
        """By how much the first is too good."""
        return self.chosen - self.fresh


def expected_best(values: Sequence[float]) -> list[ExpectedBest]:
    """The expected maximum of 1, 2, ..., N trials drawn with replacement from N (N,) that were made.

    Dodge, Gururangan, Card, Schwartz and Smith 2019, "Show your work: improved reporting of experimental results",
    section 3.2: P(max of n <= v) is the n-th power of the empirical P(value <= v). Drawing with replacement makes it a
    little too low for n near N (Tang, Lee, Xin, Liu, Yu and Lin 2020, "Showing your work doesn't always work").
    """
    ordered = sorted(values)
    results = []
    for trials in range(1, len(ordered) + 1):
        below = [(rank / len(ordered)) ** trials for rank in range(len(ordered) + 1)]
        chances = [upper - lower for lower, upper in pairwise(below)]
        mean = sum(chance * value for chance, value in zip(chances, ordered, strict=True))
        variance = sum(chance * (value - mean) ** 2 for chance, value in zip(chances, ordered, strict=True))
        results.append(ExpectedBest(trials, mean, math.sqrt(variance)))
    return results


def choice_bias(labels: Sequence[int], predicted: Sequence[Sequence[int]], by: ChosenBy) -> ChoiceBias | None:
    """How optimistic it is to report the chosen trial's own validation measure.

    The validation sentences are halved at random, the trial that is best on one half is measured on the other. Halves
    are smaller than the whole, on which the choice is steadier: the bias of a choice by all sentences is smaller.

    Args:
        labels: (n,)
        predicted: of each trial, (trials, n).
        by: the measure.

    Returns:
        None with fewer than two trials or four sentences: then there is no choice, or no halves.
    """
    if len(predicted) < 2 or len(labels) < 4:
        return None
    import numpy as np

    truth, answers = np.array(labels, dtype=np.float64), np.array(predicted, dtype=np.float64)
    generator, half = np.random.default_rng(0), len(truth) // 2
    pairs = []
    for _ in range(_HALVINGS):
        order = generator.permutation(len(truth))
        first, second = order[:half], order[half:]
        values = _measure(truth[first], answers[:, first], by)
        best = int(values.argmax())
        pairs.append((float(values[best]), float(_measure(truth[second], answers[[best]][:, second], by)[0])))
    return ChoiceBias(fmean(chosen for chosen, _ in pairs), fmean(fresh for _, fresh in pairs))


def _measure(labels: NDArray[np.float64], predicted: NDArray[np.float64], by: ChosenBy) -> Any:
    """Accuracy or MCC (trials,) of predictions (trials, n); MCC is 0 where undefined."""
    import numpy as np

    if by == "accuracy":
        return (predicted == labels).mean(axis=1)
    tp = predicted @ labels
    fp, fn = predicted.sum(axis=1) - tp, labels.sum() - tp
    tn = len(labels) - tp - fp - fn
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / np.sqrt(np.where(margins > 0, margins, 1.0)) * (margins > 0)
