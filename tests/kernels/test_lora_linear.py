"""LoRA as one autograd function is the plain formula: its value, and autograd's gradients of it."""

from __future__ import annotations

import pytest
import torch

from colacli.kernels.dropout import draw_keep_mask
from colacli.kernels.linear import FrozenMatrix
from colacli.kernels.lora_linear import lora_linear

N, D_IN, D_OUT, R, SCALE = 9, 12, 7, 3, 1.7


def formula(x, weight, bias, a, b, keep, dropout):
    """X W + bias + scale * dropout(x) A^T B^T with a mask that is drawn."""
    return x @ weight + bias + SCALE * (x * keep / (1 - dropout)) @ a.T @ b.T


def drawn(dtype=torch.float32):
    """x, W, bias, A and B as leaves: what is trained is fp32, states and W of a type."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(N, D_IN), (D_IN, D_OUT), (D_OUT,), (R, D_IN), (D_OUT, R)]
    x, weight, bias, a, b = (torch.randn(*shape, generator=generator) for shape in shapes)
    x, weight = x.to(dtype).requires_grad_(), weight.to(dtype)
    return x, weight, *(one.requires_grad_() for one in (bias, a, b))


def linear(x, weight, bias, a, b, keep_mask=None, dropout=0.0):
    """The kernel, as the layer calls it."""
    matrix = FrozenMatrix(weight, x.dtype)
    return lora_linear(x, matrix, bias, a, b, keep_mask, scale=SCALE / (1 - dropout))


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_value_and_gradients_are_the_formulas(dtype, tolerance, dropout):
    """In fp64 with the same elements dropped, within the rounding of the states' type."""
    torch.manual_seed(1)
    inputs = drawn(dtype)
    mask = draw_keep_mask(inputs[0], dropout) if dropout else None
    actual = linear(*inputs, mask, dropout)
    keep = 1.0 if mask is None else (mask != 0).double()
    exact = [one.detach().double().requires_grad_(one.requires_grad) for one in inputs]
    expected = formula(*exact, keep, dropout)
    weights = torch.randn(N, D_OUT)
    (actual.float() * weights).sum().backward()
    (expected * weights).sum().backward()
    pairs = [(actual, expected), *((one.grad, other.grad) for one, other in zip(inputs, exact, strict=True))]
    for found, wanted in (pair for pair in pairs if pair[1] is not None):
        atol = tolerance * float(wanted.detach().abs().max())
        torch.testing.assert_close(found.double(), wanted.double(), rtol=0.0, atol=atol)
    assert actual.dtype == dtype
    assert {one.grad.dtype for one in inputs[2:]} == {torch.float32}


def test_the_weight_gets_no_gradient():
    """Even where it asks for one: it is frozen."""
    x, weight, *rest = drawn()
    linear(x, weight.requires_grad_(), *rest).sum().backward()
    assert weight.grad is None


def test_inputs_that_need_no_gradient_get_none():
    """The first layer of a model whose embeddings are frozen computes none for them."""
    x, weight, bias, *rest = drawn()
    linear(x.detach(), weight, bias.detach(), *rest, draw_keep_mask(x, 0.1), 0.1).sum().backward()
    assert x.grad is None
    assert bias.grad is None
    assert all(one.grad is not None for one in rest)
