"""Tests, intervals, corrections and sample sizes against SciPy and statsmodels."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom, binomtest, norm, t, ttest_ind, ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from colacli.statistics.distributions import t_quantile, t_two_sided
from colacli.statistics.holm import holm
from colacli.statistics.paired import Paired, difference_interval, mcnemar
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


def most_likely_error(only_a, only_b, n, difference):
    """Of only_a - only_b, the likelihood of the counts being maximised numerically at that difference."""

    def unlikelihood(fraction):  # of sentences that only b has right
        return -float(
            xlogy(only_a, fraction + difference)
            + xlogy(only_b, fraction)
            + xlogy(n - only_a - only_b, 1 - 2 * fraction - difference)
        )

    bounds = max(0.0, -difference), (1 - difference) / 2
    fraction = minimize_scalar(unlikelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return np.sqrt(n * (2 * fraction + difference * (1 - difference)))


@pytest.mark.parametrize("confidence", [0.9, 0.95])
@pytest.mark.parametrize("counts", [(43, 0, 1, 0), (300, 40, 20, 167), (90, 3, 1, 6), (0, 5, 3, 0), (400, 9, 0, 118)])
def test_tango_s_interval_agrees_with_direct_maximisation(counts, confidence):
    """At both ends the score, by the numerically maximised likelihood, is the normal quantile, to 1e-4.

    The first is the example of Tango 1998: 43 of 44 pairs agree, whose 90 % interval is -.096 to .037.
    """
    paired = Paired(*counts)
    scores = [
        (paired.only_a_right - paired.only_b_right - paired.n * end)
        / most_likely_error(paired.only_a_right, paired.only_b_right, paired.n, end)
        for end in difference_interval(paired, confidence)
    ]
    z = norm.ppf((1 + confidence) / 2)

    assert scores == pytest.approx([z, -z], abs=1e-4)
    assert difference_interval(Paired(43, 0, 1, 0), 0.9) == pytest.approx((-0.096, 0.037), abs=5e-4)


@pytest.mark.parametrize("effect", [0.5, 0.8, 1.2, 2.0])
def test_the_seeds_needed_agree_with_statsmodels(effect):
    """Where seeds are all there is to it, a paired t-test's sample size by the noncentral t is ours, to one seed."""
    expected = np.ceil(TTestPower().solve_power(effect, alpha=0.05, power=0.8))

    assert Spread(1.0, 0.0, 0.0, arms=1).seeds_needed(effect, 500) == pytest.approx(expected, abs=1)
