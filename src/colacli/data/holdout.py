"""What `--validation holdout` holds out: a tenth of the training sentences."""

from __future__ import annotations

import random

from colacli.errors import DataError

_SHARE = 0.1


def holdout_rows(labels: list[int]) -> tuple[list[int], list[int]]:
    """Rows to train on and a tenth to validate on, stratified by label, the same for every run and seed.

    Raises:
        DataError: there are too few sentences for a tenth of them to be any.
    """
    chooser = random.Random(0)
    held: list[int] = []
    for label in (0, 1):
        rows = [row for row, one in enumerate(labels) if one == label]
        held += chooser.sample(rows, round(_SHARE * len(rows)))
    if not held:
        raise DataError(
            f"a tenth of {len(labels)} training sentences is none: too few to hold any out", "give --validation dev"
        )
    apart = set(held)
    return [row for row in range(len(labels)) if row not in apart], sorted(held)
