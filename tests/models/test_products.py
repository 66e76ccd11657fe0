"""Products with a matrix that stays are the plain product, whatever order the matrix is kept in."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colacli.models import products
from colacli.models.products import ACTIVATIONS, NOTHING, largest_of_one_row, of_many_rows, of_one_row, threshold

SIZES = [(1, 8, 5), (3, 64, 96), (50, 33, 7)]  # rows, in, out
DTYPES = [torch.float32, torch.bfloat16]
EXACT = 1e-5  # of fp32 sums, relative to the largest
ROUNDED = 2**-7  # one rounding to bf16, and its sums

here_only = pytest.mark.skipif(not products._halves(), reason="this build of torch has no 16-bit products for one row")


def made(rows, d_in, d_out, dtype=torch.float32, scale=0.3):
    """Rows, a matrix and a bias."""
    torch.manual_seed(0)
    x, weight, bias = torch.randn(rows, d_in), torch.randn(d_in, d_out) * scale, torch.randn(d_out)
    return x.to(dtype), weight.to(dtype), bias.to(dtype)


def assert_near(actual, expected, tolerance):
    """Within a share of the largest."""
    torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=tolerance * float(expected.abs().max()))


def product_of(weight):
    """The product that is packed, or a skip where nothing packs."""
    product = of_many_rows(weight)
    if product is None:
        pytest.skip(f"oneDNN takes no {weight.dtype} on this processor")
    return product


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["", *ACTIVATIONS])
def test_many_rows_in_one_pass_with_what_follows(dtype, size, name):
    """A packed product with its activation is the activation of x W + b, computed in fp64."""
    x, weight, bias = made(*size, dtype)
    then = ACTIVATIONS[name] if name else NOTHING
    expected = then(x.double() @ weight.double() + bias.double())
    assert_near(product_of(weight)(x, bias, then), expected, EXACT if dtype == torch.float32 else ROUNDED)


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_rows_without_a_bias(dtype):
    """The bias may be left out."""
    x, weight, _ = made(9, 16, 12, dtype)
    actual = product_of(weight)(x, None, NOTHING)
    assert_near(actual, x.double() @ weight.double(), EXACT if dtype == torch.float32 else ROUNDED)


def test_a_transposed_matrix_packs_as_well():
    """What is packed is the matrix, however it lies in memory."""
    x, weight, bias = made(9, 16, 12)
    plain, turned = product_of(weight), product_of(weight.T.contiguous().T)
    assert torch.equal(plain(x, bias, NOTHING), turned(x, bias, NOTHING))


def test_what_no_processor_packs_is_left_to_torch():
    """Fp64, and matrices that are not on a CPU."""
    assert of_many_rows(torch.ones(2, 2, dtype=torch.float64)) is None
    assert of_many_rows(torch.ones(2, 2, device="meta")) is None
    assert of_one_row(torch.ones(2, 2, device="meta"), None) is None


@here_only
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", SIZES)
def test_one_row(dtype, size, with_bias):
    """As exact as sums in fp32 are, with a bf16 matrix too: in 16 bits of another kind its numbers are the same."""
    x, weight, bias = made(*size, dtype)
    row = x[:1].float()
    product = of_one_row(weight, bias if with_bias else None)
    assert_near(product(row), row.double() @ weight.double() + with_bias * bias.double(), EXACT)


@here_only
def test_small_bf16_weights_are_rounded_by_little():
    """Below fp16's smallest normal number a weight comes within 2^-25."""
    row, weight, _ = made(1, 64, 32, scale=1e-6)
    weight = weight.bfloat16()
    error = (of_one_row(weight, None)(row).double() - row.double() @ weight.double()).abs()
    assert float(error.max()) <= 2**-25 * float(row.abs().sum()) * (1 + EXACT)


@here_only
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.sampled_from([1e-6, 1e-3, 1.0, 1e3, 1e6]),
    st.sampled_from([1, 3, 65]),
)
def test_the_largest_are_exact_and_none_is_missed(seed, k, scale, d):
    """Of 2,600 columns, from those that 16 bits can't tell apart to those beyond what 16 bits can hold."""
    generator = torch.Generator().manual_seed(seed)
    columns = torch.randn(2600, d, generator=generator) * scale
    row = torch.randn(1, d, generator=generator)
    product = largest_of_one_row(columns, k)
    assert product is not None
    found = product(row)[0].double()
    expected = columns.double() @ row[0].double()
    known = found > -math.inf
    assert int(known.sum()) >= k
    error = EXACT * float(expected.abs().max())
    torch.testing.assert_close(found[known], expected[known], rtol=0.0, atol=error)
    # The rounding of sums may swap two that are equal but for it.
    assert float(expected[~known].max()) <= float(expected.topk(k).values[-1]) + error


@here_only
def test_few_are_read_whole():
    """With a vocabulary like GPT-2's hardly more than the k that are wanted."""
    torch.manual_seed(0)
    product = largest_of_one_row(torch.randn(50_257, 64) * 0.02, 50)
    assert product is not None
    assert 50 <= int((product(torch.randn(1, 64)) > -math.inf).sum()) < 100


@pytest.mark.parametrize("k", [None, 50])
def test_the_largest_are_not_sought_where_all_are_wanted(k):
    """Without a number, or with one that is much of what there is."""
    assert largest_of_one_row(torch.ones(100, 4), k) is None


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=400), st.integers(1, 10))
def test_the_k_largest_reach_the_threshold(numbers, k):
    """At least k are not below it, if there are so many."""
    x = torch.tensor(numbers)
    assert int((x >= threshold(x, k)).sum()) >= min(k, len(x))
