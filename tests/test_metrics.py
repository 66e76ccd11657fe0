"""Measures of a binary classifier."""

import math

import numpy as np
import pytest

from colacli.metrics import Confusion, confusion, cross_entropy, measure, predicted_labels


def test_confusion_counts_by_truth_and_prediction():
    """Each of the four kinds of outcome is counted under its own name."""
    counts = confusion([1, 1, 1, 0, 0, 1], [1, 1, 0, 1, 0, 1])

    assert counts == Confusion(true_positive=3, false_positive=1, false_negative=1, true_negative=1)
    assert counts.n == 6


def test_confusion_refuses_unequal_lengths():
    """A label without a prediction is an error, not a silent loss."""
    with pytest.raises(ValueError, match="shorter"):
        confusion([1, 0], [1])


def test_measures_of_a_worked_example():
    """Accuracy, MCC, F1 and the majority baseline agree with a calculation by hand."""
    counts = Confusion(true_positive=6, false_positive=1, false_negative=2, true_negative=3)

    assert counts.accuracy == 9 / 12
    assert counts.mcc == pytest.approx((6 * 3 - 1 * 2) / math.sqrt(7 * 8 * 4 * 5))
    assert counts.f1 == 12 / 15
    assert counts.majority_accuracy == 8 / 12


def test_perfect_and_inverted_predictions_are_the_ends_of_mcc():
    """MCC is 1 when all is right and -1 when all is wrong."""
    labels = [1, 0, 1, 1, 0]

    assert confusion(labels, labels).mcc == 1.0
    assert confusion(labels, [1 - label for label in labels]).mcc == -1.0


@pytest.mark.parametrize("answer", [0, 1])
def test_a_constant_answer_has_no_mcc_and_is_named(answer):
    """One answer for every sentence gives MCC 0 and is reported as constant."""
    counts = confusion([1, 1, 0], [answer] * 3)

    assert counts.mcc == 0.0
    assert counts.constant_prediction == answer


def test_varied_answers_are_not_constant():
    """Nothing is called constant when both answers occur."""
    assert confusion([1, 1, 0], [1, 0, 1]).constant_prediction is None


def test_no_sentences_give_zeros():
    """An empty split is measured as 0 rather than dividing by it."""
    metrics = measure([], [])

    assert (metrics.n, metrics.accuracy, metrics.mcc, metrics.f1, metrics.loss) == (0, 0.0, 0.0, 0.0, 0.0)
    assert metrics.majority_accuracy == 0.0


def test_the_larger_logit_is_the_label_and_a_tie_is_unacceptable():
    """Predictions take the larger logit; equal logits give 0."""
    assert predicted_labels([(-1.0, 2.0), (3.0, 2.0), (0.5, 0.5)]) == [1, 0, 0]


def test_cross_entropy_of_equal_logits_is_one_bit():
    """A classifier that can't decide pays log 2 nats a sentence."""
    assert cross_entropy([0, 1], [(1.0, 1.0), (-7.0, -7.0)]) == pytest.approx(math.log(2))


def test_cross_entropy_survives_extreme_logits():
    """Logits far apart cost their difference or nothing, without overflow."""
    assert cross_entropy([0], [(-1000.0, 1000.0)]) == 2000.0
    assert cross_entropy([1], [(-1000.0, 1000.0)]) == 0.0


def test_measure_puts_all_metrics_together():
    """One call gives every measure, each of the same predictions."""
    metrics = measure([1, 0, 1], [(0.0, 1.0), (0.0, 1.0), (1.0, 0.0)])

    assert metrics.confusion == Confusion(1, 1, 1, 0)
    assert (metrics.n, metrics.accuracy, metrics.f1) == (3, 1 / 3, 0.5)
    assert metrics.confusion.mcc == metrics.mcc
    assert metrics.constant_prediction is None


def test_balanced_accuracy_weighs_both_labels_alike():
    """Six of eight and three of four are each a share of their own; a constant answer has one half."""
    assert Confusion(6, 1, 2, 3).balanced_accuracy == (6 / 8 + 3 / 4) / 2
    assert Confusion(7, 3, 0, 0).balanced_accuracy == 0.5


def test_balanced_accuracy_of_a_lone_label_is_its_own():
    """Where one label does not occur the other is all."""
    assert Confusion(3, 0, 1, 0).balanced_accuracy == 0.75
    assert Confusion(0, 0, 0, 0).balanced_accuracy == 0.0


def test_the_accuracy_s_standard_error_is_binomial():
    """75 of 100 are 75 % give or take 4.33 points."""
    assert Confusion(50, 15, 10, 25).accuracy_error == pytest.approx(math.sqrt(0.75 * 0.25 / 100))
    assert Confusion(0, 0, 0, 0).accuracy_error == 0.0


def test_the_mcc_s_standard_error_of_independent_answers():
    """Where answer and truth are independent the variance is 1 / n, whatever their margins."""
    assert Confusion(42, 18, 28, 12).mcc == 0.0
    assert Confusion(42, 18, 28, 12).mcc_error == pytest.approx(0.1)


@pytest.mark.parametrize("counts", [Confusion(7, 3, 0, 0), Confusion(0, 0, 0, 0), Confusion(3, 0, 1, 0)])
def test_an_undefined_mcc_has_no_standard_error(counts):
    """A constant answer, no sentence, a lone label."""
    assert counts.mcc_error is None


@pytest.mark.parametrize("shares", [(0.6, 0.2, 0.1, 0.1), (0.65, 0.05, 0.02, 0.28), (0.3, 0.3, 0.2, 0.2)])
def test_the_mcc_s_standard_error_is_its_spread(shares):
    """Over 20,000 draws of 527 sentences the MCC varies by it, to 3 %."""
    drawn = np.random.default_rng(9).multinomial(527, shares, size=20_000).tolist()
    counts = [Confusion(*row) for row in drawn]

    assert np.std([one.mcc for one in counts]) == pytest.approx(np.mean([one.mcc_error for one in counts]), rel=0.03)
