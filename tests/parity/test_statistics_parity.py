"""Tests, intervals, corrections and sample sizes against SciPy and statsmodels."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, bootstrap, t, ttest_ind, ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from arms_making import crossed
from colacli.statistics.bootstrap import bca_intervals, cells
from colacli.statistics.distributions import t_quantile, t_two_sided
from colacli.statistics.holm import holm
from colacli.statistics.paired import mcnemar
from colacli.statistics.proportions import wilson_interval
from colacli.statistics.seeds import paired_t, welch
from colacli.statistics.two_way import Spread

COUNT = st.integers(0, 400)
LARGE = [
    (50_500, 49_500),
    (49_999, 50_000),
    (50_000, 50_000),
    (46_000, 54_000),
    (45_000, 45_777),
    (9_000, 8_500),
]


@settings(deadline=None)
@given(COUNT, COUNT)
@example(0, 1)
@example(1, 1)
@example(7, 1)
def test_exact_p_agrees_with_scipy(only_a, only_b):
    """The exact p is SciPy's two-sided binomial test of a fair coin, to 1e-9."""
    if only_a + only_b:
        expected = binomtest(only_a, only_a + only_b, 0.5).pvalue

        assert mcnemar(only_a, only_b).exact_p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("only_a", "only_b"), LARGE)
def test_large_counts_agree_with_scipy(only_a, only_b):
    """Up to 100,000 sentences the exact p keeps nine digits, deep in the tail as well."""
    expected = binomtest(only_a, only_a + only_b, 0.5).pvalue

    assert mcnemar(only_a, only_b).exact_p == pytest.approx(expected, rel=1e-9)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_exact_p_agrees_with_statsmodels(only_a, only_b):
    """The exact p is that of statsmodels' exact McNemar test, to 1e-9."""
    if only_a + only_b:
        expected = statsmodels_mcnemar([[10, only_a], [only_b, 10]], exact=True).pvalue

        assert mcnemar(only_a, only_b).exact_p == pytest.approx(expected, rel=1e-9)


@settings(deadline=None)
@given(COUNT, COUNT)
@example(0, 1)
@example(5, 5)
def test_mid_p_agrees_with_its_definition(only_a, only_b):
    """The mid-p is twice the tail beyond the split, with the split itself counted half, to 1e-9.

    An even split lies in both tails; it is counted half in all (Fagerland et al. 2013).
    """
    if n := only_a + only_b:
        k = min(only_a, only_b)
        counted = 0.5 if only_a == only_b else 1.0
        expected = 2 * binom.cdf(k - 1, n, 0.5) + counted * binom.pmf(k, n, 0.5)

        assert mcnemar(only_a, only_b).mid_p == pytest.approx(expected, rel=1e-9)


@settings(deadline=None)
@given(st.integers(1, 10_000), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_s_interval_agrees_with_statsmodels(n, data, confidence):
    """However many sentences are right, and at any level, both ends agree to 1e-12."""
    right = data.draw(st.integers(0, n))
    expected = proportion_confint(right, n, alpha=1 - confidence, method="wilson")

    assert wilson_interval(right, n, confidence) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (0, 7), (7, 7), (3, 7), (421, 527)])
def test_wilson_s_interval_agrees_with_scipy(right, n):
    """SciPy's binomial test gives the same two ends, to 1e-12."""
    low, high = binomtest(right, n).proportion_ci(0.95, method="wilson")

    assert wilson_interval(right, n) == pytest.approx((low, high), abs=1e-12)


DEGREES = st.floats(0.8, 1e5)
ACCURACIES = st.lists(st.integers(0, 527), min_size=2, max_size=12)


@settings(deadline=None)
@given(st.floats(-40, 40), DEGREES)
def test_student_s_t_agrees_with_scipy(statistic, degrees):
    """The two-sided p agrees to nine digits, deep in the tail as well."""
    expected = 2 * t.sf(abs(statistic), degrees)

    assert t_two_sided(statistic, degrees) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@settings(deadline=None)
@given(st.floats(0.5, 0.9999), DEGREES)
@example(0.975, 1.0)
def test_student_s_quantile_agrees_with_scipy(probability, degrees):
    """To eight digits."""
    assert t_quantile(probability, degrees) == pytest.approx(t.ppf(probability, degrees), rel=1e-8, abs=1e-12)


@settings(deadline=None)
@given(ACCURACIES, ACCURACIES)
def test_welch_s_test_agrees_with_scipy(a, b):
    """Statistic, degrees and p, where both arms have a spread."""
    if len({*a}) > 1 and len({*b}) > 1:
        found, expected = welch(a, b), ttest_ind(a, b, equal_var=False)

        assert (found.statistic, found.degrees) == pytest.approx((expected.statistic, expected.df), rel=1e-9)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-8)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 527), st.integers(0, 527)), min_size=2, max_size=12))
def test_the_paired_t_test_agrees_with_scipy(pairs):
    """Statistic, degrees and p, where the differences differ."""
    a, b = zip(*pairs, strict=True)
    if len({one - other for one, other in pairs}) > 1:
        found, expected = paired_t(a, b), ttest_rel(a, b)

        assert (found.statistic, found.degrees) == pytest.approx((expected.statistic, expected.df), rel=1e-9)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-8)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 45])
def test_holm_s_correction_agrees_with_statsmodels(count):
    """Every corrected value agrees to 1e-12, ties and all."""
    values = (np.random.default_rng(count).random(count) ** 3).round(2).tolist()

    assert holm(values) == pytest.approx(multipletests(values, method="holm")[1], abs=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_bca_interval_agrees_with_scipy(seed):
    """Both ends of accuracy's and of MCC's (Pearson's), to a twentieth of the width: SciPy draws its own resamples."""
    labels, (a,), (b,) = crossed(np.random.default_rng(seed), 1, 300, ahead=0.3)
    sides = np.array([labels, a, b])

    def accuracy(rows):
        return (sides[1, rows] == sides[0, rows]).mean() - (sides[2, rows] == sides[0, rows]).mean()

    def mcc(rows):
        truth, one, other = sides[:, rows.astype(int)]
        return np.corrcoef(truth, one)[0, 1] - np.corrcoef(truth, other)[0, 1]

    for found, statistic in zip(bca_intervals(cells(labels, [a], [b])), (accuracy, mcc), strict=True):
        theirs = bootstrap(
            (np.arange(300),), statistic, vectorized=False, n_resamples=2000, rng=np.random.default_rng(seed)
        ).confidence_interval

        assert found == pytest.approx(tuple(theirs), abs=(found[1] - found[0]) / 20)


@pytest.mark.parametrize("effect", [0.5, 0.8, 1.2, 2.0])
def test_the_seeds_needed_agree_with_statsmodels(effect):
    """Where seeds are all there is to it, a paired t-test's sample size by the noncentral t is ours, to one seed."""
    expected = np.ceil(TTestPower().solve_power(effect, alpha=0.05, power=0.8))

    assert Spread(1.0, 0.0, 0.0, arms=1).seeds_needed(effect, 500) == pytest.approx(expected, abs=1)
