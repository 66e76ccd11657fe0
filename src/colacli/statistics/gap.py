"""How much of the gap between a teacher and a student trained alone distillation closes, with intervals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 2000


@dataclass(frozen=True)
class Gap:
    """Differences of accuracy, as fractions; every interval is of 95 %."""

    lead: float
    """accuracy(teacher) − accuracy(student alone)."""
    lead_interval: tuple[float, float]
    gained: float
    """accuracy(distilled student) − accuracy(student alone)."""
    gained_interval: tuple[float, float]
    closed: float | None
    """gained / lead; None where the teacher leads in too few resamples for the ratio to have an interval."""
    closed_interval: tuple[float, float] | None


def measure_gap(labels: Sequence[int], teacher: Sequence[int], alone: Sequence[int], distilled: Sequence[int]) -> Gap:
    """Means over the sentences, and a paired percentile bootstrap over them (Efron and Tibshirani 1993, ch. 13).

    It measures the uncertainty of the choice of sentences alone, not that of training seeds.

    Args:
        labels: the true label of each sentence.
        teacher: the teacher's predictions.
        alone: those of the student trained alone.
        distilled: those of the distilled student.
    """
    rows = [
        ((t == label) - (a == label), (d == label) - (a == label))
        for label, t, a, d in zip(labels, teacher, alone, distilled, strict=True)
    ]
    lead, gained = _means(rows)
    generator = random.Random(0)
    draws = [_means(generator.choices(rows, k=len(rows))) for _ in range(RESAMPLES)]
    ratios = [draw_gained / draw_lead for draw_lead, draw_gained in draws if draw_lead > 0]
    # Within the middle 95 % of resamples the lead must be positive, or the ratio has no interval.
    has_ratio = lead > 0 and len(ratios) > 0.975 * RESAMPLES
    return Gap(
        lead,
        _interval([draw_lead for draw_lead, _ in draws]),
        gained,
        _interval([draw_gained for _, draw_gained in draws]),
        gained / lead if has_ratio else None,
        _interval(ratios) if has_ratio else None,
    )


def _means(rows: Sequence[tuple[int, int]]) -> tuple[float, float]:
    return sum(row[0] for row in rows) / len(rows), sum(row[1] for row in rows) / len(rows)


def _interval(values: list[float]) -> tuple[float, float]:
    """The 2.5th and the 97.5th percentile."""
    ranked = sorted(values)
    cut = round(0.025 * len(ranked))
    return ranked[cut], ranked[-1 - cut]
