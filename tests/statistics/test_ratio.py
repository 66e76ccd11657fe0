"""The ratio of two arms' MCC: its value, its interval, and how often that holds the truth."""

import numpy as np
import pytest

from colacli.statistics.ratio import mcc_ratio
from factories.arms import graded

STRONG, WEAKER = (1.5, 0.1, 0.0), (0.8, 0.1, 0.0)
"""How far acceptable sentences score above others; mean and deviation of the threshold."""


def mcc(labels, answers):
    """Mean over runs."""
    return np.mean([np.corrcoef(labels, run)[0, 1] for run in answers])


def test_it_is_the_ratio_of_the_means_over_seeds():
    """Not the mean of ratios; the interval holds it."""
    labels, a, b = graded(np.random.default_rng(0), 4, 500, WEAKER, STRONG)
    ratio = mcc_ratio(labels, a, b)

    assert ratio.value == pytest.approx(mcc(labels, a) / mcc(labels, b))
    assert ratio.interval[0] < ratio.value < ratio.interval[1]


def test_an_arm_has_all_of_its_own():
    """With hardly any uncertainty: of the sentences that `smoothed` adds, on which both differ."""
    labels, a, _ = graded(np.random.default_rng(0), 1, 1_000, STRONG, STRONG)
    low, high = mcc_ratio(labels, a, a).interval

    assert 0.98 < low <= 1 <= high < 1.02


@pytest.mark.parametrize("runs", [1, 5])
def test_turned_round_it_is_the_inverse(runs):
    """As Fieller's interval is, unlike a difference's of logarithms or the jackknife's of the ratio itself."""
    labels, a, b = graded(np.random.default_rng(1), runs, 527, WEAKER, STRONG)
    low, high = mcc_ratio(labels, a, b).interval

    assert mcc_ratio(labels, b, a).interval == pytest.approx((1 / high, 1 / low), rel=1e-6)


def test_of_single_runs_it_is_fieller_s():
    """The roots of his quadratic, with variances and covariance of a bootstrap over sentences."""
    labels, a, b = graded(np.random.default_rng(2), 1, 2_000, WEAKER, STRONG)
    rows, random = np.array([labels, *a, *b]), np.random.default_rng(5)
    drawn = [np.corrcoef(rows[:, random.integers(0, 2_000, 2_000)])[0, 1:] for _ in range(4_000)]
    (of_a, covariance), (_, of_b) = np.cov(np.array(drawn).T)
    value_a, value_b, t2 = mcc(labels, a), mcc(labels, b), 1.961**2
    quadratic = value_b**2 - t2 * of_b, -2 * (value_a * value_b - t2 * covariance), value_a**2 - t2 * of_a

    assert mcc_ratio(labels, a, b).interval == pytest.approx(sorted(np.roots(quadratic)), rel=0.01)


def test_beside_an_mcc_that_may_be_0_there_is_none():
    """Its bounds would be infinite; nor beside one below 0."""
    random = np.random.default_rng(3)
    labels, a, blind = graded(random, 1, 300, STRONG, (0.0, 0.1, 0.0))
    against = [[1 - answer for answer in a[0]]]

    assert mcc_ratio(labels, a, blind) is None
    assert mcc_ratio(labels, a, against) is None


def covered(random, times, n, students, teachers):
    """The fraction of intervals that hold the truth: that of very many sentences and seeds."""
    weaker, strong = (WEAKER[0], 0.1, 0.2), (STRONG[0], 0.1, 0.2)
    labels, a, b = graded(np.random.default_rng(99), 200, 20_000, weaker, strong)
    truth = mcc(labels, a) / mcc(labels, b)
    draws = (graded(random, max(students, teachers), n, weaker, strong) for _ in range(times))
    found = [mcc_ratio(labels, a[:students], b[:teachers]) for labels, a, b in draws]
    return np.mean([one is not None and one.interval[0] <= truth <= one.interval[1] for one in found])


def test_a_few_draws_are_covered():
    """Of 200 draws of five students and five teachers at least 90 %: `test_coverage` in small."""
    assert covered(np.random.default_rng(4), 200, 300, 5, 5) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 527, 1043])
@pytest.mark.parametrize("runs", [3, 5, 10])
def test_coverage(n, runs):
    """Of 500 draws with several seeds of both; docs/statistics.md has 2,000."""
    found = covered(np.random.default_rng(n + runs), 500, n, runs, runs)
    print(f"{n} sentences, {runs} seeds: {100 * found:.1f} %")

    assert 0.93 <= found <= 0.99
