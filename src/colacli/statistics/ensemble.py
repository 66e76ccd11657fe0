"""What several models judge together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np


def ensemble_labels(
    logits: Sequence[Sequence[Sequence[float]]], average: Literal["logits", "probabilities"], temperature: float = 1.0
) -> list[int]:
    """The labels (n,) that K models' logits (K, n, 2) have as an ensemble (Hinton, Vinyals, Dean 2015, section 1).

    Args:
        logits: of each model.
        average: of what.
        temperature: by which logits are divided before they become probabilities.
    """
    values = np.asarray(logits, dtype=np.float64)
    if average == "probabilities":
        margins = (values[..., 1] - values[..., 0]) / temperature
        accepting = np.exp(-np.logaddexp(0.0, -margins)).mean(axis=0) > 0.5  # the mean of sigmoids
    else:
        mean = values.mean(axis=0)
        accepting = mean[:, 1] > mean[:, 0]
    labels: list[int] = accepting.astype(int).tolist()
    return labels
