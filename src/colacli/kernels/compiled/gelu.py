"""GELU's tanh approximation and its gradient, each in one pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from colacli.kernels.compiled.library import library


class CompiledGelu(torch.autograd.Function):
    """`gelu_tanh`, computed in fp32 for any type."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """The same shape."""
        x = x.contiguous()
        y = torch.empty_like(x)
        library().call("gelu", x.dtype, x, y, x.numel())
        ctx.save_for_backward(x)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """The same shape."""
        (x,) = ctx.saved_tensors
        for_x = torch.empty_like(x)
        library().call("gelu_backward", x.dtype, x, gradient.contiguous(), for_x, x.numel())
        return for_x
