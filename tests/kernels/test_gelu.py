"""GELU in training is torch's, and so is its gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from colacli.kernels import gelu
from colacli.kernels.gelu import gelu_tanh

TOLERANCE = {torch.float32: 2e-6, torch.bfloat16: 2**-7}  # relative to the largest: bf16 rounds slope and gradient


@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("dtype", TOLERANCE, ids=["fp32", "bf16"])
@pytest.mark.parametrize("size", [64, 1000, 4096])
def test_value_and_gradient_are_torchs(monkeypatch, dtype, size):
    """In fp64, whether the slices are one, several or uneven; small, usual and large values."""
    monkeypatch.setattr(gelu, "_SLICE", size)
    torch.manual_seed(0)
    x = torch.cat([torch.randn(990) * 2, torch.tensor([0.0, 1e-20, -1e-3, 9.0, -9.0, 40.0, -40.0, 1e4, -1e4, 5.5])])
    x = x.to(dtype).view(10, 100).requires_grad_()
    exact = x.detach().double().requires_grad_()
    weights = torch.randn(10, 100).to(dtype)
    y, expected = gelu_tanh(x), F.gelu(exact, approximate="tanh")
    y.backward(weights)
    expected.backward(weights.double())
    assert y.dtype == x.grad.dtype == dtype
    torch.testing.assert_close(y.double(), expected, rtol=2**-8 if dtype == torch.bfloat16 else 2e-6, atol=1e-6)
    torch.testing.assert_close(
        x.grad.double(), exact.grad, rtol=0.0, atol=TOLERANCE[dtype] * float(weights.abs().max())
    )


@pytest.mark.usefixtures("computed_by")
@pytest.mark.parametrize("dtype", TOLERANCE, ids=["fp32", "bf16"])
def test_what_is_not_a_number_stays_so(dtype):
    """A training that has diverged must notice it."""
    x = torch.tensor([1.0, torch.nan, -2.0]).to(dtype).requires_grad_()
    y = gelu_tanh(x)
    y.sum().backward()
    assert y.isnan().tolist() == x.grad.isnan().tolist() == [False, True, False]


def test_without_a_gradient_it_is_torchs_own():
    """To the bit, also in types that it has no slices for."""
    x = torch.randn(50, dtype=torch.float64)
    assert torch.equal(gelu_tanh(x), F.gelu(x, approximate="tanh"))
    assert torch.equal(gelu_tanh(x.requires_grad_()), F.gelu(x, approximate="tanh"))
