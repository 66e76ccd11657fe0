"""AUC, average precision and the point-biserial correlation against scikit-learn, SciPy and DeLong's own formulas."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.stats import pointbiserialr
from sklearn.metrics import average_precision_score, roc_auc_score

from colacli.statistics.threshold_free import average_precision, measure_scores, roc_auc

SCORED = st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4) | st.floats(-80, 80, width=32)), min_size=2)


@settings(deadline=None)
@given(SCORED)
@example([(0, 1.0), (1, 1.0)])
@example([(1, 0.5), (0, 1.5), (1, 2.5)])
def test_ranking_agrees_with_scikit_learn(scored):
    """AUC and average precision agree to 1e-12, ties and all."""
    labels, scores = zip(*scored, strict=True)
    assume(len(set(labels)) == 2)
    found = measure_scores(labels, scores)

    assert found["auc"].value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert found["average_precision"].value == pytest.approx(average_precision_score(labels, scores), abs=1e-12)


@settings(deadline=None)
@given(SCORED)
def test_the_point_biserial_correlation_agrees_with_scipy(scored):
    """To 1e-9, where the scores differ by more than rounding does."""
    labels, scores = zip(*scored, strict=True)
    assume(len(set(labels)) == 2 and np.ptp(scores) > 1e-3)

    assert measure_scores(labels, scores)["point_biserial"].value == pytest.approx(
        pointbiserialr(labels, scores).statistic, abs=1e-9
    )


def delong_covariance(labels, *runs):
    """Of the AUCs of runs, by the definitions of DeLong et al. 1988: every acceptable sentence against every other."""
    labels = np.array(labels)
    parts = []
    for scores in map(np.array, runs):
        kernel = (np.sign(scores[labels == 1][:, None] - scores[labels == 0]) + 1) / 2  # (m, k)
        parts.append((kernel.mean(axis=1), kernel.mean(axis=0)))
    v10, v01 = (np.cov(np.stack(part)) / len(part[0]) for part in zip(*parts, strict=True))
    return v10 + v01


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_variances_and_covariances_agree_with_delong(digits):
    """Of two runs on 80 sentences, with many ties, few and none, to 1e-12."""
    random = np.random.default_rng(digits)
    labels = (random.random(80) < 0.7).astype(float)
    a, b = (random.normal(0, 1, (2, 80)) + labels + random.normal(0, 1, 80)).round(digits)
    influences = np.stack([roc_auc(labels, scores)[1] for scores in (a, b)])

    assert influences @ influences.T / 80**2 == pytest.approx(delong_covariance(labels, a, b), abs=1e-12)


@pytest.mark.parametrize("digits", [1, 8])
def test_average_precision_s_influences_are_its_derivative(digits):
    """They agree to 1e-5 with what scikit-learn's value gains when one sentence counts a millionth more."""
    random = np.random.default_rng(digits)
    labels = (random.random(60) < 0.7).astype(float)
    scores = (random.normal(0, 1, 60) + labels).round(digits)
    value, influences = average_precision(labels, scores)
    step = 1e-6
    gained = [
        average_precision_score(labels, scores, sample_weight=1 + step * (np.arange(60) == row)) - value
        for row in range(60)
    ]

    assert influences / 60 == pytest.approx(np.array(gained) / step, abs=1e-5)
