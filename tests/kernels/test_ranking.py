"""Descending order, beside torch's stable sort."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels import ranking
from colacli.kernels.ranking import descending


@pytest.fixture(params=[0, 1_000], ids=["NumPy", "torch for few"])
def few(request, monkeypatch):
    """Most numbers that torch sorts."""
    monkeypatch.setattr(ranking, "_FEW", request.param)


@pytest.mark.usefixtures("few")
@given(st.lists(st.floats(width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, math.inf, -math.inf, 1e-45])))
def test_the_order_is_that_of_a_stable_sort(numbers):
    """Of any numbers, of both zeros and infinities, equal ones in their own order."""
    x = torch.tensor(numbers, dtype=torch.float32)

    assert torch.equal(descending(x), x.argsort(descending=True, stable=True))


def test_many_numbers():
    """As many as GPT-2 has tokens, with ties."""
    x = torch.from_numpy(np.random.default_rng(0).normal(size=50_257).astype(np.float32)).round(decimals=3)

    assert torch.equal(descending(x), x.argsort(descending=True, stable=True))
