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

LABELS = [1, 0, 1, 1, 0, 1]


def scored(random, runs, n, *, apart=1.0, seed=0.0, common=0.6):
    """Labels (n,) and scores (runs, n) of one arm: scores of one sentence correlate by `common` between runs.

    `apart` is the distance of both labels' scores; `seed` is its deviation between runs.
    """
    labels = (random.random(n) < 0.7).astype(int)
    return labels, arm_scores(random, labels, random.normal(0, 1, n), runs, apart=apart, seed=seed, common=common)


def arm_scores(random, labels, sentence, runs, *, apart=1.0, seed=0.0, common=0.6):
    """Scores (runs, n) of an arm for sentences with these labels and difficulties."""
    own = random.normal(0, 1, (runs, len(labels)))
    skill = apart + seed * random.normal(0, 1, runs)[:, None]
    return math.sqrt(common) * sentence + math.sqrt(1 - common) * own + skill * labels


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


def truths(apart):
    """All three measures of all sentences, to three digits."""
    random = np.random.default_rng(99)
    labels, (scores,) = scored(random, 1, 1_000_000, apart=apart)
    return {name: one.value for name, one in measure_scores(labels, scores).items()}


def covered(found, truth):
    """Of each measure, the fraction of intervals that hold the truth; without an interval it counts as not held."""
    return {
        name: np.mean(
            [
                one[name].interval is not None and one[name].interval[0] <= truth[name] <= one[name].interval[1]
                for one in found
            ]
        )
        for name in MEASURES
    }


def row(*cells):
    """A line of the table in docs/statistics.md."""
    print("| " + " | ".join(map(str, cells)) + " |")


def percents(coverage):
    """In the measures' order."""
    return [f"{100 * coverage[name]:.1f} %" for name in MEASURES]


def least_of_precision(n):
    """The least coverage of average precision, whose estimate is biased upwards where sentences are few."""
    return 0.905 if n == 100 else 0.925


def test_a_few_draws_are_covered():
    """Of 300 draws of 200 sentences, at least 90 %: `test_coverage_of_single_runs` in small."""
    random = np.random.default_rng(1)
    draws = [scored(random, 1, 200) for _ in range(300)]
    found = [estimates(measure_scores(labels, scores)) for labels, (scores,) in draws]

    assert min(covered(found, truths(1.0)).values()) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 527, 1043])
@pytest.mark.parametrize("apart", [0.0, 0.7, 1.5, 2.5])
def test_coverage_of_single_runs(apart, n):
    """Of 2,000 draws at least 93.5 %; of average precision 90.5 % with 100 sentences, else 92.5 %."""
    random = np.random.default_rng(n)
    draws = [scored(random, 1, n, apart=apart) for _ in range(2000)]
    found = covered([estimates(measure_scores(labels, scores)) for labels, (scores,) in draws], truths(apart))
    row(apart, n, *percents(found))

    assert min(found["auc"], found["point_biserial"]) >= 0.935
    assert found["average_precision"] >= least_of_precision(n)


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 527])
@pytest.mark.parametrize(("apart", "ahead"), [(0.3, 0.0), (1.0, 0.0), (1.0, 0.5), (2.0, 0.0)])
def test_coverage_of_differences(apart, ahead, n):
    """Of two runs on the same sentences, 2,000 draws: at least 93.5 %; of average precision as above."""
    random = np.random.default_rng(n)
    first, second = truths(apart + ahead), truths(apart)
    found = []
    for _ in range(2000):
        labels, sentence = (random.random(n) < 0.7).astype(int), random.normal(0, 1, n)
        a, b = (
            measure_scores(labels, arm_scores(random, labels, sentence, 1, apart=one)[0])
            for one in (apart + ahead, apart)
        )
        found.append(difference_estimates([a], [b], by_seed=False))
    coverage = covered(found, {name: first[name] - second[name] for name in MEASURES})
    row(apart, ahead, n, *percents(coverage))

    assert min(coverage["auc"], coverage["point_biserial"]) >= 0.935
    assert coverage["average_precision"] >= least_of_precision(n)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("runs", "least"), [(3, 0.91), (5, 0.92), (9, 0.925)])
def test_coverage_of_seeds(runs, least, paired, seed):
    """Of equal arms on 300 sentences, 1,000 draws of seeds and sentences; what lies outside are false alarms.

    `seed` is the deviation of skill between seeds: small beside the sentences' part, of its size, or much larger. Half
    of its variance is common to both arms where they are paired.
    """
    random, n, found = np.random.default_rng(runs), 300, []
    for _ in range(1000):
        labels, sentence = (random.random(n) < 0.7).astype(int), random.normal(0, 1, n)
        common = random.normal(0, seed, runs) if paired else np.zeros(runs)
        a, b = (
            [
                measure_scores(labels, arm_scores(random, labels, sentence, 1, apart=1 + shared, seed=seed)[0])
                for shared in common
            ]
            for _ in "ab"
        )
        found.append(difference_estimates(a, b, by_seed=paired))
    coverage = covered(found, dict.fromkeys(MEASURES, 0.0))
    row(runs, seed, "paired" if paired else "unpaired", *percents(coverage))

    assert min(coverage.values()) >= least
