"""The interval of a mean of proportions holds the mean as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from colacli.statistics.proportions import mean_interval, wilson_interval


def test_of_one_proportion_it_is_wilsons():
    """With a single group nothing is recovered: it is that group's interval."""
    assert mean_interval([(7, 10)]) == pytest.approx(wilson_interval(7, 10))


def test_more_groups_are_surer():
    """Four groups of the same counts have half the width of one."""
    (low, high), (low_of_four, high_of_four) = mean_interval([(60, 100)]), mean_interval([(60, 100)] * 4)
    assert (high_of_four - low_of_four) == pytest.approx((high - low) / 2)


def test_all_right_is_no_certainty():
    """Its upper end is 1 and its lower one below."""
    low, high = mean_interval([(10, 10)] * 5)
    assert low < high == 1.0


@pytest.mark.parametrize(("groups", "n"), [(12, 20), (67, 100)])
def test_coverage(groups, n):
    """Of 2,000 samples from groups of unequal difficulty, 93 to 98 % of the intervals hold the true mean."""
    random = np.random.default_rng(0)
    truth = random.uniform(0.3, 0.98, groups)
    hits = 0
    for _ in range(2000):
        low, high = mean_interval([(int(right), n) for right in random.binomial(n, truth)])
        hits += low <= truth.mean() <= high
    assert 0.93 <= hits / 2000 <= 0.98
