"""A linear layer with a LoRA adapter as one autograd function."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from colacli.kernels.compiled.library import takes
from colacli.kernels.compiled.lora import CompiledLoraLinear
from colacli.kernels.dropout import KeepMask, apply_mask, apply_mask_
from colacli.kernels.gelu import gelu_tanh
from colacli.kernels.linear import FrozenMatrix
from colacli.kernels.thin_matmul import add_projected_up_, project_down, project_up, sum_outer


def lora_linear(
    x: Tensor,
    matrix: FrozenMatrix,
    bias: Tensor,
    a: Tensor,
    b: Tensor,
    keep_mask: KeepMask | None,
    *,
    scale: float,
    residual: Tensor | None = None,
    activates: bool = False,
) -> Tensor:
    """X W + bias + scale * (x where kept) A^T B^T + residual, (N, in) -> (N, out), with no gradient for W.

    As one function it saves two matrices of x's size for the backward pass, and the thin products accumulate into the
    wide ones. As modules, with `F.dropout`, a step of GPT-2 took 1.28 times as long.

    Args:
        x: (N, in).
        matrix: W (in, out).
        bias: (out,).
        a: A (r, in).
        b: B (out, r).
        keep_mask: of dropout on the adapter's inputs.
        scale: alpha / r, and with dropout p divided by 1 - p.
        residual: (N, out).
        activates: whether GELU (`gelu_tanh`) of x is taken for x.
    """
    inputs = matrix, bias, a, b, keep_mask, scale
    if takes(x):
        return CompiledLoraLinear.apply(x, *inputs, residual, activates)  # type: ignore[no-any-return, no-untyped-call]
    y: Tensor = _LoraLinear.apply(gelu_tanh(x) if activates else x, *inputs)  # type: ignore[no-untyped-call]
    return y if residual is None else residual + y


class _LoraLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        matrix: FrozenMatrix,
        bias: Tensor,
        a: Tensor,
        b: Tensor,
        keep_mask: KeepMask | None,
        scale: float,
    ) -> Tensor:
        down, up = a.to(x.dtype), b.to(x.dtype)  # (r, in), (out, r)
        mask = None if keep_mask is None else keep_mask.like(x)
        inputs = x if mask is None else apply_mask(x, mask)
        low = inputs @ down.T  # (N, r)
        ctx.matrix, ctx.scale = matrix, scale
        ctx.save_for_backward(down, up, inputs, mask, low)
        return add_projected_up_(matrix.product(x, bias.to(x.dtype)), low, up.T, scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        down, up, inputs, mask, low = ctx.saved_tensors
        low_gradient = project_down(gradient, up).mul_(ctx.scale)  # (N, r)
        for_a = sum_outer(low_gradient, inputs)
        for_b = sum_outer(low, gradient).mul_(ctx.scale).T  # twice as fast as its transpose, gradient.T @ low
        for_bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        for_x = None
        if ctx.needs_input_grad[0]:
            through = project_up(low_gradient, down)
            for_x = ctx.matrix.back(gradient, through if mask is None else apply_mask_(through, mask))
        return for_x, None, for_bias, for_a.float(), for_b.float(), None, None
