"""A linear layer with a LoRA adapter on an accelerator, in few operators: there the host's time for each counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from colacli.kernels.torch_ops import dropout_backward


def device_lora_linear(
    x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, *, dropout: float, scale: float
) -> Tensor:
    """X W + bias + scale * dropout(x) A^T B^T, (N, in) -> (N, out), with no gradient for W; all in one type.

    Args:
        x: (N, in).
        weight: W (in, out).
        bias: (out,).
        a: A (r, in).
        b: B (out, r).
        dropout: fraction of x that is dropped; the rest is divided by 1 - it.
        scale: alpha / r.
    """
    return _DeviceLoraLinear.apply(x, weight, bias, a, b, dropout, scale)  # type: ignore[no-any-return, no-untyped-call]


class _DeviceLoraLinear(torch.autograd.Function):
    """With `beta=0` the first argument of `addmm` gives its shape alone, and the factor costs no operator."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, dropout: float, scale: float
    ) -> Tensor:
        inputs, keep_mask = torch.native_dropout(x, dropout, train=True) if dropout else (x, None)
        low = inputs @ a.T  # (N, r)
        ctx.dropout, ctx.scale = dropout, scale
        ctx.save_for_backward(weight, a, b, inputs, keep_mask, low)
        return torch.addmm(bias, x, weight).addmm_(low, b.T, alpha=scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, a, b, inputs, keep_mask, low = ctx.saved_tensors
        low_gradient = torch.addmm(low, gradient, b, beta=0, alpha=ctx.scale)  # (N, r)
        for_a = low_gradient.T @ inputs
        for_b = torch.addmm(b, gradient.T, low, beta=0, alpha=ctx.scale)
        for_bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        for_x = None
        if ctx.needs_input_grad[0]:
            through = low_gradient @ a
            if keep_mask is not None:
                through = dropout_backward(through, keep_mask, 1 / (1 - ctx.dropout))
            for_x = torch.addmm(through, gradient, weight.T)
        return for_x, None, for_bias, for_a, for_b, None, None


def cast_all(tensors: Sequence[Tensor], dtype: torch.dtype) -> tuple[Tensor, ...]:
    """Tensors of one type in another, by one operator, and so are their gradients."""
    return _CastAll.apply(dtype, *tensors)  # type: ignore[no-any-return, no-untyped-call]


class _CastAll(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, dtype: torch.dtype, *weights: Tensor) -> tuple[Tensor, ...]:
        ctx.dtype = weights[0].dtype
        return _cast(weights, dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return None, *_cast(gradients, ctx.dtype)


def _cast(tensors: Sequence[Tensor], dtype: torch.dtype) -> tuple[Tensor, ...]:
    """In one piece of memory."""
    sizes = [one.numel() for one in tensors]
    parts = torch.split(tensors[0].new_empty(sum(sizes), dtype=dtype), sizes)
    cast = tuple(part.view(one.shape) for part, one in zip(parts, tensors, strict=True))
    torch._foreach_copy_(cast, list(tensors))
    return cast
