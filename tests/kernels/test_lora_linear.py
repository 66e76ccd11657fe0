"""LoRA as one autograd function is the plain formula: its value, and autograd's gradients of it."""

from __future__ import annotations

import pytest
import torch

from colacli.kernels.dropout import StepMasks
from colacli.kernels.gelu import gelu_tanh
from colacli.kernels.linear import FrozenMatrix
from colacli.kernels.lora_linear import lora_linear

SCALE = 1.7
SHAPES = [(9, 12, 7, 3), (1, 16, 16, 4), (75, 520, 1100, 5), (130, 64, 96, 8)]
"""Tokens, widths and ranks: less and more than what is read at once, and not multiples of it."""
N, D_IN, D_OUT, R = SHAPES[0]


def formula(x, weight, bias, a, b, residual, keep, dropout):
    """X W + bias + scale * dropout(x) A^T B^T + residual with a mask that is drawn."""
    return x @ weight + bias + SCALE * (x * keep / (1 - dropout)) @ a.T @ b.T + residual


def drawn(dtype=torch.float32, sizes=SHAPES[0]):
    """x, W, bias, A and B as leaves: what is trained is fp32, states and W of a type."""
    n, d_in, d_out, r = sizes
    generator = torch.Generator().manual_seed(0)
    shapes = [(n, d_in), (d_in, d_out), (d_out,), (r, d_in), (d_out, r)]
    x, weight, bias, a, b = (torch.randn(*shape, generator=generator) for shape in shapes)
    x, weight = x.to(dtype).requires_grad_(), weight.to(dtype)
    return x, weight, *(one.requires_grad_() for one in (bias, a, b))


def linear(x, weight, bias, a, b, residual=None, keep_mask=None, dropout=0.0):
    """The kernel, as the layer calls it."""
    matrix = FrozenMatrix(weight, x.dtype)
    return lora_linear(x, matrix, bias, a, b, keep_mask, scale=SCALE / (1 - dropout), residual=residual)


@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_value_and_gradients_are_the_formulas(dtype, tolerance, dropout, sizes):
    """In fp64 with the same elements dropped, within the rounding of the states' type."""
    torch.manual_seed(1)
    inputs = *drawn(dtype, sizes), torch.randn(sizes[0], sizes[2]).to(dtype).requires_grad_()
    mask = StepMasks(2).draw(inputs[0].numel(), dropout) if dropout else None
    actual = linear(*inputs, mask, dropout)
    keep = 1.0 if mask is None else (mask.like(inputs[0]) != 0).double()
    exact = [one.detach().double().requires_grad_(one.requires_grad) for one in inputs]
    expected = formula(*exact, keep, dropout)
    weights = torch.randn(actual.shape)
    (actual.float() * weights).sum().backward()
    (expected * weights).sum().backward()
    pairs = [(actual, expected), *((one.grad, other.grad) for one, other in zip(inputs, exact, strict=True))]
    for found, wanted in (pair for pair in pairs if pair[1] is not None):
        atol = tolerance * float(wanted.detach().abs().max())
        torch.testing.assert_close(found.double(), wanted.double(), rtol=0.0, atol=atol)
    assert actual.dtype == dtype
    assert {one.grad.dtype for one in inputs[2:5]} == {torch.float32}


@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gelu_within_it_is_gelu_before_it(dtype, dropout, sizes):
    """To the bit, value and gradients."""
    torch.manual_seed(1)
    mask = StepMasks(2).draw(sizes[0] * sizes[1], dropout) if dropout else None
    computed = []
    for activates in (True, False):
        x, weight, bias, a, b = drawn(dtype, sizes)
        inputs = x if activates else gelu_tanh(x)
        y = lora_linear(inputs, FrozenMatrix(weight, dtype), bias, a, b, mask, scale=SCALE, activates=activates)
        (y.float() * torch.linspace(-1, 1, y.numel()).view_as(y)).sum().backward()
        computed.append([y, *(one.grad for one in (x, bias, a, b))])
    torch.testing.assert_close(computed[0], computed[1], rtol=0, atol=0)


@pytest.mark.usefixtures("computed_by")
def test_an_adapter_may_have_the_states_type():
    """As one has that is not trained."""
    inputs = drawn(torch.bfloat16)
    x, weight, bias, a, b = (one.detach() for one in inputs)
    torch.testing.assert_close(
        linear(x, weight, bias, a.bfloat16(), b.bfloat16()), linear(*inputs), rtol=0.03, atol=0.2
    )


@pytest.mark.usefixtures("computed_by")
def test_inputs_in_another_order_are_read_rightly():
    """A transposed matrix, and a gradient that is one number expanded."""
    x, weight, bias, *rest = drawn()
    turned = x.detach().T.contiguous().T.requires_grad_()
    linear(x, weight, bias, *rest).sum().backward()
    expected = [one.grad.clone() for one in rest]
    for one in rest:
        one.grad = None
    linear(turned, weight, bias, *rest).sum().backward()
    torch.testing.assert_close([one.grad for one in rest], expected)
    torch.testing.assert_close(turned.grad, x.grad)


def test_the_number_of_threads_changes_no_bit(computed_by):
    """Sums are made in parts of fixed size."""
    if computed_by == "torch":
        pytest.skip("torch's sums are its own")
    threads, computed = torch.get_num_threads(), []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        inputs = drawn(torch.bfloat16, SHAPES[2])
        y = linear(*inputs)
        y.sum().backward()
        computed.append([y, *(one.grad for one in inputs if one.grad is not None)])
    torch.set_num_threads(threads)
    for others in computed[1:]:
        torch.testing.assert_close(others, computed[0], rtol=0, atol=0)


@pytest.mark.usefixtures("computed_by")
def test_the_weight_gets_no_gradient():
    """Even where it asks for one: it is frozen."""
    x, weight, *rest = drawn()
    linear(x, weight.requires_grad_(), *rest).sum().backward()
    assert weight.grad is None


@pytest.mark.usefixtures("computed_by")
def test_inputs_that_need_no_gradient_get_none():
    """The first layer of a model whose embeddings are frozen computes none for them."""
    x, weight, bias, *rest = drawn()
    linear(x.detach(), weight, bias.detach(), *rest, None, StepMasks(2).draw(x.numel(), 0.1), 0.1).sum().backward()
    assert x.grad is None
    assert bias.grad is None
    assert all(one.grad is not None for one in rest)
