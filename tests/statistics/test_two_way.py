"""Seeds and sentences, both drawn anew."""

import math

import numpy as np
import pytest

from colacli.statistics.bootstrap import tabulate
from colacli.statistics.paired import difference_interval, pair
from colacli.statistics.two_way import Difference, Spread, differences
from factories.arms import crossed

SPREAD = Spread(per_seed=0.0004, per_sentence=0.1, per_answer=0.05, arms=1)


def simulated(random, times, runs, n, *, paired, **about):
    """The accuracy and MCC differences of many made-up comparisons."""
    made = (crossed(random, runs, n, **about) for _ in range(times))
    return [differences(tabulate(*one), paired=paired, resamples=600) for one in made]


def test_a_variance_s_parts_shrink_with_what_they_belong_to():
    """Four times the seeds leave a quarter of the seeds' part, and of the answers'."""
    assert SPREAD.standard_error(5, 500) ** 2 == pytest.approx(0.0004 / 5 + 0.1 / 500 + 0.05 / 2500)
    assert SPREAD.standard_error(20, 500) ** 2 == pytest.approx(0.0004 / 20 + 0.1 / 500 + 0.05 / 10_000)


def test_the_numbers_needed_just_show():
    """One seed or one sentence less would not."""
    seeds, sentences = SPREAD.seeds_needed(0.045, 500), SPREAD.sentences_needed(0.045, 4)

    assert SPREAD.detectable(seeds, 500) <= 0.045 < SPREAD.detectable(seeds - 1, 500)
    assert SPREAD.detectable(4, sentences) <= 0.045 < SPREAD.detectable(4, sentences - 1)


def test_what_no_number_would_show():
    """Seeds can't make up for sentences, nor sentences for seeds."""
    assert SPREAD.seeds_needed(0.03, 500) is None
    assert SPREAD.sentences_needed(0.02, 3) is None


@pytest.mark.parametrize("paired", [True, False])
def test_identical_arms_have_no_difference(paired):
    """The p-value is 1, but an interval has a width: other sentences might separate them."""
    labels, a, _ = crossed(np.random.default_rng(1), 3, 80)
    accuracy, mcc = differences(tabulate(labels, [a[0]] * 3, [a[0]] * 3), paired=paired)
    low, high = accuracy.interval()

    assert (accuracy.value, mcc.value) == (0, 0)
    assert (accuracy.p, mcc.p) == pytest.approx((1, 1))
    assert low == pytest.approx(-high)
    assert 0.02 < high < 0.08


def test_the_interval_holds_the_difference():
    """Of a few sentences the smoothed ones may say otherwise."""
    accuracy = Difference(value=0.9, centre=0.5, standard_error=0.1, degrees_of_freedom=1e6, spread=SPREAD)

    assert accuracy.interval() == pytest.approx((0.5 - 0.196, 0.9), abs=1e-4)


def test_equal_seeds_leave_the_uncertainty_of_the_sentences():
    """Arms whose runs all answer alike are as sure as a single run of each is."""
    labels, (a, *_), (b, *_) = crossed(np.random.default_rng(2), 1, 500)
    accuracy, _ = differences(tabulate(labels, [a] * 4, [b] * 4), paired=True)

    assert accuracy.interval() == pytest.approx(difference_interval(pair(labels, a, b)), abs=0.003)
    assert accuracy.spread.per_seed == accuracy.spread.per_answer == 0


def test_pairing_takes_out_what_a_seed_has_in_common():
    """Where good seeds are good in both arms, pairs are more precise than independent runs."""
    found = crossed(np.random.default_rng(4), 6, 300, shared=0.5)
    paired, unpaired = (differences(tabulate(*found), paired=by_seed)[0].standard_error for by_seed in (True, False))

    assert paired < 0.8 * unpaired


def test_the_parts_are_found_again():
    """On average the variances' parts are those that made the answers, which an analysis of variance finds.

    The mean squares of a crossed design are unbiased (Searle, Casella and McCulloch 1992, section 4.3).
    The four sentences that are added to 150 account for most of what is left.
    """
    random, runs, n = np.random.default_rng(11), 4, 150
    ours, theirs = [], []
    for _ in range(60):
        labels, a, b = crossed(random, runs, n, seed=0.3)
        ours.append(differences(tabulate(labels, a, b), paired=True, resamples=600)[0].standard_error ** 2)
        right = np.array(a) == labels
        score = right.astype(float) - (np.array(b) == labels)
        rows, columns = score.mean(axis=1), score.mean(axis=0)
        rest = score - rows[:, None] - columns + score.mean()
        between = rows.var(ddof=1) / runs + columns.var(ddof=1) / n
        theirs.append(between - (rest**2).sum() / ((runs - 1) * (n - 1)) / (runs * n))

    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0.03, 0.1, 0.4])
@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("runs", "least"), [(2, 0.85), (3, 0.91), (5, 0.93), (9, 0.93)])
def test_coverage(runs, least, paired, seed):
    """95 % intervals hold the truth nearly so often: 1,000 draws of seeds and sentences, accuracy and MCC.

    The arms are equal, so what lies outside is also the rate of false alarms. `seed` is small beside the sentences'
    part of the variance, as large, or ten times so.
    """
    random, shared = np.random.default_rng(1000 + runs), seed * paired
    found = simulated(random, 1000, runs, 300, paired=paired, seed=seed, shared=shared)
    intervals = [[one.interval() for one in side] for side in zip(*found, strict=True)]
    covered = [np.mean([low <= 0 <= high for low, high in side]) for side in intervals]
    print(f"{runs} seeds, {seed}, paired {paired}: coverage {covered[0]:.3f} of accuracy, {covered[1]:.3f} of MCC")

    assert all(least <= one <= 0.98 for one in covered)


@pytest.mark.slow
def test_the_design_that_is_asked_for_has_its_power():
    """With the seeds that a pilot asks for, 80 % of 500 repetitions show the difference, within 8 points."""
    random = np.random.default_rng(8)
    pilot = simulated(random, 40, 6, 400, paired=True, ahead=0.35, seed=0.25)
    truth = np.mean([accuracy.value for accuracy, _ in pilot])
    parts = [
        np.mean([getattr(one.spread, part) for one, _ in pilot]) for part in ("per_seed", "per_sentence", "per_answer")
    ]
    needed = Spread(*parts, arms=1).seeds_needed(truth, 400)
    shown = np.mean(
        [one.p < 0.05 for one, _ in simulated(random, 500, needed, 400, paired=True, ahead=0.35, seed=0.25)]
    )
    print(f"{needed} seeds for {100 * truth:.1f} points: power {shown:.3f}")

    assert 2 <= needed < 40
    assert shown == pytest.approx(0.8, abs=0.08)
    assert math.isfinite(truth)
