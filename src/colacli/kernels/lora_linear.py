"""A linear layer with a LoRA adapter as one autograd function."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from colacli.kernels.dropout import apply_mask, apply_mask_
from colacli.kernels.linear import FrozenMatrix
from colacli.kernels.thin_matmul import add_projected_up_, project_down, project_up, sum_outer


def lora_linear(
    x: Tensor, matrix: FrozenMatrix, bias: Tensor, a: Tensor, b: Tensor, keep_mask: Tensor | None, *, scale: float
) -> Tensor:
    """X W + bias + scale * (x where kept) A^T B^T, (N, in) -> (N, out), with no gradient for W.

    As one function it saves two matrices of x's size for the backward pass, and the thin products accumulate into the
    wide ones. As modules, with `F.dropout`, a step of GPT-2 took 1.28 times as long.

    Args:
        x: (N, in).
        matrix: W (in, out).
        bias: (out,).
        a: A (r, in).
        b: B (out, r).
        keep_mask: of dropout on the adapter's inputs, as `draw_keep_mask` draws it.
        scale: alpha / r, and with dropout p divided by 1 - p.
    """
    return _LoraLinear.apply(x, matrix, bias, a, b, keep_mask, scale)  # type: ignore[no-any-return, no-untyped-call]


class _LoraLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        matrix: FrozenMatrix,
        bias: Tensor,
        a: Tensor,
        b: Tensor,
        keep_mask: Tensor | None,
        scale: float,
    ) -> Tensor:
        down, up = a.to(x.dtype), b.to(x.dtype)  # (r, in), (out, r)
        inputs = x if keep_mask is None else apply_mask(x, keep_mask)
        low = inputs @ down.T  # (N, r)
        ctx.matrix, ctx.scale = matrix, scale
        ctx.save_for_backward(down, up, inputs, keep_mask, low)
        return add_projected_up_(matrix.product(x, bias.to(x.dtype)), low, up.T, scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        down, up, inputs, keep_mask, low = ctx.saved_tensors
        low_gradient = project_down(gradient, up).mul_(ctx.scale)  # (N, r)
        for_a = sum_outer(low_gradient, inputs)
        for_b = sum_outer(low, gradient).mul_(ctx.scale).T  # twice as fast as its transpose, gradient.T @ low
        for_bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        for_x = None
        if ctx.needs_input_grad[0]:
            through = project_up(low_gradient, down)
            for_x = ctx.matrix.back(gradient, through if keep_mask is None else apply_mask_(through, keep_mask))
        return for_x, None, for_bias, for_a.float(), for_b.float(), None, None
