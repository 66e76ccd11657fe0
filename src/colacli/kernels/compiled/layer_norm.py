"""Layer norm whose weight and bias are not trained, and its gradient, each in one pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from colacli.kernels.compiled.library import library


class CompiledLayerNorm(torch.autograd.Function):
    """`layer_norm`, computed in fp32 for any type of states."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> Tensor:
        """(N, d) -> (N, d)."""
        x, weight, bias = x.contiguous(), weight.float(), bias.float()
        y, statistics = torch.empty_like(x), torch.empty(len(x), 2)
        library().call("layer_norm", x.dtype, x, weight, bias, y, statistics, *x.shape, epsilon)
        ctx.save_for_backward(x, weight, statistics)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        """Of x."""
        x, weight, statistics = ctx.saved_tensors
        of_x = torch.empty_like(x)
        given = gradient.contiguous()
        library().call("layer_norm_backward", x.dtype, x, given, weight, statistics, of_x, *x.shape)
        return of_x, None, None, None
