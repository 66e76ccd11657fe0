"""Measures that need no threshold: ROC AUC, average precision and the point-biserial correlation.

Each comes with every sentence's influence on it: by how much the measure grows when the sentence's weight does. Their
mean square over n is the measure's variance (the infinitesimal jackknife: Efron 1982, "The jackknife, the bootstrap
and other resampling plans", chapter 6). Influences of several runs on the same sentences can be subtracted and
averaged, which gives the variance of any difference. docs/statistics.md says why these intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colacli.statistics.distributions import t_quantile
from colacli.statistics.two_way import of_influences

Reals = NDArray[np.float64]

MEASURES = {"auc": (0.0, 1.0), "average_precision": (0.0, 1.0), "point_biserial": (-1.0, 1.0)}
"""Smallest and largest value of each."""
ONE_LABEL = "all sentences have one label"
TOO_FEW = "fewer than two sentences of one label"
EQUAL_SCORES = "the scores are all the same"
NO_VARIANCE = "no sentence changes it, so it has no standard error"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Estimate:
    """A measure, or a difference of two, and its 95 % interval."""

    value: float | None
    """None where it is undefined."""
    interval: tuple[float, float] | None
    reason: str | None = None
    """Why one of them is None."""


@dataclass(frozen=True)
class Measured:
    """A measure of one run."""

    value: float | None
    influences: Reals
    """(n,), with mean 0; empty where there is no interval."""
    reason: str | None = None


Measures = dict[str, Measured]
"""Of one run, by the names in `MEASURES`."""


def measure_scores(labels: Sequence[int], scores: Sequence[float]) -> Measures:
    """All three measures of how scores (n,), larger for acceptable, agree with labels (n,)."""
    truth, values = np.array(labels, dtype=np.float64), np.array(scores, dtype=np.float64)
    acceptable = truth.sum()
    if not 0 < acceptable < len(truth):
        return dict.fromkeys(MEASURES, Measured(None, np.empty(0), ONE_LABEL))
    measured = {
        "auc": Measured(*roc_auc(truth, values)),
        "average_precision": Measured(*average_precision(truth, values)),
        "point_biserial": _point_biserial(truth, values),
    }
    if 1 < acceptable < len(truth) - 1:
        return measured
    return {name: Measured(one.value, np.empty(0), one.reason or TOO_FEW) for name, one in measured.items()}


def roc_auc(labels: Reals, scores: Reals) -> tuple[float, Reals]:
    """The chance that an acceptable sentence has the higher score, ties counting half; both labels must occur.

    The influences are the components of DeLong, DeLong and Clarke-Pearson 1988 ("Comparing the areas under two or more
    correlated receiver operating characteristic curves", Biometrics 44:837), scaled so that their sum of squares over
    n^2 is S10 / m + S01 / k, the variance of that paper, for m acceptable sentences and k others.
    """
    group, positive, negative = _groups(labels, scores)
    m, k = positive.sum(), negative.sum()
    below = (np.cumsum(negative) - negative / 2)[group] / k  # (n,) of the others, ties half: V10
    above = (m - np.cumsum(positive) + positive / 2)[group] / m  # of the acceptable ones: V01
    auc = float(below @ labels / m)
    scale = [len(labels) / size * math.sqrt(size / max(1.0, size - 1)) for size in (m, k)]
    return auc, np.where(labels == 1, (below - auc) * scale[0], (above - auc) * scale[1])


def average_precision(labels: Reals, scores: Reals) -> tuple[float, Reals]:
    """The mean, over acceptable sentences, of the precision at their scores; the fraction acceptable if by chance.

    Its influences follow from the precision P(s) = TP(s) / N(s) among the N(s) sentences that score s or more: a
    sentence changes it by (label - P(s)) / N(s) at every s up to its own score, and an acceptable one adds its own.
    """
    group, positive, negative = _groups(labels, scores)
    m, n = positive.sum(), len(labels)
    true_positive, count = (np.cumsum(one[::-1])[::-1] for one in (positive, positive + negative))
    precision = true_positive / count
    value = float(positive @ precision / m)
    gained, lost = np.cumsum(positive / count)[group], np.cumsum(positive * precision / count)[group]
    return value, n / m * (labels * (precision[group] - value + gained) - lost)


def _point_biserial(labels: Reals, scores: Reals) -> Measured:
    """Pearson's correlation of labels and scores, and its influences (Devlin, Gnanadesikan and Kettenring 1975)."""
    span = np.ptp(scores)
    if span == 0:
        return Measured(None, np.empty(0), EQUAL_SCORES)
    scaled = (scores - scores.min()) / span  # so that no square is too small or too large for a number
    x, y = ((one - one.mean()) / one.std() for one in (labels, scaled))
    correlation = min(1.0, max(-1.0, float(np.mean(x * y))))
    return Measured(correlation, x * y - correlation * (x**2 + y**2) / 2)


def _groups(labels: Reals, scores: Reals) -> tuple[NDArray[np.intp], Reals, Reals]:
    """Each sentence's rank among the distinct scores (n,), and how many sentences of each label have that score."""
    _, group = np.unique(scores, return_inverse=True)
    positive: Reals = np.bincount(group, labels).astype(np.float64)
    return group, positive, np.bincount(group) - positive


def estimates(measures: Measures) -> dict[str, Estimate]:
    """Each measure of one run with its interval."""
    return {name: _estimate(measures[name], *ends) for name, ends in MEASURES.items()}


def _estimate(measured: Measured, least: float, most: float) -> Estimate:
    """Wald's interval of the logit of (value - least) / (most - least), which for a correlation is Fisher's z, doubled.

    For an AUC it is the logit interval with DeLong's variance (Pepe 2003, "The statistical evaluation of medical tests
    for classification and prediction", chapter 5).
    """
    value, influences = measured.value, measured.influences
    if value is None or not len(influences):
        return Estimate(value, None, measured.reason)
    n, fraction = len(influences), (value - least) / (most - least)
    error = math.sqrt(float(influences @ influences)) / (n * (most - least))
    if error < _ROUNDING or not 0 < fraction < 1:
        return Estimate(value, None, NO_VARIANCE)
    margin = t_quantile(0.975, n - 1) * error / (fraction * (1 - fraction))
    logit = math.log(fraction / (1 - fraction))
    low, high = (least + (most - least) / (1 + math.exp(-end)) for end in (logit - margin, logit + margin))
    return Estimate(value, (low, high))


def difference_estimates(a: Sequence[Measures], b: Sequence[Measures], *, by_seed: bool) -> dict[str, Estimate]:
    """The difference in every measure of two arms, a - b, of means over their runs.

    Args:
        a: of each run of one arm, on the same sentences.
        b: of each run of the other.
        by_seed: whether run r of one is paired with run r of the other.
    """
    return {name: _difference_estimate([[run[name] for run in arm] for arm in (a, b)], by_seed) for name in MEASURES}


def _difference_estimate(arms: Sequence[Sequence[Measured]], by_seed: bool) -> Estimate:  # noqa: FBT001
    reason = next((run.reason for arm in arms for run in arm if run.reason), None)
    values = [[run.value for run in arm if run.value is not None] for arm in arms]
    if any(len(defined) < len(arm) for defined, arm in zip(values, arms, strict=True)):
        return Estimate(None, None, reason)
    if reason:
        return Estimate(float(np.mean(values[0]) - np.mean(values[1])), None, reason)
    a, b = (  # (R, 1 + n)
        np.stack([np.append(value, run.influences) for value, run in zip(side, arm, strict=True)])
        for side, arm in zip(values, arms, strict=True)
    )
    sides = [a - b] if by_seed else [a, -b]
    difference = of_influences([side[:, 0] for side in sides], [side[:, 1:] for side in sides])
    if difference.standard_error < _ROUNDING:
        return Estimate(difference.value, None, NO_VARIANCE)
    return Estimate(difference.value, difference.interval())
