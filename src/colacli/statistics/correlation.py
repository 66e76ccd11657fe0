"""The interval of one run's MCC."""

from __future__ import annotations

import math
from dataclasses import astuple

from colacli.metrics import Confusion
from colacli.statistics.distributions import normal_quantile


def single_mcc_interval(counts: Confusion) -> tuple[float, float]:
    """95 % interval of the MCC that these counts have, within [-1, 1]; it holds that MCC.

    Wald's interval by the delta method (`Confusion.mcc_error`), after half a sentence is added to each of the four
    counts, as for two runs (`bootstrap.smoothed`): without them a label that is hardly ever predicted seems certain.
    docs/statistics.md has its coverage.
    """
    doubled = Confusion(*(2 * count + 1 for count in astuple(counts)))  # of the enlarged sample, in whole sentences
    error = doubled.mcc_error
    assert error is not None  # no count is 0
    margin = normal_quantile(0.975) * error * math.sqrt(2)  # half as many sentences
    return max(-1.0, min(counts.mcc, doubled.mcc - margin)), min(1.0, max(counts.mcc, doubled.mcc + margin))
