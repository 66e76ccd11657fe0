"""Runs of several seeds: summaries and t-tests."""

import math

import pytest

from colacli.statistics.seeds import Summary, TTest, paired_t, satterthwaite, summary, welch


def test_a_summary_of_a_worked_example():
    """Mean, standard deviation and range."""
    assert summary([0.7, 0.8, 0.75]) == Summary(pytest.approx(0.75), pytest.approx(0.05), 0.7, 0.8)


def test_a_single_run_has_no_standard_deviation():
    """One value says nothing of the spread."""
    assert summary([0.7]) == Summary(0.7, None, 0.7, 0.7)


def test_the_paired_test_of_a_worked_example():
    """Differences 1, 2 and 3 have t = 2 sqrt(3), which with two degrees of freedom is p = 0.0742."""
    found = paired_t([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])

    assert (found.paired, found.degrees) == (True, 2)
    assert (found.statistic, found.p) == pytest.approx((2 * math.sqrt(3), 1 - 2 * math.sqrt(3) / math.sqrt(14)))


@pytest.mark.parametrize("test", [paired_t, welch])
def test_no_difference_has_p_one(test):
    """Arms that agree in every seed can't be told apart."""
    assert (test([0.5, 0.5], [0.5, 0.5]).statistic, test([0.5, 0.5], [0.5, 0.5]).p) == (0.0, 1.0)


@pytest.mark.parametrize("test", [paired_t, welch])
def test_a_constant_difference_has_p_zero(test):
    """Where every seed gives the same difference the statistic is infinite, and is not a number."""
    assert test([0.75, 0.75], [0.5, 0.5]) == TTest(test is paired_t, None, test([1, 1], [0, 0]).degrees, 0.0)


def test_pairs_need_their_other_half():
    """Two arms of different sizes are not paired."""
    with pytest.raises(ValueError, match="shorter"):
        paired_t([0.1, 0.2, 0.3], [0.1, 0.2])


def test_equal_parts_add_their_degrees():
    """Two equal variances, each known with four degrees, are together known with eight."""
    assert satterthwaite(2.0, [(1.0, 4), (1.0, 4)]) == 8


def test_a_part_that_is_all_brings_its_own_degrees():
    """Where the other is 0 it tells nothing."""
    assert satterthwaite(1.0, [(1.0, 3), (0.0, 500)]) == 3
