"""Layer norm is torch's, and so are its gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from colacli.kernels.layer_norm import layer_norm

EPSILON = 1e-5


@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("is_trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.05)])
@pytest.mark.parametrize("shape", [(1, 8), (7, 100), (130, 768)], ids=str)
def test_value_and_gradients_are_torchs(shape, dtype, tolerance, is_trained):
    """In fp64, of states with a mean far from zero; with weight and bias in fp32 or in the states' type."""
    torch.manual_seed(0)
    x = (torch.randn(shape) * 3 + 5).to(dtype).requires_grad_()
    types = (torch.float32 if is_trained else dtype, torch.float32)
    weight, bias = (torch.randn(shape[1]).to(one).requires_grad_(is_trained) for one in types)
    exact = [one.detach().double().requires_grad_() for one in (x, weight, bias)]
    y = layer_norm(x, weight, bias, EPSILON)
    expected = F.layer_norm(exact[0], shape[1:], *exact[1:], EPSILON)
    weights = torch.randn(shape)
    (y.float() * weights).sum().backward()
    (expected * weights).sum().backward()
    pairs = [(y, expected), (x.grad, exact[0].grad)]
    if is_trained:
        pairs += [(weight.grad, exact[1].grad), (bias.grad, exact[2].grad)]
    for found, wanted in pairs:
        atol = tolerance * float(wanted.detach().abs().max())
        torch.testing.assert_close(found.double(), wanted.double(), rtol=0.0, atol=atol)
    assert y.dtype == x.grad.dtype == dtype
