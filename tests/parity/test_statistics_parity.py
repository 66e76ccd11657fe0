"""McNemar's test and Wilson's interval against SciPy and statsmodels."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.proportion import proportion_confint

from colacli.statistics import mcnemar, wilson_interval

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
