"""What several models judge together."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.distillation import Distillation
from colacli.statistics.ensemble import ensemble_labels
from colacli.training.losses import combined


@pytest.mark.parametrize("average", ["logits", "probabilities"])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_they_are_those_that_a_student_is_taught(average, temperature, seed, models):
    """The larger of the logits that the distillation loss has of the ensemble."""
    logits = np.random.default_rng(seed).normal(scale=3, size=(models, 50, 2))
    distillation = Distillation(ensemble=average, temperature=temperature)
    taught = combined(torch.from_numpy(logits), distillation).argmax(dim=1)

    assert ensemble_labels(logits.tolist(), average, temperature) == taught.tolist()


def test_one_that_is_sure_outvotes_two_by_logits_but_not_by_probabilities():
    """0.99995, 0.4 and 0.4: the mean probability is above a half; and 0.99995, 0.2 and 0.2, where it is below."""
    sure, leaning, doubting = [0.0, 9.9], [0.0, -0.405], [0.0, -1.386]

    assert ensemble_labels([[sure], [leaning], [leaning]], "probabilities") == [1]
    assert ensemble_labels([[sure], [doubting], [doubting]], "probabilities") == [0]
    assert ensemble_labels([[sure], [doubting], [doubting]], "logits") == [1]
