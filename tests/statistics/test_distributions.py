"""Student's t at its edges; tests/parity compares it with SciPy's."""

import math

import pytest

from colacli.statistics.distributions import normal_quantile, t_quantile, t_two_sided


def test_no_deviation_has_p_one():
    """0 is exceeded always."""
    assert t_two_sided(0.0, 5) == 1.0


def test_the_sign_does_not_matter():
    """Both tails count."""
    assert t_two_sided(-2.5, 3.7) == t_two_sided(2.5, 3.7)


def test_one_degree_is_cauchy_s():
    """P(|T| > t) is 1 - 2 / pi atan(t)."""
    assert t_two_sided(3.0, 1) == pytest.approx(1 - 2 / math.pi * math.atan(3))


def test_many_degrees_are_the_normal_s():
    """With a hundred million of them nothing is left between the two."""
    assert t_quantile(0.975, 1e8) == pytest.approx(normal_quantile(0.975), abs=1e-7)


def test_the_median_is_zero():
    """Half of it lies below 0, with any degrees."""
    assert t_quantile(0.5, 2.5) == 0.0
