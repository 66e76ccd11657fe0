"""Arms compared by credits: exact tests against enumeration, and the coverage of their intervals."""

from itertools import product

import numpy as np
import pytest

from colacli.statistics.credits import compare_credits, corrected, sign_test
from colacli.statistics.distributions import fair_coins_tail
from colacli.statistics.paired import mcnemar


@pytest.mark.parametrize(("wholes", "halves"), [(0, 0), (0, 3), (3, 0), (4, 3), (2, 5)])
def test_the_tail_is_that_of_all_signs(wholes, halves):
    """Of every choice of signs, the fraction whose sum is as large."""
    signs = product((-1, 1), repeat=wholes + halves)
    sums = np.array([2 * sum(one[:wholes]) + sum(one[wholes:]) for one in signs])
    for least in range(-2 * wholes - halves - 1, 2 * wholes + halves + 2):
        assert fair_coins_tail(least, wholes, halves) == pytest.approx(float((sums >= least).mean()), abs=1e-14)


@pytest.mark.parametrize(("only_a", "only_b"), [(7, 3), (3, 7), (5, 5), (0, 0), (300, 240)])
@pytest.mark.parametrize("size", [1.0, 0.5])
def test_without_ties_it_is_mcnemars_test(only_a, only_b, size):
    """Also where every difference is a half, as against a constant judge."""
    found = sign_test(np.array([size] * only_a + [-size] * only_b + [0.0] * 4))
    expected = mcnemar(only_a, only_b)
    assert found.exact_p == pytest.approx(expected.exact_p, rel=1e-9)
    assert found.mid_p == pytest.approx(expected.mid_p, rel=1e-9)


def test_differences_count_by_their_size():
    """Three halves up and two wholes down are a lower mean, and the p-value is that of their sum."""
    differences = np.array([0.5, 0.5, 0.5, -1.0, -1.0])
    sums = np.array([sum(signs * abs(differences)) for signs in np.array(list(product((-1, 1), repeat=5)))])
    assert sign_test(differences).exact_p == pytest.approx(float((abs(sums) >= 0.5).mean()))


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 0.5, 1.0), (0.5,)])
def test_intervals_of_single_runs_hold_the_difference(values):
    """In about 95 of 100 samples of 100 pairs, with ties in neither, in both or against a judge that always ties."""
    draws = np.random.default_rng(1)
    expected = np.mean(values) - 0.7
    held = 0
    for _ in range(1_000):
        a, b = draws.choice(values, (1, 100)), (draws.random((1, 100)) < 0.7).astype(float)
        low, high = compare_credits(a, b, by_seed=False).interval
        held += low <= expected <= high
    assert 0.93 <= held / 1_000 <= 0.975


@pytest.mark.parametrize("by_seed", [True, False])
def test_intervals_of_arms_hold_the_difference(by_seed):
    """Over other seeds and other pairs: each seed has its own ability, and each pair its own difficulty."""
    draws = np.random.default_rng(2)
    held = 0
    for _ in range(1_000):
        difficulty = draws.normal(0, 0.15, 100)
        a, b = (0.6 + draws.normal(0, 0.03, (5, 1)) + difficulty for _ in range(2))
        answers = ((draws.random((5, 100)) < chances).astype(float) for chances in (a, b))
        found = compare_credits(*answers, by_seed=by_seed)
        held += found.interval[0] <= 0 <= found.interval[1]
    assert 0.93 <= held / 1_000 <= 0.99


def test_equal_arms_show_nothing():
    """A difference of 0 with p = 1, an interval around it, and no difference that could be detected."""
    one = (np.random.default_rng(3).random((4, 50)) < 0.6).astype(float)
    for arm, by_seed in ((one, True), (one[:1], False)):
        found = compare_credits(arm, arm, by_seed=by_seed)
        assert (found.difference, found.p, found.detectable) == (0.0, 1.0, None)
        assert found.interval[0] < 0 < found.interval[1]


def test_p_values_are_corrected_for_their_number():
    """By Holm's method."""
    draws = np.random.default_rng(4)
    found = [compare_credits(*draws.integers(0, 2, (2, 1, 40)).astype(float), by_seed=False) for _ in range(3)]
    assert min(one.holm_p for one in corrected(found)) == pytest.approx(min(1.0, 3 * min(one.p for one in found)))
