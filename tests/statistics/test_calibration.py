"""Whether probabilities can be taken at their word."""

import math

import numpy as np
import pytest

from colacli.statistics.calibration import Bin, calibrate, probabilities


def logits_of(chances):
    """Logits that have these probabilities of 1."""
    return [[0.0, math.log(chance / (1 - chance))] for chance in chances]


def test_probabilities_are_softmax_s():
    """Equal logits are one half; a margin of log 3 is three quarters."""
    assert probabilities([[2.0, 2.0], [1.0, 1 + math.log(3)]]) == pytest.approx([0.5, 0.75])


def test_probabilities_survive_extreme_logits():
    """Far apart they are 0 and 1, without overflow."""
    assert probabilities([[1000.0, -1000.0], [-1000.0, 1000.0]]) == [0.0, 1.0]


def test_a_worked_example():
    """Ten bins of two: the Brier score is the mean square, the error the mean distance of bin means."""
    chances, labels = [0.1] * 10 + [0.8] * 10, [0, 0, 0, 1, 0] * 2 + [1, 1, 1, 1, 0] * 2
    found = calibrate(labels, logits_of(chances))

    assert found.brier == pytest.approx((8 * 0.01 + 2 * 0.81 + 8 * 0.04 + 2 * 0.64) / 20)
    assert found.bins[0] == Bin(2, pytest.approx(0.1), 0.0)
    assert found.bins[1] == Bin(2, pytest.approx(0.1), 0.5)
    assert found.expected_error == pytest.approx(np.mean([0.1, 0.4, 0.1, 0.1, 0.4, 0.2, 0.2, 0.3, 0.2, 0.3]))


@pytest.mark.parametrize("n", [10, 11, 99, 527])
def test_bins_are_tenths(n):
    """They hold all sentences, and equally many to one, from the least to the most probable."""
    chances = np.random.default_rng(n).uniform(0.05, 0.95, n)
    bins = calibrate([1] * n, logits_of(chances)).bins

    assert (len(bins), sum(one.n for one in bins)) == (10, n)
    assert max(one.n for one in bins) - min(one.n for one in bins) <= 1
    assert [one.probability for one in bins] == sorted(one.probability for one in bins)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_few_sentences_make_few_bins(n):
    """None is empty."""
    assert [one.n for one in calibrate([1] * n, logits_of([0.6] * n)).bins] == [1] * n


def test_no_sentence_has_no_calibration():
    """There is nothing to take at its word."""
    assert calibrate([], []) is None


def test_unequal_lengths_are_refused():
    """A label without a probability is an error."""
    with pytest.raises(ValueError, match="longer"):
        calibrate([1, 0], [[0.0, 1.0]])


def test_a_certain_judge_has_no_floor():
    """Probabilities of 0 and 1 leave nothing to chance."""
    found = calibrate([0, 1] * 10, [[900.0, -900.0], [-900.0, 900.0]] * 10)

    assert (found.brier, found.expected_error, found.floor) == (0.0, 0.0, 0.0)


def test_the_floor_is_the_expected_distance_of_a_binomial():
    """For 100 sentences at one half a bin of ten has mean distance E|X - 5| / 10, X ~ Binomial(10, 1/2)."""
    expected = sum(math.comb(10, k) * abs(k - 5) for k in range(11)) / 2**10 / 10

    assert calibrate([0, 1] * 50, logits_of([0.5] * 100), draws=4000).floor == pytest.approx(expected, rel=0.01)


def test_the_floor_is_the_same_each_time():
    """Its draws are seeded, and don't depend on the labels."""
    logits = logits_of(np.random.default_rng(0).uniform(0.1, 0.9, 50))

    assert calibrate([1] * 50, logits).floor == calibrate([0] * 50, logits).floor


def test_a_calibrated_judge_errs_as_much_as_its_floor():
    """Over 300 sets of labels drawn with its own probabilities the mean error is the floor, to 3 %."""
    random = np.random.default_rng(1)
    chances = random.beta(2, 1, 200)
    logits = logits_of(chances)
    drawn = (random.random((300, 200)) < chances).astype(int).tolist()
    errors = [calibrate(labels, logits, draws=1).expected_error for labels in drawn]

    assert np.mean(errors) == pytest.approx(calibrate([1] * 200, logits).floor, rel=0.03)


def test_a_boastful_judge_errs_more():
    """Logits three times too large are far above the floor, though the answers are the same."""
    random = np.random.default_rng(2)
    chances = random.beta(2, 1, 500)
    labels = (random.random(500) < chances).astype(int).tolist()
    honest = logits_of(chances)
    boastful = [[0.0, 3 * margin] for _, margin in honest]

    assert calibrate(labels, boastful).expected_error > 2 * calibrate(labels, boastful).floor
    assert calibrate(labels, honest).expected_error < 1.5 * calibrate(labels, honest).floor
