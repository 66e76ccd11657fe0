"""Intervals of a single accuracy."""

import pytest

from colacli.statistics.proportions import wilson_interval


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 49, 527, 8551])
def test_wilson_s_interval_holds_the_accuracy(n):
    """It lies within 0 and 1, has a width, and reaches the accuracy itself where none or all are right."""
    intervals = [wilson_interval(right, n) for right in range(n + 1)]

    assert all(0 <= low <= right / n <= high <= 1 for right, (low, high) in enumerate(intervals))
    assert all(low < high for low, high in intervals)
    assert (intervals[0][0], intervals[-1][1]) == (0.0, 1.0)


def test_wilson_s_interval_is_the_same_seen_from_the_errors():
    """Counting the wrong ones instead mirrors it."""
    low, high = wilson_interval(3, 20)

    assert wilson_interval(17, 20) == pytest.approx((1 - high, 1 - low))


def test_no_sentence_tells_nothing_of_an_accuracy():
    """Without any it may be all there is between 0 and 1."""
    assert wilson_interval(0, 0) == (0.0, 1.0)
