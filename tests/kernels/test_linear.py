"""A packed linear layer is f(x W + b), computed in fp64."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from colacli.kernels.linear import ACTIVATIONS, IDENTITY, FrozenMatrix, PackedLinear
from colacli.kernels.torch_ops import has_onednn

SIZES = [(1, 8, 5), (3, 64, 96), (50, 33, 7)]  # rows, in, out
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2**-7}  # of the largest: sums in fp32, one rounding to bf16


@pytest.fixture(params=TOLERANCE, ids=["fp32", "bf16"])
def dtype(request):
    """A type whose matrices oneDNN takes."""
    if not has_onednn(request.param, torch.device("cpu")):
        pytest.skip(f"oneDNN takes no {request.param} on this processor")
    return request.param


def drawn(rows, d_in, d_out, dtype):
    """Rows, a matrix and a bias."""
    torch.manual_seed(0)
    x, weight, bias = torch.randn(rows, d_in), torch.randn(d_in, d_out) * 0.3, torch.randn(d_out)
    return x.to(dtype), weight.to(dtype), bias.to(dtype)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("activation", [IDENTITY, *ACTIVATIONS.values()], ids=["", *ACTIVATIONS])
def test_it_is_the_activation_of_the_product(dtype, size, activation):
    """Whatever the sizes, in one pass with every activation."""
    x, weight, bias = drawn(*size, dtype)
    expected = activation(x.double() @ weight.double() + bias.double())
    actual = PackedLinear(weight, bias, activation)(x)
    tolerance = TOLERANCE[dtype] * float(expected.abs().max())
    torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=tolerance)
    assert actual.dtype == dtype


def test_a_transposed_matrix_packs_as_well(dtype):
    """What is packed is the matrix, however it lies in memory."""
    x, weight, bias = drawn(9, 16, 12, dtype)
    plain, transposed = PackedLinear(weight, bias), PackedLinear(weight.T.contiguous().T, bias)
    assert torch.equal(plain(x), transposed(x))


def test_a_wide_bias_is_added_in_the_states_type(dtype):
    """A bias that was trained in fp32 goes with states of any type."""
    x, weight, bias = drawn(9, 16, 12, dtype)
    assert torch.equal(PackedLinear(weight, bias.float())(x), PackedLinear(weight, bias)(x))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("activation", [IDENTITY, ACTIVATIONS["gelu_new"]], ids=["", "gelu_new"])
def test_a_residual_is_added_as_it_would_be_after(dtype, size, activation):
    """To the bit, whether the product adds it or not."""
    x, weight, bias = drawn(*size, dtype)
    residual = torch.randn(size[0], size[2]).to(dtype)
    layer = PackedLinear(weight, bias, activation)
    assert torch.equal(layer(x, residual), residual + layer(x))


def test_it_has_nothing_to_train(dtype):
    """No parameter, even if it is made from some."""
    _, weight, bias = drawn(1, 4, 3, dtype)
    layer = PackedLinear(torch.nn.Parameter(weight), torch.nn.Parameter(bias))
    assert list(layer.parameters()) == []
    assert not layer.bias.requires_grad


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
def test_a_frozen_matrix_multiplies_both_ways(monkeypatch, dtype, size, packed):
    """X W + b, and g W^T + other, with and without oneDNN."""
    if not packed:
        monkeypatch.setattr("colacli.kernels.linear.has_onednn", lambda *_: False)
    x, weight, bias = drawn(*size, dtype)
    gradient = torch.randn(size[0], size[2]).to(dtype)
    matrix = FrozenMatrix(weight, dtype)
    pairs = [
        (matrix.product(x, bias), x.double() @ weight.double() + bias.double()),
        (matrix.back(gradient, x), gradient.double() @ weight.double().T + x.double()),
    ]
    for actual, expected in pairs:
        tolerance = TOLERANCE[dtype] * float(expected.abs().max())
        torch.testing.assert_close(actual.double(), expected, rtol=0.0, atol=tolerance)
        assert actual.dtype == dtype


def test_a_frozen_matrix_knows_what_it_was_made_of(dtype):
    """Not of other weights, nor of these once they were written to, nor for states of another type."""
    weight = torch.nn.Parameter(torch.randn(4, 3), requires_grad=False)
    matrix = FrozenMatrix(weight, dtype)
    assert matrix.is_of(weight, dtype)
    assert not matrix.is_of(weight.clone(), dtype)
    assert not matrix.is_of(weight, torch.float64)
    weight.mul_(2)
    assert not matrix.is_of(weight, dtype)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["copy", "pickle"])
def test_a_frozen_matrix_is_copied_and_stored(dtype, copied):
    """As models are that were trained: the copy multiplies as it does."""
    x, weight, bias = drawn(9, 16, 12, dtype)
    matrix = FrozenMatrix(weight, dtype)
    assert torch.equal(copied(matrix).product(x, bias), matrix.product(x, bias))


def test_a_frozen_matrix_that_may_not_pack_stays_so(monkeypatch, dtype):
    """It multiplies with the weights as they are; so does its copy."""
    monkeypatch.setattr("colacli.kernels.linear.onednn_pack", None)
    x, weight, bias = drawn(9, 16, 12, dtype)
    matrix = copy.deepcopy(FrozenMatrix(weight, dtype, may_pack=False))
    assert torch.equal(matrix.product(x, bias), torch.addmm(bias, x, weight))
