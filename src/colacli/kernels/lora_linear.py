"""A linear layer with a LoRA adapter as one autograd function."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from colacli.kernels.dropout import apply_mask, draw_keep_mask


def lora_linear(
    x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, *, scale: float, dropout: float
) -> Tensor:
    """X W + bias + scale * dropout(x) A^T B^T, (N, in) -> (N, out), with no gradient for W.

    As one function it saves two matrices of x's size for the backward pass, and the thin products accumulate into the
    wide ones. As modules, with `F.dropout`, a step of GPT-2 took 1.28 times as long.

    Args:
        x: (N, in).
        weight: W (in, out), frozen, of the type of x or another.
        bias: (out,).
        a: A (r, in).
        b: B (out, r).
        scale: alpha / r.
        dropout: fraction of the adapter's inputs that is dropped; 0 in evaluation.
    """
    return _LoraLinear.apply(x, weight, bias, a, b, scale, dropout)  # type: ignore[no-any-return, no-untyped-call]


class _LoraLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, scale: float, dropout: float
    ) -> Tensor:
        down, up = a.to(x.dtype), b.to(x.dtype)  # (r, in), (out, r)
        keep_mask = draw_keep_mask(x, dropout) if dropout else None
        inputs = x if keep_mask is None else apply_mask(x, keep_mask)
        low = inputs @ down.T  # (N, r)
        ctx.scale = scale / (1 - dropout)
        ctx.save_for_backward(weight, down, up, inputs, keep_mask, low)
        return torch.addmm(bias.to(x.dtype), x, weight.to(x.dtype)).addmm_(low, up.T, alpha=ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, down, up, inputs, keep_mask, low = ctx.saved_tensors
        low_gradient = (gradient @ up).mul_(ctx.scale)  # (N, r)
        for_a = low_gradient.T @ inputs
        for_b = (low.T @ gradient).mul_(ctx.scale).T  # twice as fast as its transpose, gradient.T @ low
        for_bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        for_x = None
        if ctx.needs_input_grad[0]:
            through = low_gradient @ down
            for_x = (gradient @ weight.T).add_(through if keep_mask is None else apply_mask(through, keep_mask))
        return for_x, None, for_bias, for_a.float(), for_b.float(), None, None
