"""The learning rate of each step."""

from __future__ import annotations

import math

from colacli.config import Training


def learning_rate(training: Training, done: int, total: int) -> float:
    """The rate of the next step.

    `linear` and `cosine` (Loshchilov & Hutter 2017, equation 5, one cycle down to 0) start at `training.learning_rate`.

    Args:
        training: the first rate, and how it goes down.
        done: steps done so far, below `total`.
        total: steps of all epochs, those included that --patience may spare.
    """
    if training.schedule == "constant":
        return training.learning_rate
    spent = done / total
    left = 1 - spent if training.schedule == "linear" else (1 + math.cos(math.pi * spent)) / 2
    return training.learning_rate * left
