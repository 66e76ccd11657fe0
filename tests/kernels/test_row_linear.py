"""Products of a single row are x W + b in fp64, and the k largest of them are the k largest."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.kernels.compiled.library import has_kernels
from colacli.kernels.row_linear import row_linear, top_k_linear

SIZES = [(8, 5), (64, 96), (34, 7)]  # in, out
EXACT = 1e-5  # of fp32 sums, relative to the largest

needs_kernels = pytest.mark.skipif(not has_kernels(torch.int16), reason="there is no C compiler here")


def drawn(d_in, d_out, dtype=torch.float32, scale=0.3, rows=1):
    """Rows in fp32, a matrix and a bias."""
    torch.manual_seed(0)
    row, weight, bias = torch.randn(rows, d_in), torch.randn(d_in, d_out) * scale, torch.randn(d_out)
    return row, weight.to(dtype), bias.to(dtype)


@needs_kernels
@pytest.mark.parametrize("rows", [1, 3, 8, 15])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", SIZES)
def test_few_rows(dtype, size, has_bias, rows):
    """As exact as sums in fp32, with a bf16 matrix too; a row has the bits that it has alone."""
    row, weight, bias = drawn(*size, dtype, rows=rows)
    expected = row.double() @ weight.double() + has_bias * bias.double()
    linear = row_linear(weight, bias if has_bias else None)
    actual = linear(row)
    torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=EXACT * float(expected.abs().max()))
    assert torch.equal(actual, torch.cat([linear(one[None]) for one in row]))


@pytest.mark.parametrize("weight", [torch.ones(2, 2, dtype=torch.float64), torch.ones(2, 2, device="meta")])
def test_other_matrices_are_left_to_torch(weight):
    """Fp64, and what is not on a CPU."""
    assert row_linear(weight, None) is None
    assert top_k_linear(weight, 1) is None


def products(columns, k, rows):
    """Of `top_k_linear`, with -inf for the columns that it leaves out."""
    known, indices = top_k_linear(columns, k)(rows)
    assert indices.tolist() == sorted(set(indices.tolist()))
    return torch.full((len(rows), len(columns)), -math.inf).index_copy(1, indices, known)


@needs_kernels
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.sampled_from([1e-36, 1e-3, 1.0, 1e3, 1e6]),
    st.sampled_from([2, 4, 66]),
)
def test_the_largest_are_exact_and_none_is_missed(seed, k, scale, d):
    """Of 2,600 columns, also of numbers for which fp32 itself has few digits."""
    generator = torch.Generator().manual_seed(seed)
    columns = torch.randn(2600, d, generator=generator) * scale
    row = torch.randn(1, d, generator=generator)
    actual = products(columns, k, row)[0].double()
    expected = columns.double() @ row[0].double()
    known = actual > -math.inf
    error = EXACT * float(expected.abs().max())
    assert int(known.sum()) >= k
    torch.testing.assert_close(actual[known], expected[known], rtol=0.0, atol=error)
    # The rounding of sums may swap two that are equal but for it.
    assert float(expected[~known].max()) <= float(expected.topk(k).values[-1]) + error


@needs_kernels
def test_few_columns_are_read_in_full():
    """With a vocabulary like GPT-2's hardly more than the k that are wanted."""
    torch.manual_seed(0)
    logits, ids = top_k_linear(torch.randn(50_257, 64) * 0.02, 50)(torch.randn(1, 64))
    assert logits.shape == (1, len(ids))
    assert 50 <= len(ids) < 60


@needs_kernels
def test_rows_have_the_numbers_that_they_have_alone():
    """Each its own largest, -inf where no other is known of it."""
    torch.manual_seed(0)
    columns, rows = torch.randn(3000, 16), torch.randn(8, 16)
    together = products(columns, 20, rows)
    assert torch.equal(together, torch.cat([products(columns, 20, row[None]) for row in rows]))


@needs_kernels
def test_what_is_not_a_number_is_not_lost():
    """NaN in a row makes all of its products NaN, also where no column would be the largest."""
    columns = torch.randn(3000, 16)
    logits, ids = top_k_linear(columns, 20)(torch.full((1, 16), math.nan))
    assert len(ids) == 3000
    assert bool(logits.isnan().all())


@pytest.mark.parametrize("k", [None, 50])
def test_the_largest_are_not_sought_where_all_are_wanted(k):
    """Without a number, or with one that is much of what there is."""
    assert top_k_linear(torch.ones(100, 4), k) is None
