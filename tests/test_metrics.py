"""Measures of a binary classifier."""

import math

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
