"""AUC, average precision and the point-biserial correlation: intervals, differences, and what is undefined."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from colacli.statistics.threshold_free import (
    EQUAL_SCORES,
    MEASURES,
    NO_VARIANCE,
    ONE_LABEL,
    TOO_FEW,
    Estimate,
    difference_estimates,
    estimates,
    measure_scores,
)
from factories.scores import arm_scores, scored

LABELS = [1, 0, 1, 1, 0, 1]


def test_a_perfect_ranking():
    """All are right: both areas are 1, and since no sentence changes them there is no interval."""
    found = estimates(measure_scores(LABELS, [1, 0, 1.5, 2, -3, 1]))

    assert found["auc"] == found["average_precision"] == Estimate(1.0, None, NO_VARIANCE)
    assert found["point_biserial"].interval is not None


def test_one_label_has_no_measure():
    """There is nothing to tell apart: null, and why."""
    assert estimates(measure_scores([1, 1, 1], [1, 2, 3])) == dict.fromkeys(MEASURES, Estimate(None, None, ONE_LABEL))


def test_a_label_that_stands_alone_has_no_interval():
    """One sentence has no variance; the measures themselves are defined."""
    found = estimates(measure_scores([1, 1, 0, 1], [1, 2, 1.5, 3]))

    assert (found["auc"].value, found["average_precision"].value) == pytest.approx((2 / 3, (1 + 1 + 3 / 4) / 3))
    assert {(one.interval, one.reason) for one in found.values()} == {(None, TOO_FEW)}


def test_equal_scores():
    """They rank nothing, half of all pairs right, and correlate with nothing."""
    found = estimates(measure_scores(LABELS, [0.5] * 6))

    assert found["auc"] == Estimate(0.5, None, NO_VARIANCE)
    assert found["average_precision"] == Estimate(pytest.approx(4 / 6), pytest.approx((0.2, 0.95), abs=0.06))
    assert found["point_biserial"] == Estimate(None, None, EQUAL_SCORES)


def test_an_increasing_function_of_the_scores_changes_no_rank():
    """The areas depend on the order alone; the correlation on the scores."""
    labels, (scores,) = scored(np.random.default_rng(0), 1, 100)
    before, after = (estimates(measure_scores(labels, one)) for one in (scores, np.exp(scores)))

    assert (before["auc"], before["average_precision"]) == (after["auc"], after["average_precision"])
    assert before["point_biserial"] != after["point_biserial"]


def test_a_run_does_not_differ_from_itself():
    """The difference is 0; there is no interval because no sentence changes it."""
    measures = measure_scores(*map(list, zip(*[(1, 2.0), (0, 3.0), (1, 4.0), (0, 1.0)], strict=True)))

    assert set(difference_estimates([measures], [measures], by_seed=False).values()) == {
        Estimate(0.0, None, NO_VARIANCE)
    }


def test_an_undefined_measure_has_no_difference():
    """Whichever of the two it is."""
    defined, undefined = measure_scores(LABELS, [1, 2, 3, 4, 5, 6]), measure_scores(LABELS, [0.0] * 6)

    for pair in ((defined, undefined), (undefined, defined)):
        found = difference_estimates([pair[0]], [pair[1]], by_seed=False)
        assert found["point_biserial"] == Estimate(None, None, EQUAL_SCORES)
        assert found["auc"].interval is not None


def test_the_difference_of_paired_areas_is_delong_s():
    """Wald's interval with the variance of two AUCs' difference, Student's t beyond the normal by less than 1 %."""
    random = np.random.default_rng(3)
    labels, (a, b) = scored(random, 2, 400)
    found = difference_estimates([measure_scores(labels, a)], [measure_scores(labels, b)], by_seed=False)["auc"]
    one, other = measure_scores(labels, a)["auc"], measure_scores(labels, b)["auc"]
    error = math.sqrt(((one.influences - other.influences) ** 2).sum()) / 400

    assert found.value == pytest.approx(one.value - other.value)
    margin = norm.ppf(0.975) * error

    assert [end - found.value for end in found.interval] == pytest.approx([-margin, margin], rel=0.01)


def test_means_over_seeds_and_pairing():
    """The difference is that of the means; where seeds are good in both arms alike, pairs are surer."""
    random = np.random.default_rng(5)
    labels, sentence = (random.random(300) < 0.7).astype(int), random.normal(0, 1, 300)
    skill = random.normal(1, 0.5, 6)
    a, b = (
        [measure_scores(labels, arm_scores(random, labels, sentence, 1, apart=one)[0]) for one in skill] for _ in "ab"
    )
    paired, unpaired = (difference_estimates(a, b, by_seed=by_seed) for by_seed in (True, False))
    means = [np.mean([run["auc"].value for run in arm]) for arm in (a, b)]

    assert paired["auc"].value == pytest.approx(means[0] - means[1])
    for name in MEASURES:
        assert np.ptp(paired[name].interval) < 0.8 * np.ptp(unpaired[name].interval)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(-1e30, 1e30), st.integers(0, 2)), min_size=1, max_size=9))
def test_the_oddest_scores_are_measured(rows):
    """Values and ends are finite and within their limits, the value within its interval, or null with a reason."""
    labels, a, b = zip(*rows, strict=True)
    runs = [measure_scores(labels, scores) for scores in (a, b)]
    found = [(ends, one[name]) for one in map(estimates, runs) for name, ends in MEASURES.items()]
    differences = difference_estimates(runs[:1], runs[1:], by_seed=False)
    found += [((-2, 2), one) for one in differences.values()]
    for (least, most), one in found:
        assert (one.reason is None) == (one.interval is not None)
        if one.value is not None:
            assert least <= one.value <= most
        if one.interval is not None:
            low, high = one.interval
            assert low - 1e-12 <= one.value <= high + 1e-12
