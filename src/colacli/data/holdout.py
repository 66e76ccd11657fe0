"""The tenth of the training sentences that `--validation holdout` holds out."""

from __future__ import annotations

import random

from colacli.errors import DataError

_FRACTION = 0.1


def holdout_rows(labels: list[int]) -> tuple[list[int], list[int]]:
    """Rows to train on and a tenth to validate on, stratified by label, the same for every run and seed.

    Raises:
        DataError: there are too few sentences for a tenth of them to be any.
    """
    rng = random.Random(0)
    holdout: list[int] = []
    for label in (0, 1):
        rows = [row for row, actual in enumerate(labels) if actual == label]
        holdout += rng.sample(rows, round(_FRACTION * len(rows)))
    if not holdout:
        raise DataError(
            f"a tenth of {len(labels)} training sentences is none: too few to hold any out", "give --validation dev"
        )
    return sorted(set(range(len(labels))) - set(holdout)), sorted(holdout)
