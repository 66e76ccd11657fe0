"""Metrics and calibration against scikit-learn, and the loss against torch."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
)

from colacli.metrics import confusion, cross_entropy
from colacli.statistics.calibration import calibrate, probabilities

ANSWERS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=200)
LOGITS = st.floats(-80, 80, width=32)
JUDGED = st.lists(st.tuples(st.integers(0, 1), LOGITS, LOGITS), min_size=1, max_size=50)


@settings(deadline=None)
@given(ANSWERS)
@example([(1, 1)] * 4)
@example([(0, 0)] * 4)
@example([(1, 0), (0, 0)])
@example([(1, 0), (1, 1)])
@example([(0, 1)])
def test_measures_agree_with_scikit_learn(answers):
    """Confusion counts are equal, and accuracy, MCC and F1 agree to 1e-12, one-sided cases included."""
    labels, predictions = [list(side) for side in zip(*answers, strict=True)]
    counts = confusion(labels, predictions)
    (tn, fp), (fn, tp) = confusion_matrix(labels, predictions, labels=[0, 1])

    assert (
        counts.true_positive,
        counts.false_positive,
        counts.false_negative,
        counts.true_negative,
    ) == (tp, fp, fn, tn)
    assert counts.accuracy == pytest.approx(accuracy_score(labels, predictions), abs=1e-12)
    assert counts.f1 == pytest.approx(f1_score(labels, predictions, zero_division=0), abs=1e-12)
    if len(set(labels)) > 1:  # scikit-learn warns of a label that is never true
        assert counts.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predictions), abs=1e-12)
    if len({*labels, *predictions}) > 1:  # scikit-learn warns of a lone label, whose MCC test_metrics.py holds
        assert counts.mcc == pytest.approx(matthews_corrcoef(labels, predictions), abs=1e-12)


@settings(deadline=None)
@given(JUDGED)
def test_cross_entropy_agrees_with_torch(judged):
    """The mean cross-entropy agrees with torch's in double precision to 1e-12."""
    labels = [label for label, _, _ in judged]
    logits = [(rejected, accepted) for _, rejected, accepted in judged]
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)).item()

    assert cross_entropy(labels, logits) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@settings(deadline=None)
@given(JUDGED)
def test_the_brier_score_agrees_with_scikit_learn(judged):
    """The mean squared error of the probabilities agrees to 1e-12."""
    labels, logits = [label for label, _, _ in judged], [row[1:] for row in judged]
    expected = brier_score_loss(labels, probabilities(logits), labels=[0, 1])

    assert calibrate(labels, logits, draws=1).brier == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [500, 1000])
def test_the_bins_agree_with_scikit_learn(n):
    """Its quantile bins of a calibration curve hold the same sentences, where tenths are whole."""
    random = np.random.default_rng(n)
    labels, logits = random.integers(0, 2, n).tolist(), random.normal(0, 2, (n, 2)).tolist()
    shares, means = calibration_curve(labels, probabilities(logits), n_bins=10, strategy="quantile")
    bins = calibrate(labels, logits, draws=1).bins

    assert [one.acceptable for one in bins] == pytest.approx(shares)
    assert [one.probability for one in bins] == pytest.approx(means)
