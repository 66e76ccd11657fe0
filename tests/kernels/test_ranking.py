"""Descending order, beside torch's stable sort."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels import ranking
from colacli.kernels.ranking import descending, has_bound, kth_largest_bound, largest


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


ROWS = st.integers(1, 4)


def rows_of(data, count, size):
    """So many rows with many equal numbers, some of them infinite."""
    numbers = st.integers(-9, 9).map(float) | st.sampled_from([math.inf, -math.inf])
    return torch.tensor(
        data.draw(st.lists(st.lists(numbers, min_size=size, max_size=size), min_size=count, max_size=count))
    )


@given(st.data(), ROWS, st.integers(64, 300), st.integers(1, 4))
def test_the_largest_are_the_first_of_a_stable_sort(data, count, size, k):
    """Of each row, whether few others are sorted or all."""
    x = rows_of(data, count, size)
    numbers, places = largest(x, k)
    expected = x.argsort(dim=1, descending=True, stable=True)[:, :k]

    assert torch.equal(places, expected)
    assert torch.equal(numbers, x.gather(1, expected))


@given(st.data(), ROWS, st.integers(64, 300), st.integers(1, 4))
def test_k_of_each_row_reach_the_bound(data, count, size, k):
    """So many at least are not below it; there is none for more than a block of 64 has one of."""
    x = rows_of(data, count, size)
    if has_bound(size, k):
        assert (x >= kth_largest_bound(x, k)).sum(dim=1).min() >= k
    else:
        assert size < 64 * k
