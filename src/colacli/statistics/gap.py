"""How much of a teacher's lead over a student trained alone distillation closes, and how sure that is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 2000


@dataclass(frozen=True)
class Gap:
    """Points of accuracy, as fractions; every interval is of 95 %."""

    lead: float
    """Teacher's accuracy less that of the student alone."""
    lead_interval: tuple[float, float]
    gained: float
    """Distilled student's accuracy less that of the student alone."""
    gained_interval: tuple[float, float]
    closed: float | None
    """Gained over lead; None where the teacher leads in too few resamples for the ratio to mean anything."""
    closed_interval: tuple[float, float] | None


def measure_gap(labels: Sequence[int], teacher: Sequence[int], alone: Sequence[int], distilled: Sequence[int]) -> Gap:
    """Means over the sentences, and a paired percentile bootstrap over them (Efron and Tibshirani 1993, ch. 13).

    It is the uncertainty of the choice of sentences alone: another seed of training would move it further.

    Args:
        labels: the true label of each sentence.
        teacher: what the teacher says of each.
        alone: what the student trained alone says.
        distilled: what the distilled student says.
    """
    rows = [
        ((t == label) - (a == label), (d == label) - (a == label))
        for label, t, a, d in zip(labels, teacher, alone, distilled, strict=True)
    ]
    lead, gained = _means(rows)
    generator = random.Random(0)
    draws = [_means(generator.choices(rows, k=len(rows))) for _ in range(RESAMPLES)]
    led = [(one, gain) for one, gain in draws if one > 0]
    # Within the middle 95 % of resamples the lead must be positive, or the ratio has no interval.
    sure = lead > 0 and len(led) > 0.975 * RESAMPLES
    return Gap(
        lead,
        _middle([one for one, _ in draws]),
        gained,
        _middle([gain for _, gain in draws]),
        gained / lead if sure else None,
        _middle([gain / one for one, gain in led]) if sure else None,
    )


def _means(rows: Sequence[tuple[int, int]]) -> tuple[float, float]:
    return sum(row[0] for row in rows) / len(rows), sum(row[1] for row in rows) / len(rows)


def _middle(values: list[float]) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile."""
    ranked = sorted(values)
    cut = round(0.025 * len(ranked))
    return ranked[cut], ranked[-1 - cut]
