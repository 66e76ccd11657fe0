"""LoRA in few operators is the plain formula, and so are its gradients; casts of many weights are those of each."""

import pytest
import torch

from colacli.kernels.device_lora import cast_all, device_lora_linear

N, D_IN, D_OUT, R, SCALE = 9, 12, 7, 3, 1.7


def drawn(dtype):
    """x, W, bias, A and B as leaves of a type."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(N, D_IN), (D_IN, D_OUT), (D_OUT,), (R, D_IN), (D_OUT, R)]
    x, weight, *rest = (torch.randn(*shape, generator=generator).to(dtype) for shape in shapes)
    return x.requires_grad_(), weight, *(one.requires_grad_() for one in rest)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_value_and_gradients_are_the_formulas(dtype, tolerance, dropout):
    """In fp64 with the same elements dropped, within the rounding of the type."""
    inputs = drawn(dtype)
    torch.manual_seed(1)
    actual = device_lora_linear(*inputs, dropout=dropout, scale=SCALE)
    torch.manual_seed(1)
    keep = torch.native_dropout(inputs[0].detach(), dropout, train=True)[1] if dropout else torch.ones(N, D_IN)
    exact = [one.detach().double().requires_grad_(one.requires_grad) for one in inputs]
    x, weight, bias, a, b = exact
    expected = x @ weight + bias + SCALE * (x * keep / (1 - dropout)) @ a.T @ b.T
    weights = torch.randn(N, D_OUT)
    (actual.float() * weights).sum().backward()
    (expected * weights).sum().backward()

    pairs = [(actual, expected), *((one.grad, other.grad) for one, other in zip(inputs, exact, strict=True))]
    for found, wanted in (pair for pair in pairs if pair[1] is not None):
        atol = tolerance * float(wanted.detach().abs().max())
        torch.testing.assert_close(found.double(), wanted.double(), rtol=0.0, atol=atol)
    assert keep.float().mean() < 1 or not dropout
    assert inputs[1].grad is None


def test_what_is_frozen_gets_no_gradient():
    """Inputs and the bias, where they ask for none; the others have theirs."""
    x, weight, bias, a, b = drawn(torch.float32)
    device_lora_linear(x.detach(), weight, bias.detach(), a, b, dropout=0.0, scale=SCALE).sum().backward()

    assert (x.grad, bias.grad) == (None, None)
    assert a.grad.abs().sum() > 0
    assert b.grad.abs().sum() > 0


def test_many_are_cast_as_each_is():
    """Values and gradients, to the bit, in the types of both sides."""
    weights = [torch.randn(shape, requires_grad=True) for shape in [(3, 4), (5,), (1, 2, 2)]]
    casts = cast_all(weights, torch.bfloat16)
    factors = [torch.randn_like(cast) for cast in casts]
    sum((cast * factor).sum() for cast, factor in zip(casts, factors, strict=True)).backward()

    assert all(torch.equal(cast, one.detach().bfloat16()) for cast, one in zip(casts, weights, strict=True))
    assert all(torch.equal(one.grad, factor.float()) for one, factor in zip(weights, factors, strict=True))
