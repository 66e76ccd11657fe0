"""How often intervals of measures without a threshold hold the truth."""

import numpy as np
import pytest

from colacli.statistics.threshold_free import (
    MEASURES,
    difference_estimates,
    estimates,
    measure_scores,
)
from factories.scores import arm_scores, scored


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
