"""Correction for several tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


def holm(values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order of the arguments, that control the family-wise error rate.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none becomes smaller than one before it
    (Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6:65).
    The tests may depend on each other.
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    scaled = (min(1.0, (len(values) - rank) * values[index]) for rank, index in enumerate(order))
    corrected = dict(zip(order, accumulate(scaled, max), strict=True))
    return [corrected[index] for index in range(len(values))]
