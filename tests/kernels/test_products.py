"""Products of matrices whose sizes change are those of double precision, whatever the sizes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from colacli.kernels.compiled.library import has_kernels
from colacli.kernels.compiled.products import product, sum_outer

pytestmark = pytest.mark.skipif(not has_kernels(torch.float32), reason="no C kernels here")
ROWS = 8  # of which x's columns are a multiple in `sum_outer`


def assert_near(found, wide, terms):
    """To the rounding errors of a sum of so many terms about 1."""
    torch.testing.assert_close(found.double(), wide, rtol=0.0, atol=5e-6 * terms**0.5)


@settings(max_examples=60)
@given(st.integers(1, 150), st.integers(1, 300), st.integers(1, 100), st.booleans())
def test_a_product(count, d_in, d_out, has_bias):
    """X W + b, of less and more than what is multiplied at once."""
    torch.manual_seed(0)
    x, matrix, bias = torch.randn(count, d_in), torch.randn(d_in, d_out), torch.randn(d_out) if has_bias else None
    wide = x.double() @ matrix.double() + (0 if bias is None else bias.double())
    assert_near(product(x, matrix, bias), wide, d_in)
    assert_near(product(x, matrix.T.contiguous().T, bias), wide, d_in)  # in any order in memory


@settings(max_examples=60)
@given(st.integers(1, 300), st.integers(1, 12), st.integers(1, 100))
def test_a_sum_of_outer_products(count, eighth, d_out):
    """X^T Y, of less and more than what is summed at once."""
    torch.manual_seed(0)
    x, y = torch.randn(count, ROWS * eighth), torch.randn(count, d_out)
    assert_near(sum_outer(x, y), x.double().T @ y.double(), count)


def test_a_row_is_what_it_is_alone():
    """To the bit; and so it is on any number of threads."""
    x, matrix = torch.randn(21, 200), torch.randn(200, 70)
    expected, before = product(x, matrix), torch.get_num_threads()
    sums = sum_outer(x, matrix[:21])
    torch.set_num_threads(3)
    try:
        assert torch.equal(product(x, matrix), expected)
        assert torch.equal(sum_outer(x, matrix[:21]), sums)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(product(row[None], matrix)[0], one) for row, one in zip(x, expected, strict=True))


def test_numbers_that_are_none_reach_only_their_own():
    """A row of NaN is one, and an infinite column; the zeros that panels are filled up with give nothing."""
    x, matrix = torch.ones(3, 5), torch.ones(5, 3)
    x[1], matrix[0, 2] = torch.nan, torch.inf
    found = product(x, matrix)
    assert found[1].isnan().all()
    assert found[0].tolist() == found[2].tolist() == [5.0, 5.0, torch.inf]
