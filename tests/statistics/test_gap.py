"""The closed gap and its uncertainty."""

from __future__ import annotations

import random

import pytest

from colacli.statistics.gap import measure_gap


def _answers(right: int, n: int, seed: int) -> list[int]:
    """Answers to all-acceptable sentences, so many of them right, in random order."""
    answers = [1] * right + [0] * (n - right)
    random.Random(seed).shuffle(answers)
    return answers


def test_parts_are_differences_of_accuracy() -> None:
    """A teacher at 90 %, students at 70 % and 80 %: half the gap is closed, and every interval holds its value."""
    n = 1000
    gap = measure_gap([1] * n, _answers(900, n, 1), _answers(700, n, 2), _answers(800, n, 3))
    assert (gap.lead, gap.gained, gap.closed) == pytest.approx((0.2, 0.1, 0.5))
    assert gap.closed_interval is not None
    for value, (low, high) in [
        (gap.lead, gap.lead_interval),
        (gap.gained, gap.gained_interval),
        (gap.closed or 0, gap.closed_interval),
    ]:
        assert low < value < high


def test_no_part_of_a_gap_that_may_not_be_there() -> None:
    """Where the teacher's lead is within chance, no ratio is given; nor where it has none."""
    n = 200
    for right in (142, 140, 130):
        gap = measure_gap([1] * n, _answers(right, n, 1), _answers(140, n, 2), _answers(141, n, 3))
        assert gap.closed is None
        assert gap.closed_interval is None


def test_intervals_agree_with_the_normal_approximation() -> None:
    """The lead's bootstrap interval is within half a point of mean +- 1.96 standard errors."""
    n = 1000
    teacher, alone = _answers(850, n, 1), _answers(750, n, 2)
    gap = measure_gap([1] * n, teacher, alone, alone)
    differences = [t - a for t, a in zip(teacher, alone, strict=True)]
    variance = sum((one - gap.lead) ** 2 for one in differences) / (n - 1)
    half = 1.96 * (variance / n) ** 0.5
    assert gap.lead_interval == pytest.approx((gap.lead - half, gap.lead + half), abs=0.005)
