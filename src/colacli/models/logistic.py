"""Logistic regression, fitted by scikit-learn, which is an extra: `pip install 'colacli[baselines]'`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from colacli.errors import DataError, TrainingError, UnavailableError

_MOST_STEPS = 10_000


def check_sklearn() -> None:
    """See that scikit-learn is there.

    Raises:
        UnavailableError: it is not installed.
    """
    if find_spec("sklearn") is None:
        raise UnavailableError(
            "scikit-learn, which fits and computes this baseline, is not installed", "pip install 'colacli[baselines]'"
        )


def fit_logistic(features: Any, labels: Sequence[int], c: float) -> tuple[Tensor, float]:
    """The weights (k,) and the intercept of a logistic regression with an L2 penalty on the weights.

    It minimises c times the summed cross-entropy, plus half the squared norm of the weights.

    Args:
        features: (n, k) floats, an array or a sparse matrix.
        labels: (n,) of 0 and 1.
        c: inverse of the penalty's strength.

    Raises:
        DataError: there is one label alone.
        TrainingError: it does not converge.
        UnavailableError: scikit-learn is not installed.
    """
    check_sklearn()
    from sklearn.linear_model import LogisticRegression

    if len(set(labels)) < 2:
        raise DataError(
            f"every sentence of train has the label {labels[0]}: there is nothing to tell apart",
            "give a corpus with both labels; `colacli baseline majority` takes any",
        )
    model = LogisticRegression(C=c, max_iter=_MOST_STEPS).fit(features, labels)
    if model.n_iter_[0] >= _MOST_STEPS:
        raise TrainingError(f"the logistic regression did not converge in {_MOST_STEPS:,} steps", "lower --c")
    return torch.from_numpy(model.coef_[0].copy()), float(model.intercept_[0])


def two_logits(log_odds: Tensor) -> Tensor:
    """Logits (n, 2) whose softmax has these log-odds (n,) of the second label."""
    return torch.stack([torch.zeros_like(log_odds), log_odds], dim=1)
