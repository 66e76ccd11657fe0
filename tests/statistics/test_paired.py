"""Paired counts, McNemar's test and the interval of their difference."""

import math
from functools import cache

import numpy as np
import pytest

from colacli.statistics.paired import McNemar, Paired, difference_interval, mcnemar, pair
from factories.arms import draws

WORKED = Paired(both_right=300, only_a_right=40, only_b_right=20, neither_right=167)


def test_pair_counts_who_is_right():
    """Each sentence is counted once, by which of the two judges it rightly."""
    paired = pair([1, 1, 0, 0, 1], [1, 0, 0, 1, 1], [1, 1, 1, 1, 0])

    assert paired == Paired(both_right=1, only_a_right=2, only_b_right=1, neither_right=1)
    assert (paired.n, paired.discordant, paired.accuracy_difference) == (5, 3, 1 / 5)


def test_pair_refuses_unequal_lengths():
    """A prediction missing on one side is an error."""
    with pytest.raises(ValueError, match="shorter"):
        pair([1, 0], [1, 0], [1])


def test_counts_add_up():
    """Counts over several pairs of runs are summed."""
    assert WORKED + Paired(1, 2, 3, 4) == Paired(301, 42, 23, 171)


def test_mcnemar_of_the_published_example():
    """One against seven gives 0.0703 exactly and 0.0391 by mid-p, as in Fagerland et al. 2013."""
    found = mcnemar(1, 7)

    assert (found.exact_p, found.mid_p) == pytest.approx((18 / 256, 10 / 256))


def test_mcnemar_is_symmetric():
    """Which of the two is called a does not change a p-value."""
    assert mcnemar(12, 30) == mcnemar(30, 12)


def test_mcnemar_without_discordant_pairs_is_one():
    """Where no sentence separates the two there is nothing to test."""
    assert mcnemar(0, 0) == McNemar(1.0, 1.0)


@pytest.mark.parametrize("count", [1, 2, 50, 50_000])
def test_mcnemar_of_an_even_split(count):
    """An even split has exact p 1, and mid-p less by half its own probability."""
    point = math.exp(math.lgamma(2 * count + 1) - 2 * math.lgamma(count + 1) - 2 * count * math.log(2))

    assert mcnemar(count, count).exact_p == 1.0
    assert mcnemar(count, count).mid_p == pytest.approx(1 - point / 2, rel=1e-9)


def test_mcnemar_of_a_hopelessly_one_sided_split_is_zero():
    """A probability below the smallest float is 0 and no error."""
    assert mcnemar(0, 100_000) == McNemar(0.0, 0.0)


def test_interval_is_antisymmetric():
    """Swapping a and b negates the interval and exchanges its ends."""
    low, high = difference_interval(WORKED)

    assert difference_interval(Paired(300, 20, 40, 167)) == pytest.approx((-high, -low))


def test_interval_without_discordant_sentences_is_z_squared_over_n_plus_z_squared():
    """Where no sentence separates two runs the score equation has this root (Tango 1998)."""
    end = 1.959963984540054**2 / (100 + 1.959963984540054**2)

    assert difference_interval(Paired(70, 0, 0, 30)) == pytest.approx((-end, end))


def test_interval_of_no_sentence_is_all_there_is():
    """Nothing is known."""
    assert difference_interval(Paired(0, 0, 0, 0)) == (-1.0, 1.0)


def test_interval_widens_with_confidence():
    """More confidence asks for a wider interval."""
    low, high = difference_interval(WORKED)
    lower, higher = difference_interval(WORKED, confidence=0.99)

    assert lower < low < high < higher


@pytest.mark.parametrize("paired", [Paired(0, 1, 0, 0), Paired(0, 0, 2, 0), Paired(0, 0, 0, 0)])
def test_interval_stays_within_possible_differences(paired):
    """However few the sentences, no end lies beyond -1 or 1."""
    low, high = difference_interval(paired)

    assert -1 <= low < high <= 1


@pytest.mark.parametrize(("n", "only_a", "only_b"), [(527, 0.10, 0.07), (527, 0.02, 0.02), (60, 0.20, 0.10)])
def test_interval_covers_the_true_difference(n, only_a, only_b):
    """In 4,000 seeded draws the 95 % interval holds the truth in 95 % of them, within 1.5 points."""
    interval = cache(difference_interval)
    intervals = [interval(paired) for paired in draws(n, only_a, only_b, times=4000)]
    covered = np.mean([low <= only_a - only_b <= high for low, high in intervals])

    assert covered == pytest.approx(0.95, abs=0.015)
